// Standings against a recount: the matrix from memory is, byte for byte, what MatrixBuilder counts from the
// records, whatever has happened, for every scope.
#include "core/engine/standings.hpp"

#include <gtest/gtest.h>

#include "core/engine/history.hpp"
#include "core/engine/posting.hpp"
#include "core/engine/teams.hpp"

namespace capbridge::engine {
namespace {

// Goes when it is told to.
class MovingClock final : public Clock {
public:
    explicit MovingClock(const Instant& now) : now_(now) {}
    [[nodiscard]] Instant now() const override { return now_; }

private:
    const Instant& now_;
};

class MovingWorld : public World {
public:
    MovingWorld() {
        bridge.reset();
        bridge = std::make_unique<Bridge>(*store::open_store(dir, store::Mode::own, "https://bridge.example"),
                                          std::make_unique<ScriptedAdapters>(pull),
                                          std::make_unique<MovingClock>(now));
        if (auto taken = bridge->take_over(); !taken) throw std::runtime_error(taken.error().text());
        bridge->standings.keep();
    }
    Instant now = *parse_instant("2026-06-01T09:00:00Z");
};

std::vector<competency::Scope> scopes() {
    std::vector<competency::Scope> out;
    const auto add = [&](auto set) { set(out.emplace_back()); };
    add([](auto&) {});
    add([](auto& s) { s.unit = "Imaging"; });
    add([](auto& s) {
        s.unit = "Imaging";
        s.descendants = false;
    });
    add([](auto& s) { s.unit = "Ward"; });
    add([](auto& s) { s.staff_group = "Nursing"; });
    add([](auto& s) {
        s.unit = "Imaging";
        s.staff_group = "Medical and Dental";
        s.job_role = "Consultant";
    });
    add([](auto& s) { s.job_role = "Consultant"; });
    add([](auto& s) { s.archetype = "shaper"; });
    add([](auto& s) {
        s.archetype = "user";
        s.unit = "Ward";
    });
    add([](auto& s) { s.team = "mdt"; });
    add([](auto& s) { s.deployment = "scan"; });
    add([](auto& s) {
        s.deployment = "scan";
        s.archetype = "user";
        s.staff_group = "Nursing";
    });
    return out;
}

// How many scopes the standings knew.
std::size_t expect_recount_equal(World& w, const std::string& after) {
    auto& projection = w.bridge->store().projection();
    const auto rules = *w.bridge->rules();
    std::size_t known = 0;
    for (const auto& scope : scopes()) {
        competency::Question question{day_of(w.bridge->now()), scope, "Demo", projection.cursor()};
        const auto kept = w.bridge->standings.matrix(question);
        if (!kept) continue;
        ++known;
        competency::MatrixBuilder builder(*rules, question);
        projection.each_person(false, [&](const competency::PersonFacts& p) { builder.add(p); });
        auto recount = builder.finish();
        fill_teams(*w.bridge, *rules, question, recount);
        EXPECT_EQ(kept->dump(), recount.dump())
            << after << "; " << scope.unit << " " << scope.team << " " << scope.deployment;
    }
    return known;
}

// Everybody folded from facts that were read in one pass, and each from their own.
void expect_same_facts(World& w) {
    auto& projection = w.bridge->store().projection();
    const auto rules = *w.bridge->rules();
    const auto known = activities_of(rules);
    const auto all = projection.all_facts(*known);
    ASSERT_TRUE(all);
    for (const auto& id : projection.all_people()) {
        const auto person = projection.person(id);
        std::vector<std::string> actors;
        for (const auto& i : person->identifiers)
            actors.push_back(
                people::agent_of(i.scheme, i.issuer, i.value, w.bridge->store().installation().iri_base)
                    .key());
        const auto own = history_of(projection, *person, actors);
        for (const auto& other : {history_of(projection, *person, actors, all.get()),
                                  history_of(projection, *person, actors, nullptr, known.get())}) {
            EXPECT_LE(other.facts.size(), own.facts.size());
            EXPECT_EQ(competency::fold(own, *person, *rules), competency::fold(other, *person, *rules));
            EXPECT_EQ(competency::unmapped_only(own.facts, *rules),
                      competency::unmapped_only(other.facts, *rules));
        }
    }
}

class History {
public:
    explicit History(std::uint32_t seed) : dice_(seed) {
        units();
        people();
        w.mapping();
        mapping();
        w.ask("assessor.publish",
              {{"text", json{{"id", "educator"}, {"title", "Educator"}, {"credentials", {"tests"}}}.dump()}});
        w.ask("deployment.publish", {{"text", json{{"id", "scan"},
                                                   {"product", "ChestScan"},
                                                   {"version", "1"},
                                                   {"unit", "Ward"},
                                                   {"go_live", "2026-01-01"}}
                                                  .dump()}});
    }

