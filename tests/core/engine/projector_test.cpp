#include <gtest/gtest.h>

#include "core/engine/posting.hpp"

namespace capbridge::engine {
namespace {

TEST(Projector, AMappingPublishedLaterCountsForWhatHappenedBefore) {
    World w;
    w.people(3);
    ASSERT_TRUE(post(w, statement("p1001@demo.example")));
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.attainment(1), "none");
    w.mapping();
    EXPECT_EQ(w.attainment(1), "met");
    w.mapping("2", "t1-ai-literacy-2");  // another claim: the first is taken back
    EXPECT_EQ(w.attainment(1), "none");
    EXPECT_EQ(w.attainment(1, "t1-ai-literacy-2"), "met");
    EXPECT_EQ(w.ask("rebuild")["digest"], w.digest());
}

// What is dated ahead neither bridges the gap before it nor ends what holds today.
TEST(Projector, WhatIsDatedAheadIsNotYet) {
    World w;
    w.people(3);
    w.mapping();
    w.source();
    const auto fact = [](int person, const char* key, const char* what, const char* day,
                         const char* expires) {
        auto out = json::parse(World::completion(person, what, day));
        out["key"] = key;
        if (*expires != 0) out["expires"] = expires;
        return out.dump();
    };
    w.pull = [&](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", fact(0, "a", "completed", "2020-03-01", "2022-03-01")));
        CAPBRIDGE_TRY(out.emit("completion", fact(0, "b", "completed", "2062-03-01", "2064-03-01")));
        CAPBRIDGE_TRY(out.emit("completion", fact(1, "c", "completed", "2020-03-01", "")));
        CAPBRIDGE_TRY(out.emit("completion", fact(1, "d", "failed", "2062-03-01", "")));
        return out.checkpoint("1");
    };
    w.sync();
    EXPECT_EQ(w.attainment(0), "expired");
    EXPECT_EQ(w.attainment(1), "met");
    std::size_t met = 0, expired = 0;
    const auto matrix = w.ask("matrix");
    for (const auto& cell : matrix["foundation"]["cells"]) {
        for (const auto* part : {"knowledge", "skill"}) {
            met += cell["kind_split"][part]["met"].get<std::size_t>();
            expired += cell["kind_split"][part]["expired"].get<std::size_t>();
        }
    }
    EXPECT_EQ(met, 1u) << matrix["foundation"].dump(2);
    EXPECT_EQ(expired, 1u);
}

TEST(Projector, RevertingAMappingPutsTheFormerVersionInForce) {
    World w;
    w.people(3);
    w.mapping();
    w.mapping("2", "t1-ai-literacy-2");
    ASSERT_TRUE(post(w, statement("p1001@demo.example")));
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.attainment(1, "t1-ai-literacy-2"), "met");
    w.ask("run.revert", {{"run", w.ask("run.list")["runs"][1]["id"]}});
    EXPECT_EQ(w.ask("mapping.list")["mappings"][0]["version"], "1");
    EXPECT_EQ(w.attainment(1), "met");
}

TEST(Projector, PeopleWhoComeLaterFindTheirStatementsWaiting) {
    World w;
    w.mapping();
    ASSERT_TRUE(post(w, statement("P1001@Demo.Example")));  // mailboxes ignore case
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.ask("status")["unresolved_statements"], 1);
    w.people(3);
    EXPECT_EQ(w.attainment(1), "met");
    EXPECT_EQ(w.ask("status")["unresolved_statements"], 0);
}

TEST(Projector, RebuildEqualsIncrementalAfterARandomHistory) {
    World w;
    w.people(20);
    w.mapping();
    w.source();
    std::uint32_t dice = 7;
    const auto roll = [&](std::uint32_t sides) {
        dice = dice * 1664525 + 1013904223;
        return (dice >> 16) % sides;
    };
    for (int round = 0; round < 12; ++round) {
        w.pull = [&](std::string_view, RecordStream& out) -> Status {
            for (int i = 0; i < 10; ++i) {
                const auto who = static_cast<int>(roll(25));
                if (roll(5) == 0) {
                    CAPBRIDGE_TRY(out.emit("withdraw", R"({"kind":"completion","key":")" +
                                                           std::to_string(1000 + who) + R"(/AI-1"})"));
                } else {
                    CAPBRIDGE_TRY(out.emit(
                        "completion", World::completion(who, roll(3) == 0 ? "failed" : "passed",
                                                        "2026-0" + std::to_string(1 + roll(5)) + "-15")));
                }
            }
            return {};
        };
        const auto run = w.sync()["run"];
        if (roll(3) == 0) w.ask("run.revert", {{"run", run}});
        if (round == 6) w.mapping("2", "t1-ai-literacy-2");
        if (round == 8) w.people(25);
    }
    const auto before = w.digest();
    EXPECT_EQ(w.ask("rebuild")["digest"], before);
    w.open();  // and another process sees the same
    EXPECT_EQ(w.digest(), before);
}

TEST(Bridge, TakingOverEndsRunsThatADeadProcessLeftOpen) {
    World w;
    store::RunRow run;
    run.kind = "sync";
    run.what = "cut off";
    run.began = w.bridge->now();
    ASSERT_TRUE(w.bridge->store().sources().begin_run(run));
    w.open();
    EXPECT_EQ(w.ask("run.list")["runs"][0]["outcome"], "interrupted");
}

TEST(Bridge, PublishingTheSameAgainChangesNothing) {
    World w;
    w.mapping();
    const auto before = w.bridge->store().journal().watermark().seq;
    w.mapping();
    EXPECT_EQ(w.bridge->store().journal().watermark().seq, before);
}

TEST(Operations, BadParametersAreNamed) {
    World w;
    EXPECT_EQ(w.refused("matrix", {{"as_of", "yesterday"}}).where, "/as_of");
    EXPECT_EQ(w.refused("matrix", {{"archetype", "juggler"}}).code, "not_found");
    EXPECT_EQ(w.refused("person", json::object()).where, "/person");
    EXPECT_EQ(w.refused("explain", {{"archetype", "shaper"}, {"factor", "juggling"}}).code, "not_found");
    EXPECT_EQ(w.refused("credential.add", {{"name", "x"}, {"scopes", {"everything"}}}).where, "/scopes");
    EXPECT_EQ(w.refused("assign.decide", json::object()).code, "bad_parameter");
    EXPECT_EQ(w.refused("teapot", json::object()).code, "unknown_operation");
}

}  // namespace
}  // namespace capbridge::engine
