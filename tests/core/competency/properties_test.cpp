// What must hold in any world: random mappings, people and facts, from fixed seeds.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <set>

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

struct World {
    explicit World(unsigned seed, int mapped = 12, int claims_each = 8) : random(seed) {
        std::vector<json> mappings;
        for (int m = 0; m < mapped; ++m) {
            std::vector<std::string> targets;
            const bool product = m % 4 == 3;
            for (int c = 0; c < claims_each; ++c) {
                const auto& r = pick(hee().requirements);
                if ((r.tier == "product-specific") == product) targets.push_back(r.id);
            }
            if (targets.empty()) targets.push_back(product ? product_item : aware);
            json more = json::object();
            if (one_in(2)) more["needs"] = "passed";
            if (one_in(3)) more["min_score"] = 0.5;
            if (one_in(2)) more["valid_for"] = one_in(2) ? "P1Y" : "P3M";
            if (one_in(5)) more["until"] = "2025-06-30";
            if (product) more["product"] = {{"name", "ChestScan"}};
            mappings.push_back(mapping("i" + std::to_string(m), claims(targets), more));
        }
        rules = rules_of(mappings, {deployment("scan-2"), deployment("scan-1", "1")});
    }

    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }
    bool one_in(int n) { return below(n) == 0; }
    template <class T>
    const T& pick(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }

    std::vector<Fact> facts(int count) {
        std::vector<Fact> out;
        for (int i = 0; i < count; ++i) {
            auto f = fact(static_cast<Fact::What>(below(5)), "i" + std::to_string(below(14)), "", i + 1);
            const Day on = day("2024-01-01") + std::chrono::days{below(800)};
            if (!one_in(8))
                f.occurred = {one_in(2) ? When::Precision::day : When::Precision::instant, Instant{on}};
            if (one_in(2)) f.score = below(11) / 10.0;
            if (one_in(6)) f.expires = on + std::chrono::days{below(700)};
            f.voided = one_in(6);
            out.push_back(std::move(f));
        }
        return out;
    }

    PersonFacts somebody() {
        PersonFacts p;
        p.person = person();
        if (one_in(6)) p.person.employments.clear();
        if (one_in(6))
            p.person.employments.assign(1, {"Surgery", "", "", "", std::nullopt, day("2025-01-01")});
        for (const auto& a : hee().archetypes) {
            if (one_in(3))
                p.assignments.push_back(is(a.id, static_cast<people::Assignment::State>(below(3))));
        }
        const auto theirs = facts(below(12));
        p.records = fold(theirs, p.person, *rules);
        p.unmapped_only = unmapped_only(theirs, *rules);
        return p;
    }

    std::mt19937 random;
    std::unique_ptr<Rules> rules;
};

Question on(std::string_view when) {
    return {day(when), {}, "Nymouth", 17};
}

TEST(Properties, OrderOfArrivalDoesNotMatter) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        World world(seed);
        auto facts = world.facts(20);
        const auto first = fold(facts, person(), *world.rules);
        for (int i = 0; i < 5; ++i) {
            std::shuffle(facts.begin(), facts.end(), world.random);
            ASSERT_EQ(fold(facts, person(), *world.rules), first) << "seed " << seed;
        }
        auto twice = facts;
        twice.insert(twice.end(), facts.begin(), facts.end());
        ASSERT_EQ(fold(twice, person(), *world.rules), first) << "a replay changes nothing; seed " << seed;
    }
}

