// The operations about learning on a real store: decisions, bounds, refusals.
#include <gtest/gtest.h>

#include "world.hpp"

namespace capbridge::engine {
namespace {

struct Learning : testing::Test {
    Learning() {
        world.people(3);
        world.mapping();
        world.source();
        world.pull = [](std::string_view, RecordStream& out) -> Status {
            for (const auto& [person, activity] : {std::pair{0, "AI-1"}, {0, "FIRE"}, {1, "FIRE"}}) {
                CAPBRIDGE_TRY(
                    out.emit("completion", World::completion(person, "completed", "2026-03-01", activity)));
            }
            return out.checkpoint("one");
        };
        world.sync();
    }
    World world;
};

TEST_F(Learning, TriageIsADecisionThatARunTakesBack) {
    const json fire{{"pattern", "*/fire"}, {"relevance", "irrelevant"}, {"why", "not about AI"}};
    auto dry = fire;
    dry["dry_run"] = true;
    EXPECT_EQ(world.ask("learning.triage", dry)["counts"]["changed"], 1);
    EXPECT_EQ(world.ask("learning.list")["counts"]["irrelevant"], 0);
    const auto done = world.ask("learning.triage", fire);
    EXPECT_EQ(done["changes"][0]["people"], 2);
    EXPECT_EQ(world.ask("learning.list")["counts"]["irrelevant"], 1);
    EXPECT_FALSE(world.ask("learning.triage", fire).contains("run")) << "the same again writes nothing";
    world.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(world.ask("learning.list")["counts"]["irrelevant"], 0);
    world.ask("learning.triage", fire);
    world.ask("learning.triage", {{"pattern", "*"}, {"relevance", "none"}});
    EXPECT_EQ(world.ask("learning.list")["counts"]["not_yet_looked_at"], 1);
}

TEST_F(Learning, BadParametersAreNamed) {
    const auto where = [&](std::string_view operation, const json& params) {
        const auto error = world.refused(operation, params);
        return error.code + " " + error.where;
    };
    EXPECT_EQ(where("learning.triage", {{"pattern", "*"}, {"relevance", "perhaps"}}),
              "bad_parameter relevance");
    EXPECT_EQ(where("learning.triage", {{"relevance", "relevant"}}), "bad_parameter activities");
    EXPECT_EQ(where("learning.triage", {{"relevance", "relevant"}, {"activities", {7}}}),
              "not_found activities");
    EXPECT_EQ(where("learning.triage", {{"relevance", "irrelevant"}, {"pattern", "*"}}), "bad_parameter why");
    EXPECT_EQ(where("learning.list", {{"triage", "x"}}), "bad_parameter triage");
    EXPECT_EQ(where("learning.list", {{"limit", 0}}), "bad_parameter limit");
    EXPECT_EQ(where("learning.list", {{"limit", -1}}), "bad_parameter limit");
    EXPECT_EQ(where("coverage.show", {{"list", "x"}}), "bad_parameter list");
    EXPECT_EQ(where("brief.show", {{"format", "pdf"}}), "bad_parameter format");
    EXPECT_EQ(where("brief.show", {{"unit", "Nowhere"}}), "not_found unit");
    EXPECT_EQ(where("brief.show", {{"archetype", "x"}}), "not_found archetype");
    EXPECT_EQ(where("next.learning", {{"team", "x"}}), "not_found team");
    EXPECT_EQ(where("next.learning", {{"person", "esr-employee:demo:1000"}, {"unit", "Ward"}}),
              "bad_parameter unit");
    EXPECT_EQ(where("journey.show", {{"journey", "x"}}), "not_found journey");
    EXPECT_EQ(where("mapping.export", {{"mapping", "x"}}), "not_found mapping");
    EXPECT_EQ(where("lint.show", {{"each", 0}}), "bad_parameter each");
}

TEST_F(Learning, NextLearningLooksAtWhatIsHeld) {
    EXPECT_TRUE(world.ask("next.learning", {{"person", "esr-employee:demo:1000"}})["steps"].empty());
    const auto other = world.ask("next.learning", {{"person", "esr-employee:demo:1001"}});
    EXPECT_EQ(other["steps"][0]["learning_item"], "basics");
    const auto unit = world.ask("next.learning", {{"unit", "Ward"}});
    EXPECT_EQ(unit["people"], 3);
    EXPECT_EQ(unit["steps"][0]["people"], 2);
    // A self-assessment puts it last and gives nothing; withdrawing it takes that back.
    const auto said = world.ask("attestation.self",
                                {{"person", "esr-employee:demo:1001"}, {"requirement", "t1-ai-literacy-1"}});
    EXPECT_EQ(world.ask("next.learning", {{"person", "esr-employee:demo:1001"}})["needs"]["said_known"], 1);
    world.ask("run.revert", {{"run", said["run"]}});
    EXPECT_EQ(world.ask("next.learning", {{"person", "esr-employee:demo:1001"}})["needs"]["said_known"], 0);
}

TEST_F(Learning, APackComesBackAsItWent) {
    const auto pack = world.ask("mapping.export", {{"mapping", "demo"}})["pack"];
    EXPECT_EQ(pack["origin"]["sha256"].get<std::string>().size(), 64U);
    // The trust's own mapping of that id is not for a pack to replace, were it its own copy.
    for (const bool dry : {true, false}) {
        const auto error = world.refused("mapping.import", {{"text", pack.dump()}, {"dry_run", dry}});
        EXPECT_EQ(error.code, "conflict");
        EXPECT_NE(error.message.find("--id"), std::string::npos);
    }
    EXPECT_EQ(world.attainment(0), "met");
    world.ask("mapping.withdraw", {{"id", "demo"}, {"why", "to take the pack"}});
    EXPECT_NE(world.attainment(0), "met");
    const auto dry = world.ask("mapping.import", {{"text", pack.dump()}, {"dry_run", true}});
    EXPECT_EQ(dry["matched"][0]["activities"][0]["by"], "same_id");
    EXPECT_EQ(world.refused("mapping.import", {{"text", "{"}}).code, "invalid_json");
    EXPECT_EQ(world.refused("mapping.import", {{"text", pack.dump()}, {"table", "nonsense\n"}}).code,
              "missing_column");
    EXPECT_EQ(world.refused("mapping.import", {{"text", pack.dump()}, {"id", "Not An Id"}}).code,
              "invalid_document");
    EXPECT_TRUE(world.ask("mapping.import", {{"text", pack.dump()}})["changed"].get<bool>())
        << "it has an origin now";
    EXPECT_EQ(world.attainment(0), "met");
    // The next version from there may follow; a pack from elsewhere may not.
    auto next = pack;
    next["version"] = "2";
    next["origin"]["version"] = "2";
    EXPECT_TRUE(world.ask("mapping.import", {{"text", next.dump()}})["changed"].get<bool>());
    auto other = pack;
    other["version"] = "3";
    other["origin"]["organisation"] = "Other trust";
    EXPECT_EQ(world.refused("mapping.import", {{"text", other.dump()}}).code, "conflict");
    EXPECT_EQ(
        world.ask("mapping.import", {{"text", other.dump()}, {"id", "from-other"}, {"dry_run", true}})["id"],
        "from-other");
}

TEST_F(Learning, LintCountsWhoTookWhatNobodyLookedAt) {
    const auto found = world.ask("lint.show");
    for (const auto& f : found["findings"]) {
        if (f["code"] == "activity_untriaged") {
            EXPECT_EQ(f["people"], 2);
        }
    }
    EXPECT_EQ(found["by_code"]["activity_untriaged"], 1);
}

}  // namespace
}  // namespace capbridge::engine
