// Next best learning: the order, what each step says, and what must hold in any world.
#include "core/competency/next_learning.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "core/competency/team.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

constexpr const char* today = "2026-06-01";

Question on(std::string_view when) {
    return {day(when), {}, "Nymouth", 17};
}
NextLearning::Options for_person(std::string id = "p1") {
    return {NextLearning::Options::Whom::person, std::move(id), "", 200};
}
// Rules over learning items with given minutes; 0: not known.
std::unique_ptr<Rules> rules_with(const std::vector<json>& mappings, const std::vector<int>& minutes,
                                  std::vector<Team> teams = {}, std::vector<Deployment> deployments = {}) {
    auto file = mapping_file(mappings);
    for (std::size_t i = 0; i < minutes.size(); ++i) {
        auto& item = file["learning_items"][i];
        item.erase("minutes");
        if (minutes[i] > 0) item["minutes"] = minutes[i];
    }
    auto set = load_mapping(file.dump(2), "mapping.json", hee());
    EXPECT_TRUE(set) << set.error().text();
    auto book = book_of({*set}, std::move(deployments));
    book.teams = std::move(teams);
    return std::make_unique<Rules>(std::move(book));
}
PersonFacts somebody(const Rules& rules, const std::vector<Fact>& facts = {}, std::string id = "p1") {
    PersonFacts p;
    p.person = person(std::move(id));
    p.records = fold(facts, p.person, rules);
    return p;
}
ordered_json ask(const Rules& rules, const std::vector<PersonFacts>& people,
                 const NextLearning::Options& options, const Question& question = on(today)) {
    NextLearning next(rules, question, options);
    for (const auto& p : people) next.add(p);
    return next.finish();
}
std::vector<std::string> items_of(const ordered_json& answer) {
    std::vector<std::string> out;
    for (const auto& step : answer["steps"]) out.push_back(step["learning_item"]);
    return out;
}
using Names = std::vector<std::string>;

TEST(NextLearning, TheFoundationComesFirstThenByTimeThenWhatHasNone) {
    const auto rules = rules_with(
        {mapping("long", claims({"t1-ai-literacy-1", "t1-ai-literacy-2"})),
         mapping("short", claim("t1-ai-literacy-3")), mapping("unknown", claim("t1-ai-literacy-4")),
         mapping("advanced", claims({"a1-regulation-and-standards-1", gdpr_familiar}))},
        {60, 10, 0, 5});
    auto p = somebody(*rules);
    p.assignments.push_back(is("shaper"));
    const auto answer = ask(*rules, {p}, for_person());
    EXPECT_EQ(items_of(answer), (Names{"short", "long", "unknown", "advanced"}));
    EXPECT_FALSE(answer["more"].get<bool>());
    const auto& steps = answer["steps"];
    EXPECT_EQ(steps[0]["closes"][0]["requirement"], "t1-ai-literacy-3");
    EXPECT_EQ(steps[0]["closes"][0]["need"], "foundation");
    EXPECT_EQ(steps[1]["minutes_so_far"], 70);
    EXPECT_TRUE(steps[2]["minutes"].is_null());
    EXPECT_NE(steps[2]["why"].get<std::string>().find("not known"), std::string::npos);
    EXPECT_TRUE(steps[2]["minutes_so_far"].is_null());
    EXPECT_EQ(steps[3]["closes"][0]["need"], "rest");
    EXPECT_GT(answer["left"]["cases"], 0);
}

TEST(NextLearning, WhatRunsOutSoonIsRenewedOnlyByWhatHoldsLonger) {
    const auto short_one = mapping("brief", claim(aware), {{"valid_for", "P1M"}});
    const auto long_one = mapping("lasting", claim(aware), {{"valid_for", "P1Y"}});
    const auto rules = rules_with({short_one, long_one}, {5, 50});
    const auto p = somebody(*rules, {completed("lasting", "2025-07-01")});
    const auto answer = ask(*rules, {p}, for_person());
    EXPECT_EQ(answer["needs"]["expiring"], 1);
    EXPECT_EQ(items_of(answer), (Names{"lasting"}));
    EXPECT_EQ(answer["steps"][0]["closes"][0]["need"], "expiring");
    // Once it has run out, the short one will do.
    EXPECT_EQ(items_of(ask(*rules, {p}, for_person(), on("2026-08-01"))), (Names{"brief"}));
}