// Voiding a fact leaves every answer as if the fact had never been, but that what had nothing else reads
// revoked.
TEST(Properties, VoidingTakesBackExactlyWhatItGave) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        World world(seed);
        auto facts = world.facts(15);
        const auto victim = static_cast<std::size_t>(world.below(15));
        auto without = facts;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(victim));
        facts[victim].voided = true;
        const auto voided = fold(facts, person(), *world.rules),
                   never = fold(without, person(), *world.rules);
        for (const auto& record : voided) {
            const auto it = std::find_if(never.begin(), never.end(), [&](const Record& r) {
                return r.requirement == record.requirement && r.context == record.context;
            });
            const Record other = it == never.end() ? Record{} : *it;
            for (const auto* when : {"2024-06-01", "2025-01-01", "2026-01-01", "2028-01-01"}) {
                const auto a = state_at(record, day(when), 90), b = state_at(other, day(when), 90);
                if (a.attainment == Attainment::revoked) {
                    EXPECT_FALSE(b.holds());
                } else {
                    EXPECT_EQ(a.attainment, b.attainment) << "seed " << seed;
                    EXPECT_EQ(a.reason, b.reason) << "seed " << seed;
                    EXPECT_EQ(a.until, b.until) << "seed " << seed;
                }
            }
        }
        for (const auto& record : never) {
            EXPECT_TRUE(std::any_of(voided.begin(), voided.end(), [&](const Record& r) {
                return r.requirement == record.requirement && r.context == record.context;
            }));
        }
    }
}

TEST(Properties, ImplicationNeverCrossesTopicsOrKinds) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        World world(seed);
        for (const auto& record : fold(world.facts(20), person(), *world.rules)) {
            const auto& to = hee().requirements[static_cast<std::size_t>(record.requirement)];
            EXPECT_EQ(to.tier == "product-specific", !record.context.empty());
            for (const auto& c : record.evidence) {
                if (c.implied_by.empty()) continue;
                const auto& from =
                    hee().requirements[static_cast<std::size_t>(hee().requirement_index(c.implied_by))];
                EXPECT_EQ(from.topic, to.topic);
                EXPECT_EQ(from.kind, to.kind);
                EXPECT_EQ(c.same_level, from.level == to.level);
            }
        }
    }
}

// The past does not change when something happens later.
TEST(Properties, WhatHappensLaterDoesNotChangeAnEarlierDay) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        World world(seed);
        const auto facts = world.facts(20);
        const Day as_of = day("2025-01-15");
        std::vector<Fact> until;
        for (const auto& f : facts) {
            if (f.occurred.precision == When::Precision::unknown || day_of(f.occurred.at) <= as_of)
                until.push_back(f);
        }
        const auto all = fold(facts, person(), *world.rules), then = fold(until, person(), *world.rules);
        for (const auto& record : all) {
            const auto* before = find(
                then, hee().requirements[static_cast<std::size_t>(record.requirement)].id, record.context);
            const auto a = state_at(record, as_of, 90),
                       b = state_at(before == nullptr ? Record{} : *before, as_of, 90);
            EXPECT_EQ(a.attainment, b.attainment) << "seed " << seed;
            EXPECT_EQ(a.reason, b.reason) << "seed " << seed;
        }
    }
}

// The stored state is the state of a day after everything, but for what has run out by then.
TEST(Properties, TheTimeFreeStateAgreesWithTheLastDay) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        World world(seed);
        for (const auto& record : fold(world.facts(20), person(), *world.rules)) {
            const auto end = state_at(record, day("2100-01-01"), 90);
            if (end.attainment == Attainment::expired) {
                EXPECT_EQ(record.attainment, Attainment::met);
            } else {
                EXPECT_EQ(record.attainment, end.attainment) << "seed " << seed;
                // Of what is met, a direct part may have run out and an implied one be left.
                if (!end.holds()) {
                    EXPECT_EQ(record.reason, end.reason);
                }
            }
        }
    }
}

std::size_t check_cell(const ordered_json& cell, std::size_t people) {
    std::size_t required = 0, met = 0, reasons = 0, reasons_met = 0;
    for (const auto* kind : {"knowledge", "skill"}) {
        required += cell.at("kind_split").at(kind).at("required").get<std::size_t>();
        met += cell.at("kind_split").at(kind).at("met").get<std::size_t>();
    }
    for (const auto& [code, count] : cell.at("reasons").items()) {
        reasons += count.get<std::size_t>();
        if (code.starts_with("met_")) reasons_met += count.get<std::size_t>();
    }
    EXPECT_EQ(reasons, required);
    EXPECT_EQ(reasons_met, met);
    EXPECT_EQ(required, people * cell.at("items_total").get<std::size_t>());
    if (required > 0) {
        EXPECT_EQ(cell.at("people_complete").get<std::size_t>() +
                      cell.at("people_partial").get<std::size_t>() +
                      cell.at("people_none").get<std::size_t>(),
                  people);
    }
    return required;
}