    std::string step() {
        switch (roll(13)) {
            case 0:
                w.now += std::chrono::hours{24 * (1 + roll(120))};
                return project("a later day");
            case 1:
                people();
                return "people";
            case 2:
                mapping();
                return "mapping";
            case 3:
                return try_("person.merge", {{"from", who()}, {"into", who()}, {"why", "the same"}});
            case 4: {
                const auto merges = w.ask("person.merges")["merges"];
                if (merges.empty()) return "no merge";
                return try_("person.unmerge", {{"person", merges[roll(merges.size())]["from"]}});
            }
            case 5: {
                const auto runs = w.ask("run.list")["runs"];
                return try_("run.revert", {{"run", runs[roll(std::min<std::size_t>(runs.size(), 6))]["id"]}});
            }
            case 6:
                return try_("attestation.add", {{"person", who()},
                                                {"requirement", requirement()},
                                                {"assessor", "educator"},
                                                {"kind", roll(2) == 0 ? "attested" : "observed"},
                                                {"method", "supervised_practice"},
                                                {"on", "2026-05-0" + std::to_string(1 + roll(9))}});
            case 7:
                return try_("override.set",
                            {{"person", who()},
                             {"requirement", requirement()},
                             {"why", "not their work"},
                             {"until", format_day(day_of(w.now) + std::chrono::days{roll(60)})}});
            case 8: {
                static constexpr const char* archetypes[] = {"shaper", "driver", "user"};
                return try_("assign.import", {{"csv", "employee_number,archetype,state\n" + number() + "," +
                                                          archetypes[roll(3)] + "," +
                                                          (roll(3) == 0 ? "proposed" : "confirmed") + "\n"},
                                              {"issuer", "demo"}});
            }
            case 9: {
                auto members = json::array();
                for (int i = 0; i < 4; ++i) members.push_back({{"person", who()}});
                return try_("team.publish", {{"text", json{{"id", "mdt"},
                                                           {"version", std::to_string(++version_)},
                                                           {"name", "Imaging AI"},
                                                           {"members", members},
                                                           {"archetypes", {"shaper"}}}
                                                          .dump()}});
            }
            default: {
                static constexpr const char* verbs[] = {"completed", "passed", "failed", "progressed"};
                for (int i = 0; i < 6; ++i) {
                    auto said = statement("p" + number() + "@demo.example",
                                          "https://lms.example/AI-" + std::to_string(1 + roll(6)));
                    said["verb"]["id"] = std::string("http://adlnet.gov/expapi/verbs/") + verbs[roll(4)];
                    said["timestamp"] = "2025-" + std::string(roll(2) == 0 ? "06" : "11") + "-1" +
                                        std::to_string(roll(10)) + "T10:00:00Z";
                    EXPECT_TRUE(post(w, said));
                }
                return project("statements");
            }
        }
    }

    std::uint32_t roll(std::size_t sides) {
        dice_ = dice_ * 1664525 + 1013904223;
        return (dice_ >> 16) % static_cast<std::uint32_t>(sides);
    }

    MovingWorld w;

private:
    std::string project(std::string what) {
        EXPECT_TRUE(w.bridge->project());
        return what;
    }
    // What is refused is nothing.
    std::string try_(const std::string& operation, const json& params) {
        const auto answer = run_operation(*w.bridge, operation, params, {"tests"});
        return operation + (answer ? "" : " (" + answer.error().text() + ")");
    }
    std::string number() { return std::to_string(1000 + roll(14)); }
    std::string who() { return "esr-employee:demo:" + number(); }
    std::string requirement() {
        const auto& all = (*w.bridge->rules())->framework.requirements;
        return all[roll(all.size())].id;
    }
    void units() {
        store::Batch batch;
        store::RunRow run;
        run.kind = "sync";
        run.counts = "{}";
        batch.run = *w.bridge->store().sources().begin_run(run);
        const auto unit = [&](const char* id, const char* name, const char* parent) {
            const json record{{"id", id}, {"name", name}, {"parent", parent}};
            batch.entries.emplace_back(store::NewDecision{
                "unit", std::string("hr|") + id, json{{"source", "hr"}, {"record", record}}.dump(), {}});
        };
        unit("1", "Imaging", "");
        unit("2", "Ward", "1");
        unit("3", "Theatre", "");
        ASSERT_TRUE(w.bridge->store().journal().append(std::move(batch)));
        ASSERT_TRUE(w.bridge->project());
    }
    void people() {
        std::string csv = "employee_number,name,email,unit,staff_group,job_role,from,to\n";
        static constexpr const char* units[] = {"Imaging", "Ward", "Theatre"};
        for (int i = 0; i < 12; ++i) {
            const auto n = std::to_string(1000 + i);
            csv += n + ",Person " + n + ",p" + n + "@demo.example," + units[roll(3)] + "," +
                   (roll(2) == 0 ? "Medical and Dental" : "Nursing") + "," +
                   (roll(2) == 0 ? "Consultant" : "Nurse") + ",2020-01-01," +
                   (roll(4) == 0 ? "2026-0" + std::to_string(1 + roll(9)) + "-20" : "") + "\n";
        }
        w.ask("people.import", {{"csv", csv}, {"issuer", "demo"}});
    }
    void mapping() {
        json document{{"id", "more"},
                      {"version", std::to_string(++version_)},
                      {"title", "More"},
                      {"framework", "hee-ai-confidence"},
                      {"learning_items", json::array()},
                      {"mappings", json::array()}};
        for (int i = 2; i < 6; ++i) {
            const auto id = "item-" + std::to_string(i);
            const bool product = i == 5;
            document["learning_items"].push_back(
                {{"id", id},
                 {"title", id},
                 {"activities", {"https://lms.example/AI-" + std::to_string(i)}},
                 {"minutes", 10 * i}});
            json mapping{
                {"id", "m" + std::to_string(i)},
                {"learning_item", id},
                {"claims", {{{"requirement", product ? "t2-governance-1" : requirement_of_people()}}}},
                {"needs", roll(2) == 0 ? "completed" : "passed"},
                {"method", "quiz"}};
            if (i == 3) mapping["valid_for"] = "P1Y";
            if (product) mapping["product"] = {{"name", "ChestScan"}};
            document["mappings"].push_back(std::move(mapping));
        }
        try_("mapping.publish", {{"text", document.dump()}, {"name", "more.json"}});
    }
    std::string requirement_of_people() {
        const auto& all = (*w.bridge->rules())->framework.requirements;
        for (;;) {
            const auto& one = all[roll(all.size())];
            if (one.tier != "product-specific" && !one.level.empty()) return one.id;
        }
    }