TEST(NextLearning, WhatIsSaidToBeKnownComesLastAndStillCountsAsLacking) {
    const auto rules = rules_with(
        {mapping("a", claim("t1-ai-literacy-1")), mapping("b", claim("t1-ai-literacy-2"))}, {10, 90});
    const auto p = somebody(*rules);
    EXPECT_EQ(items_of(ask(*rules, {p}, for_person())), (Names{"a", "b"}));
    NextLearning next(*rules, on(today), for_person());
    next.says_they_know("p1", "t1-ai-literacy-1", "");
    next.says_they_know("somebody else", "t1-ai-literacy-2", "");
    next.says_they_know("p1", "no such requirement", "");
    next.says_they_know("p1", product_item, "no such deployment");
    next.add(p);
    const auto answer = next.finish();
    EXPECT_EQ(items_of(answer), (Names{"b", "a"}));
    EXPECT_EQ(answer["steps"][1]["closes"][0]["need"], "said_known");
    EXPECT_NE(answer["steps"][1]["why"].get<std::string>().find("You say that you know"), std::string::npos);
    EXPECT_EQ(answer["needs"]["said_known"], 1);
}

TEST(NextLearning, AGapOfTheTeamGoesBeforeTheRest) {
    const Team team{"mdt", "1", "AI team", {{"p1", {}}, {"p2", {}}}, {}, {gdpr_familiar}, "", 1};
    const auto rules =
        rules_with({mapping("gap", claim(gdpr_familiar)),
                    mapping("mine", claims({"a1-regulation-and-standards-1", "a1-guidelines-1"}))},
                   {60, 10}, {team});
    auto p = somebody(*rules), other = somebody(*rules, {}, "p2");
    p.assignments.push_back(is("shaper"));
    const auto first_gap = [](const ordered_json& answer) {
        for (const auto& step : answer["steps"]) {
            for (const auto& c : step["closes"]) {
                if (c["requirement"] == gdpr_familiar) return c["need"].get<std::string>();
            }
        }
        return std::string("-");
    };
    EXPECT_EQ(first_gap(ask(*rules, {p, other}, for_person())), "team_gap");
    const NextLearning::Options whole{NextLearning::Options::Whom::team, "", "mdt", 50};
    auto question = on(today);
    question.scope.team = "mdt";
    const auto of_team = ask(*rules, {p, other}, whole, question);
    EXPECT_EQ(of_team["people"], 2);
    EXPECT_EQ(first_gap(of_team), "team_gap");
    EXPECT_NE(of_team["steps"].dump().find("mdt"), std::string::npos);
    // Somebody of the team holds it: no gap.
    other = somebody(*rules, {completed("gap", "2026-01-01")}, "p2");
    EXPECT_NE(first_gap(ask(*rules, {p, other}, for_person())), "team_gap");
    EXPECT_NE(first_gap(ask(*rules, {p, other}, whole, question)), "team_gap");
}