TEST(Properties, ReasonsAddUpAndTheMatrixAsksWhatDemandAsks) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        World world(seed);
        MatrixBuilder builder(*world.rules, on("2025-09-01"));
        std::size_t demanded = 0, people = 0, expected = 0;
        std::vector<PersonFacts> all;
        for (int i = 0; i < 30; ++i) all.push_back(world.somebody());
        for (const auto& p : all) {
            builder.add(p);
            demanded += demand_of(p.person, p.assignments, *world.rules, day("2025-09-01")).size();
            people += is_staff(p.person, day("2025-09-01")) ? 1 : 0;
        }
        const auto matrix = builder.finish();
        EXPECT_EQ(matrix.at("people").get<std::size_t>(), people);
        for (const auto& cell : matrix.at("foundation").at("cells")) expected += check_cell(cell, people);
        for (const auto& row : matrix.at("rows")) {
            EXPECT_EQ(row.at("cells").size(), 12U);
            for (const auto& cell : row.at("cells"))
                expected += check_cell(cell, row.at("people").get<std::size_t>());
        }
        for (const auto& product : matrix.at("products")) {
            for (const auto& cell : product.at("cells"))
                expected += check_cell(cell, product.at("people").get<std::size_t>());
        }
        EXPECT_EQ(expected, demanded) << "seed " << seed;

        // The explanation of a cell counts the same people.
        CellExplainer explainer(*world.rules, on("2025-09-01"), {"driver", "liability", "", ""});
        for (const auto& p : all) explainer.add(p);
        const auto why = explainer.finish();
        ASSERT_TRUE(why);
        for (const auto& row : matrix.at("rows")) {
            if (row.at("archetype") != "driver") continue;
            for (const auto& cell : row.at("cells")) {
                if (cell.at("factor") == "liability") {
                    EXPECT_EQ(cell.at("reasons"), why->at("counts").at("reasons"));
                }
            }
        }
    }
}

// Printed, never asserted: a slow machine is no fault of the code.
TEST(Timing, FoldAndMatrix) {
    using clock = std::chrono::steady_clock;
    const auto micros = [](clock::time_point since) {
        return std::chrono::duration<double, std::micro>(clock::now() - since).count();
    };
    World world(7, 14, 15);
    std::vector<std::vector<Fact>> lots;
    for (int i = 0; i < 200; ++i) {
        auto facts = world.facts(20);
        for (auto& f : facts) f.statement = "0190b3a0-0000-7000-8000-0000000000" + std::to_string(10 + f.seq);
        lots.push_back(std::move(facts));
    }
    std::size_t contributions = 0;
    auto start = clock::now();
    for (const auto& facts : lots) {
        for (const auto& r : fold(facts, person(), *world.rules)) contributions += r.evidence.size();
    }
    std::cout << "fold: 20 facts x 15 claims, " << contributions / lots.size()
              << " contributions: " << micros(start) / static_cast<double>(lots.size()) << " us\n";
    std::vector<PersonFacts> crowd;
    for (int i = 0; i < 100; ++i) crowd.push_back(world.somebody());
    MatrixBuilder builder(*world.rules, on("2025-09-01"));
    start = clock::now();
    for (int i = 0; i < 15000; ++i) builder.add(crowd[static_cast<std::size_t>(i % 100)]);
    const auto matrix = builder.finish();
    std::cout << "matrix: 15000 people: " << micros(start) / 1000 << " ms\n";
    start = clock::now();
    const auto csv = matrix_csv(matrix);
    std::cout << "matrix as CSV: " << micros(start) / 1000 << " ms, " << csv.size() << " bytes\n";
}

}  // namespace
}  // namespace capbridge::competency::test