    std::uint32_t dice_;
    int version_ = 0;
};

class RandomHistory : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomHistory, TheMatrixFromMemoryIsTheRecount) {
    History history(GetParam());
    std::size_t known = expect_recount_equal(history.w, "the beginning");
    for (int i = 0; i < 30; ++i) known += expect_recount_equal(history.w, history.step());
    EXPECT_GT(known, 31u * 7);  // the team is there only after it was published, and some go by reverts
    // Told bit by bit, the records are those of a rebuild.
    const auto digest = history.w.digest();
    EXPECT_EQ(history.w.ask("rebuild")["digest"], digest);
    expect_recount_equal(history.w, "a rebuild");
    expect_same_facts(history.w);
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, testing::Values(1U, 2U, 3U, 5U, 8U));

TEST(Standings, AreNotOfAnotherDayAndNotOfWhatNobodyKnows) {
    MovingWorld w;
    w.people(3);
    competency::Question question{day_of(w.now), {}, "Demo", 0};
    EXPECT_TRUE(w.bridge->standings.matrix(question));
    question.as_of -= std::chrono::days{1};
    EXPECT_FALSE(w.bridge->standings.matrix(question));
    question.as_of += std::chrono::days{2};
    EXPECT_FALSE(w.bridge->standings.matrix(question));
    question.as_of = day_of(w.now);
    question.scope.unit = "Wrad";
    EXPECT_FALSE(w.bridge->standings.matrix(question));
    EXPECT_EQ(w.refused("matrix", {{"unit", "Wrad"}}).code, "not_found");
    // The day is over: the old ones answer no more, and the next pass counts anew without anything new.
    w.now += std::chrono::hours{24};
    question = {day_of(w.now), {}, "Demo", 0};
    EXPECT_FALSE(w.bridge->standings.matrix(question));
    EXPECT_EQ(w.ask("matrix")["people"], 3);
    ASSERT_TRUE(w.bridge->project());
    EXPECT_TRUE(w.bridge->standings.matrix(question));
}

TEST(Standings, CarryTheWatermarkTheyStandFor) {
    MovingWorld w;
    w.people(3);
    w.mapping();
    const auto before = w.ask("matrix");
    ASSERT_TRUE(post(w, statement("p1001@demo.example")));
    EXPECT_EQ(w.ask("matrix").dump(), before.dump());  // not folded yet
    ASSERT_TRUE(w.bridge->project());
    const auto after = w.ask("matrix");
    EXPECT_EQ(after["watermark"], w.bridge->store().journal().watermark().seq);
    EXPECT_NE(after["foundation"].dump(), before["foundation"].dump());
}

TEST(Standings, AMappingChangeFoldsOnlyWhomItConcerns) {
    MovingWorld w;
    w.people(5);
    ASSERT_TRUE(post(w, statement("p1001@demo.example")));
    ASSERT_TRUE(post(w, statement("p1002@demo.example", "https://lms.example/OTHER")));
    ASSERT_TRUE(w.bridge->project());
    w.mapping();
    EXPECT_EQ(w.attainment(1), "met");
    EXPECT_EQ(w.attainment(2), "none");
    EXPECT_EQ(w.bridge->store().projection().people_of_activities({"https://lms.example/AI-1"}).size(), 1u);
    EXPECT_TRUE(w.bridge->store().projection().people_of_activities({"https://lms.example/nothing"}).empty());
    expect_recount_equal(w, "the mapping");
    const auto digest = w.digest();
    EXPECT_EQ(w.ask("rebuild")["digest"], digest);
}

}  // namespace
}  // namespace capbridge::engine