TEST(NextLearning, OfAUnitWhatMostPeopleNeedForItsTime) {
    const auto rules = rules_with(
        {mapping("few", claim("t1-ai-literacy-1")), mapping("many", claim("t1-ai-literacy-2"))}, {10, 20});
    std::vector<PersonFacts> people;
    for (int i = 0; i < 9; ++i) {
        std::vector<Fact> facts;
        if (i < 6) facts.push_back(completed("few", "2026-01-01"));
        people.push_back(somebody(*rules, facts, "p" + std::to_string(i)));
    }
    auto question = on(today);
    question.scope.unit = "Radiology";
    const NextLearning::Options unit{NextLearning::Options::Whom::scope, "", "", 50};
    auto answer = ask(*rules, people, unit, question);
    EXPECT_EQ(items_of(answer), (Names{"many", "few"}));  // 9 in 20 minutes before 3 in 10
    EXPECT_EQ(answer["steps"][0]["people"], 9);
    EXPECT_EQ(answer["steps"][1]["closes"][0]["cases"], 3);
    std::reverse(people.begin(), people.end());
    EXPECT_EQ(ask(*rules, people, unit, question), answer) << "the order of people does not matter";
    question.scope.unit = "Surgery";
    answer = ask(*rules, people, unit, question);
    EXPECT_EQ(answer["people"], 0);
    EXPECT_TRUE(answer["steps"].empty());
    // One step at a time says that there is more.
    question.scope.unit = "Radiology";
    const NextLearning::Options one{NextLearning::Options::Whom::scope, "", "", 1};
    EXPECT_TRUE(ask(*rules, people, one, question)["more"].get<bool>());
}

TEST(NextLearning, NothingIsAskedOfWhoHasLeftOrIsExempt) {
    const auto rules = rules_with({mapping("a", claim(aware))}, {10});
    auto p = somebody(*rules);
    Override waived;
    waived.kind = Override::Kind::waived;
    waived.requirement = aware;
    p.records = competency::fold(History{{}, {}, {waived}}, p.person, *rules);
    EXPECT_TRUE(ask(*rules, {p}, for_person())["steps"].empty());
    p = somebody(*rules);
    p.person.employments.front().to = day("2026-01-31");
    EXPECT_TRUE(ask(*rules, {p}, for_person())["steps"].empty());
}

struct RandomWorld {
    explicit RandomWorld(unsigned seed, int mapped = 14) : random(seed) {
        for (int m = 0; m < mapped; ++m) {
            std::vector<std::string> targets;
            const bool product = m % 5 == 4;
            for (int c = 0; c < 8; ++c) {
                const auto& all = hee().requirements;
                const auto& r = all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
                if ((r.tier == "product-specific") == product) targets.push_back(r.id);
            }
            if (targets.empty()) targets.push_back(product ? product_item : aware);
            json more = json::object();
            if (below(2) == 0) more["needs"] = "passed";
            if (below(3) == 0) more["min_score"] = 0.5;
            if (below(2) == 0) more["valid_for"] = below(2) == 0 ? "P1Y" : "P1M";
            if (below(6) == 0) more["until"] = "2025-06-30";
            if (product) more["product"] = {{"name", "ChestScan"}};
            mappings.push_back(mapping("i" + std::to_string(m), claims(targets), more));
            minutes.push_back(below(4) == 0 ? 0 : 5 + below(60));
        }
        deployments = {deployment("scan-2"), deployment("scan-1", "1")};
    }
    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }
    std::vector<Fact> facts(int count) {
        std::vector<Fact> out;
        for (int i = 0; i < count; ++i) {
            auto f = fact(static_cast<Fact::What>(below(5)), "i" + std::to_string(below(16)), "", i + 1);
            f.occurred = {When::Precision::day, Instant{day("2024-01-01") + std::chrono::days{below(800)}}};
            if (below(2) == 0) f.score = below(11) / 10.0;
            f.voided = below(6) == 0;
            out.push_back(std::move(f));
        }
        return out;
    }
    std::mt19937 random;
    std::vector<json> mappings;
    std::vector<int> minutes;
    std::vector<Deployment> deployments;
};

