// A whole configuration: in force as one, or nothing of it.
#include "core/engine/config_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/engine/sync_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;

json mapping(const std::string& id, const std::string& version, const std::string& activity) {
    const json document{
        {"id", id},
        {"version", version},
        {"title", "Demo"},
        {"framework", "hee-ai-confidence"},
        {"learning_items",
         {{{"id", id + "-item"}, {"title", "Basics"}, {"activities", {activity}}, {"minutes", 30}}}},
        {"mappings",
         {{{"id", "m1"},
           {"learning_item", id + "-item"},
           {"claims", {{{"requirement", "t1-ai-literacy-1"}}}},
           {"needs", "completed"},
           {"method", "reading"}}}}};
    return {{"text", document.dump(2)}, {"name", id + ".json"}};
}
json source(const std::string& name, const std::string& base = "https://lms.example/") {
    return {{"name", name}, {"adapter", "script"}, {"activity_base", base}};
}
json target(const std::string& name, const std::string& url = "https://lrs.example/xapi") {
    return {{"name", name}, {"kind", "lrs"}, {"settings", {{"url", url}}}};
}
json whole() {
    return {{"organisation", "Trust"},
            {"mappings", {mapping("a", "1", "https://x/1"), mapping("b", "1", "https://x/2")}},
            {"sources", {source("lms"), source("esr")}},
            {"forward", {target("lrs")}}};
}

class ConfigChangeTest : public ::testing::Test {
protected:
    SyncWorld world;
    std::map<std::string, std::string> changes(const ordered_json& answer) {
        std::map<std::string, std::string> out;
        for (const auto& item : answer["items"])
            out[item["kind"].get<std::string>() + " " + item["id"].get<std::string>()] =
                item["change"].get<std::string>();
        return out;
    }
    std::size_t runs() { return world.ask("run.list")["runs"].size(); }
};

TEST_F(ConfigChangeTest, AllIsNewThenTheSame) {
    auto dry = whole();
    dry["dry_run"] = true;
    const auto before = runs();
    EXPECT_EQ("new", changes(world.ask("config.apply", dry)).at("mapping a"));
    EXPECT_EQ(before, runs());
    EXPECT_TRUE(world.bridge->store().sources().sources().empty());

    const auto first = world.ask("config.apply", whole());
    EXPECT_EQ(first["items"].size(), 6u);
    EXPECT_TRUE(first.contains("run"));
    EXPECT_EQ(before + 1, runs()) << "one run for all rules";
    EXPECT_EQ("Trust", world.bridge->store().installation().organisation);
    EXPECT_EQ(2u, world.ask("mapping.list")["mappings"].size());

    const auto again = world.ask("config.apply", whole());
    for (const auto& [what, change] : changes(again)) EXPECT_EQ("same", change) << what;
    EXPECT_FALSE(again.contains("run"));
    EXPECT_EQ(before + 1, runs());
}

TEST_F(ConfigChangeTest, WhatIsNotNamedStaysAndIsSaid) {
    world.ask("config.apply", whole());
    const auto answer = world.ask("config.apply", {{"sources", {source("lms")}}});
    EXPECT_EQ(answer["not_named"].dump(), R"([{"kind":"source","id":"esr"},{"kind":"forward","id":"lrs"}])");
    EXPECT_EQ(2u, world.bridge->store().sources().sources().size());
    EXPECT_EQ("Trust", world.bridge->store().installation().organisation);
}

TEST_F(ConfigChangeTest, OneFaultAndNothingChanges) {
    world.ask("config.apply", whole());
    const auto refuse = [&](json params, const std::string& code) {
        params["organisation"] = "Other";
        params["sources"].push_back(source("new"));
        EXPECT_EQ(code, world.refused("config.apply", params)) << params.dump();
        EXPECT_EQ("Trust", world.bridge->store().installation().organisation);
        EXPECT_EQ(2u, world.bridge->store().sources().sources().size());
    };
    refuse({{"sources", {{{"name", "x"}, {"adapter", "none at all"}}}}}, "not_found");
    refuse({{"forward", {target("w", "ftp://x")}}}, "invalid_document");
    refuse({{"mappings", {{{"text", "{"}, {"name", "m"}}}}}, "invalid_json");
    refuse({{"mappings", {mapping("a", "2", "https://x/2")}}}, "activity_claimed");
    refuse({{"mappings", {mapping("c", "1", "https://x/3"), mapping("c", "2", "https://x/4")}}},
           "duplicate_id");
    refuse({{"sources", {source("lms"), source("lms")}}}, "duplicate_source");
    refuse({{"forward", {target("w"), target("w")}}}, "duplicate_target");
    refuse({{"mappings", 5}}, "bad_parameter");
}

TEST_F(ConfigChangeTest, AMappingMayTakeWhatAnotherGivesUpInTheSameFile) {
    world.ask("config.apply", whole());
    EXPECT_EQ("activity_claimed", world.refused("mapping.publish", mapping("a", "2", "https://x/2")));
    world.ask("config.apply",
              {{"mappings", {mapping("a", "2", "https://x/2"), mapping("b", "2", "https://x/1")}}});
    EXPECT_TRUE(world.bridge->left_out().empty());
}

TEST_F(ConfigChangeTest, TheRulesOfARunAreTakenBackAsOne) {
    const auto run = world.ask("config.apply", whole())["run"];
    world.ask("run.revert", {{"run", run}});
    EXPECT_EQ(0u, world.ask("mapping.list")["mappings"].size());
    EXPECT_EQ(2u, world.bridge->store().sources().sources().size()) << "sources are settings, not decisions";
}

TEST_F(ConfigChangeTest, AChangedSourceBeginsAnewAndAnUnchangedOneGoesOn) {
    world.ask("config.apply", whole());
    auto& sources = world.bridge->store().sources();
    for (const auto* name : {"lms", "esr"})
        ASSERT_TRUE(sources.set_cursor(sources.source(name)->uuid, "far"));
    auto state = sources.source_state(sources.source("lms")->uuid);
    state.stopped = "configuration";
    ASSERT_TRUE(sources.put_source_state(sources.source("lms")->uuid, state));
    auto next = whole();
    next["sources"][0] = source("lms", "https://other.example/");
    EXPECT_EQ("changed", changes(world.ask("config.apply", next)).at("source lms"));
    EXPECT_EQ("", sources.source("lms")->cursor);
    EXPECT_EQ("", sources.source_state(sources.source("lms")->uuid).stopped);
    EXPECT_EQ("far", sources.source("esr")->cursor);
}

TEST_F(ConfigChangeTest, ASourceThatIsReadIsWaitedForAndNothingChangesMeanwhile) {
    world.ask("config.apply", whole());
    auto next = whole();
    next["organisation"] = "Other";
    next["sources"][0] = source("lms", "https://other.example/");
    auto hold = std::make_optional(*world.bridge->syncing.try_hold("lms", "sync"));
    Caller hurried{"tests"};
    hurried.patience = 50ms;
    EXPECT_EQ("store_busy", run_operation(*world.bridge, "config.apply", next, hurried).error().code);
    EXPECT_EQ("Trust", world.bridge->store().installation().organisation);

    std::thread waits([&] { world.ask("config.apply", next); });
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ("Trust", world.bridge->store().installation().organisation);
    hold.reset();
    waits.join();
    EXPECT_EQ("Other", world.bridge->store().installation().organisation);
}

TEST_F(ConfigChangeTest, OnlyADaemonReloads) {
    EXPECT_EQ("no_daemon", world.refused("config.reload", json::object()));
}

}  // namespace
}  // namespace capbridge::engine
