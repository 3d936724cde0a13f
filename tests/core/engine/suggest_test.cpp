// Suggestions and likely duplicates on a real store: which activities are looked at, bounds, refusals.
#include <gtest/gtest.h>

#include <algorithm>

#include "world.hpp"

namespace capbridge::engine {
namespace {

struct Suggesting : testing::Test {
    Suggesting() {
        world.people(3);
        world.mapping();
        world.source();
        world.pull = [](std::string_view, RecordStream& out) -> Status {
            const std::tuple<int, const char*, const char*> all[] = {
                {0, "AI-1", "Basics"},
                {0, "DESK", "Risk of deskilling through AI"},
                {1, "DESK", "Risk of deskilling through AI"},
                {0, "FIRE", "Fire safety"},
                {2, "BOX", "The limits of black-box AI"},
            };
            for (const auto& [person, activity, title] : all) {
                auto record = json::parse(World::completion(person, "completed", "2026-03-01", activity));
                record["activity"]["title"] = title;
                CAPBRIDGE_TRY(out.emit("completion", record.dump()));
            }
            return out.checkpoint("one");
        };
        world.sync();
    }
    World world;
    static constexpr const char* desk = "https://lms.example/DESK";
};

TEST_F(Suggesting, WhatNobodyHasLookedAtThoseOfMostPeopleFirst) {
    const auto answer = world.ask("learning.suggest");
    EXPECT_EQ(answer["waiting"], 3) << "what a mapping has is not asked about";
    ASSERT_EQ(answer["total"], 2);
    EXPECT_EQ(answer["learning"][0]["activities"][0], desk);
    EXPECT_EQ(answer["learning"][0]["people"], 2);
    EXPECT_EQ(answer["learning"][0]["suggestions"][0]["topic"], "deskilling-risk");
    EXPECT_EQ(answer["learning"][0]["suggestions"][0]["status"], "suggested");
    EXPECT_EQ(answer["draft"]["learning_items"].size(), 2u);
    EXPECT_EQ(world.ask("learning.suggest", {{"limit", 1}})["learning"].size(), 1u);
    EXPECT_EQ(world.ask("learning.suggest", {{"limit", 1}, {"offset", 5}})["learning"].size(), 0u);
    EXPECT_EQ(world.ask("learning.suggest", {{"min_score", 1}})["total"], 0);
    EXPECT_EQ(world.ask("learning.suggest", {{"min_score", "1"}})["total"], 0) << "as a web address has it";
}

TEST_F(Suggesting, TriageSaysWhatIsAskedAbout) {
    world.ask("learning.triage", {{"activities", {desk}}, {"relevance", "relevant"}});
    EXPECT_EQ(world.ask("learning.suggest")["total"], 1);
    EXPECT_EQ(world.ask("learning.suggest", {{"triage", "relevant"}})["total"], 1);
    EXPECT_EQ(world.ask("learning.suggest", {{"triage", "all"}})["total"], 2);
    world.ask("learning.triage", {{"activities", {desk}}, {"relevance", "irrelevant"}, {"why", "old"}});
    EXPECT_EQ(world.ask("learning.suggest", {{"triage", "all"}})["total"], 1);
    EXPECT_EQ(world.ask("learning.suggest", {{"activities", {desk}}})["total"], 1) << "asked about by name";
}

TEST_F(Suggesting, ADraftGivesNothingUntilItIsAccepted) {
    auto draft = world.ask("learning.suggest")["draft"];
    const auto refused = world.refused("mapping.publish", {{"text", draft.dump(2)}, {"name", "draft.json"}});
    EXPECT_EQ(refused.code, "nothing_accepted");
    EXPECT_EQ(world.attainment(0, "t1-ai-model-and-product-design-2"), "none");
    for (auto& mapping : draft["mappings"]) {
        for (auto& claim : mapping["claims"]) {
            if (mapping["needs"] == "completed") claim["status"] = "accepted";
        }
    }
    const auto done = world.ask("mapping.publish", {{"text", draft.dump(2)}, {"name", "draft.json"}});
    EXPECT_TRUE(done["changed"]);
    EXPECT_EQ(world.attainment(0, "t1-ai-model-and-product-design-2"), "met");
    EXPECT_EQ(world.ask("learning.suggest")["total"], 0) << "now a mapping has them";
}

TEST_F(Suggesting, BadParametersAreNamed) {
    const auto where = [&](std::string_view operation, const json& params) {
        const auto error = world.refused(operation, params);
        return error.code + " " + error.where;
    };
    EXPECT_EQ(where("learning.suggest", {{"min_score", 2}}), "bad_parameter min_score");
    EXPECT_EQ(where("learning.suggest", {{"min_score", "half"}}), "bad_parameter min_score");
    EXPECT_EQ(where("learning.suggest", {{"triage", "irrelevant"}}), "bad_parameter triage");
    EXPECT_EQ(where("learning.suggest", {{"limit", 0}}), "bad_parameter limit");
    EXPECT_EQ(where("learning.suggest", {{"activities", {7}}}), "bad_parameter activities");
    EXPECT_EQ(where("learning.suggest", {{"activities", {"seven"}}}), "bad_parameter activities");
    EXPECT_EQ(where("learning.suggest", {{"activity", "https://no.example/1"}}), "not_found activities");
    EXPECT_EQ(where("learning.duplicates", {{"activities", "x"}}), "bad_parameter activities");
    EXPECT_EQ(where("package.map", {{"package", "none"}}), "not_found package");
    EXPECT_EQ(where("package.map", json::object()), "bad_parameter /package");
    EXPECT_EQ(world.ask("package.course", {{"key", "a b"}})["course"],
              "https://bridge.example/packages/a%20b");
}

TEST_F(Suggesting, TheSameLearningOnAnotherPlatformIsProposed) {
    EXPECT_EQ(world.ask("learning.duplicates")["total"], 0);
    world.ask("source.put",
              {{"name", "other"}, {"adapter", "script"}, {"activity_base", "https://other.example/c/"}});
    world.pull = [](std::string_view, RecordStream& out) -> Status {
        auto record = json::parse(World::completion(1, "completed", "2026-03-02", "17"));
        record["activity"]["title"] = "Risk of Deskilling through AI";
        CAPBRIDGE_TRY(out.emit("completion", record.dump()));
        return out.checkpoint("two");
    };
    world.ask("sync", {{"sources", {"other"}}});
    const auto answer = world.ask("learning.duplicates");
    ASSERT_EQ(answer["total"], 1);
    EXPECT_EQ(answer["duplicates"][0]["draft"]["activities"],
              (ordered_json{desk, "https://other.example/c/17"}));
    EXPECT_EQ(world.ask("learning.duplicates", {{"activity", desk}})["total"], 1);
    EXPECT_EQ(world.ask("learning.duplicates", {{"activity", "https://lms.example/FIRE"}})["total"], 0);
    EXPECT_EQ(world.ask("learning.duplicates", {{"min_score", 1}})["total"], 0);
}

}  // namespace
}  // namespace capbridge::engine