TEST(NextLearningProperties, EachStepClosesWhatItSaysAndNothingComesTwice) {
    std::size_t closed = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        RandomWorld world(seed);
        const auto rules = rules_with(world.mappings, world.minutes, {}, world.deployments);
        auto facts = world.facts(8);
        auto p = somebody(*rules, facts);
        for (const auto& a : hee().archetypes) {
            if (world.below(3) == 0) p.assignments.push_back(is(a.id));
        }
        const auto answer = ask(*rules, {p}, for_person());
        std::set<std::string> told;
        std::set<std::string> taken;
        for (const auto& step : answer["steps"]) {
            ASSERT_TRUE(taken.insert(step["learning_item"]).second) << "seed " << seed;
            auto done = fact(step["needs"] == "passed" ? Fact::What::passed : Fact::What::completed,
                             step["learning_item"], today, 1000 + static_cast<int>(taken.size()));
            done.score = 1.0;
            facts.push_back(done);
            const auto records = fold(facts, p.person, *rules);
            ASSERT_FALSE(step["closes"].empty());
            for (const auto& c : step["closes"]) {
                const auto id = c["requirement"].get<std::string>();
                const auto context = c["context"].is_null() ? "" : c["context"].get<std::string>();
                ASSERT_TRUE(told.insert(id + "|" + context).second) << "seed " << seed;
                const auto* record = find(records, id, context);
                ASSERT_NE(record, nullptr) << "seed " << seed << " " << id << " " << context;
                const auto state = state_at(*record, day(today), rules->policy.amber_days);
                EXPECT_TRUE(state.holds()) << "seed " << seed << " " << id;
                if (c["need"] == "expiring") {
                    EXPECT_EQ(state.attainment, Attainment::met) << "seed " << seed << " " << id;
                }
                ++closed;
            }
        }
        ASSERT_FALSE(answer["more"].get<bool>());
        // Having done it all, there is nothing more to do.
        p.records = fold(facts, p.person, *rules);
        std::size_t again = 0;
        const auto after = ask(*rules, {p}, for_person());
        for (const auto& step : after["steps"]) {
            for (const auto& c : step["closes"]) again += c["need"] != "expiring" ? 1 : 0;
        }
        EXPECT_EQ(again, 0U) << "seed " << seed;
    }
    EXPECT_GT(closed, 500U) << "the worlds are worth something";
}

TEST(NextLearningProperties, MoreLearningNeverClosesLess) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        RandomWorld world(seed);
        PersonFacts p;
        p.person = person();
        for (const auto& a : hee().archetypes) {
            if (world.below(2) == 0) p.assignments.push_back(is(a.id));
        }
        std::size_t before = 0;
        for (std::size_t n = 1; n <= world.mappings.size(); ++n) {
            const auto rules =
                rules_with({world.mappings.begin(), world.mappings.begin() + static_cast<std::ptrdiff_t>(n)},
                           {world.minutes.begin(), world.minutes.begin() + static_cast<std::ptrdiff_t>(n)},
                           {}, world.deployments);
            const auto answer = ask(*rules, {p}, for_person());
            std::size_t needs = 0, closed = 0;
            for (const auto& [name, cases] : answer["needs"].items()) needs += cases.get<std::size_t>();
            for (const auto& step : answer["steps"]) closed += step["closes_total"].get<std::size_t>();
            EXPECT_EQ(closed + answer["left"]["cases"].get<std::size_t>(), needs) << "seed " << seed;
            EXPECT_GE(closed, before) << "seed " << seed;
            before = closed;
        }
    }
}

TEST(NextLearningProperties, TheFoundationIsDoneBeforeAnythingElse) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        RandomWorld world(seed);
        const auto rules = rules_with(world.mappings, world.minutes, {}, world.deployments);
        auto p = somebody(*rules, world.facts(6));
        p.assignments.push_back(is("creator"));
        static const Names order{"foundation", "expiring", "team_gap", "rest", "said_known"};
        std::ptrdiff_t last = 0;
        const auto answer = ask(*rules, {p}, for_person());
        for (const auto& step : answer["steps"]) {
            const auto need = step["closes"][0]["need"].get<std::string>();
            const auto at = std::find(order.begin(), order.end(), need) - order.begin();
            EXPECT_GE(at, last) << "seed " << seed;
            last = at;
        }
    }
}

}  // namespace
}  // namespace capbridge::competency::test
