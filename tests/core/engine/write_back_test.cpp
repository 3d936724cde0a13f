#include <set>

#include "core/engine/write_back_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;

TEST_F(WriteBackTest, WhoMeetsAllIsGivenTheCompetencyOnce) {
    target(award());
    const auto dry = push(true);
    EXPECT_EQ(dry["counts"]["to_push"], 3);
    EXPECT_EQ(dry["awards"].size(), 3u);
    EXPECT_TRUE(pushed.empty());
    const auto first = push();
    EXPECT_EQ(first["counts"]["pushed"], 3);
    EXPECT_TRUE(first.contains("run"));
    ASSERT_EQ(pushed.size(), 3u);
    const auto& item = pushed[0];
    EXPECT_EQ(item.kind, "competency_award");
    EXPECT_EQ(item.record["competency"]["idnumber"], "AI-BASICS");
    EXPECT_EQ(item.record["grade"], 2);
    EXPECT_EQ(item.record["note"], "by us");
    EXPECT_EQ(item.record["evidence"],
              json::array({{{"title", "Basics"}, {"url", "https://lms.example/AI-1"}}}));
    EXPECT_EQ(item.record["who"].size(), 2u);  // number and address
    EXPECT_TRUE(item.previous.is_null());
    const auto again = push();
    EXPECT_EQ(again["counts"]["same"], 3);
    EXPECT_FALSE(again.contains("run"));
    EXPECT_EQ(pushed.size(), 3u);
}

TEST_F(WriteBackTest, AChangedRulePushesAgainWithTheLastReceipt) {
    target(award());
    push();
    const auto key = pushed[0].key;
    auto other = award();
    other["competencies"][0]["grade"] = 3;
    target(other);
    EXPECT_EQ(push()["counts"]["pushed"], 3);
    ASSERT_EQ(pushed.size(), 6u);
    EXPECT_EQ(pushed[3].key, key);
    EXPECT_EQ(pushed[3].previous, json({{"id", 1}}));
}

TEST_F(WriteBackTest, NobodyIsTakenItAway) {
    target(award());
    push();
    w.ask("run.revert", {{"run", w.show("learning")["runs"][0]["id"]}});
    const auto after = push();
    EXPECT_EQ(after["counts"]["wanted"], 0);
    EXPECT_EQ(pushed.size(), 3u);
}

TEST_F(WriteBackTest, AllRequirementsMustBeMet) {
    target({{"competencies",
             {{{"requirements", {"t1-ai-literacy-1", "t1-ai-literacy-2"}}, {"competency", "BOTH"}},
              {{"learning_item", "basics"}, {"competency", "ITEM"}}}}});
    EXPECT_EQ(push()["counts"]["pushed"], 3);
    for (const auto& item : pushed) EXPECT_EQ(item.record["competency"]["idnumber"], "ITEM");
    target(award("no-such-requirement"));
    EXPECT_EQ(w.refused("push", {{"source", "lms"}}), "no_such_requirement");
    target({{"competencies", {{{"learning_item", "nothing"}, {"competency", "X"}}}}});
    EXPECT_EQ(w.refused("push", {{"source", "lms"}}), "no_such_learning_item");
    w.source("plain");
    EXPECT_EQ(w.refused("push", {{"source", "plain"}}), "no_write_back");
}

TEST_F(WriteBackTest, WhatIsRefusedIsKeptAndTriedAgainLater) {
    target(award());
    int asked = 0;
    w.scripts["lms"].push = [&](const PushItem& item) -> Result<json> {
        ++asked;
        if (item.record["who"][0]["value"] == "1001") return fail("adapter_not_found", "no such account");
        return json{{"ok", true}};
    };
    const auto first = push();
    EXPECT_EQ(first["counts"]["pushed"], 2);
    EXPECT_EQ(first["counts"]["rejected"], 1);
    EXPECT_EQ(w.show("lms")["push_rejected"][0]["message"], "no such account");
    EXPECT_EQ(push()["counts"]["waiting"], 1);
    EXPECT_EQ(asked, 3);
    w.pass(61min);
    EXPECT_EQ(push()["counts"]["rejected"], 1);
    w.pass(61min);
    EXPECT_EQ(push()["counts"]["waiting"], 1);  // twice as long now
    w.pass(2h);
    w.scripts["lms"].push = [](const PushItem&) { return Result<json>(json{{"ok", true}}); };
    EXPECT_EQ(push()["counts"]["pushed"], 1);
    EXPECT_EQ(w.show("lms")["written_back"]["rejected"], 0);
}

TEST_F(WriteBackTest, AReceiptIsKeptBeforeTheNextGoesOut) {
    target(award());
    w.scripts["lms"].push = [this](const PushItem& item) -> Result<json> {
        EXPECT_EQ(w.bridge->store().sources().count_pushes(w.bridge->store().sources().source("lms")->uuid,
                                                           "pushed"),
                  pushed.size());
        if (pushed.size() == 2) return fail("adapter_crashed", "killed by SIGKILL");
        pushed.push_back(item);
        return json{{"ok", true}};
    };
    EXPECT_EQ(w.refused("push", {{"source", "lms"}}), "adapter_crashed");
    EXPECT_EQ(w.show("lms")["written_back"]["pushed"], 2);
    EXPECT_EQ(w.show("lms")["write_back"]["error"]["code"], "adapter_crashed");
    EXPECT_FALSE(w.show("lms")["write_back"]["next_due"].is_null());
    target(award());
    EXPECT_EQ(push()["counts"]["pushed"], 1);
}

TEST_F(WriteBackTest, RefusedCredentialsStopItUntilResumed) {
    target(award());
    w.scripts["lms"].push = [](const PushItem&) -> Result<json> { return fail("adapter_auth", "no"); };
    EXPECT_EQ(w.refused("push", {{"source", "lms"}}), "adapter_auth");
    EXPECT_EQ(w.show("lms")["write_back"]["stopped"], true);
    w.ask("source.resume", {{"source", "lms"}});
    EXPECT_EQ(w.show("lms")["write_back"]["stopped"], false);
}

TEST_F(WriteBackTest, StatementsGoOnceAndNeverBackToWhereTheyCameFrom) {
    target({{"statements", json::object()}});
    w.scripts["lms"].pull = [](std::string_view, RecordStream& out, const std::atomic<bool>&) -> Status {
        return out.emit("completion", World::completion(5, "completed", "2026-03-01", "OWN"));
    };
    w.sync("lms");
    EXPECT_EQ(push(true)["counts"]["statements"], 3);
    EXPECT_EQ(push()["counts"]["statements"], 3);
    ASSERT_EQ(pushed.size(), 1u);
    EXPECT_EQ(pushed[0].kind, "statements");
    std::set<std::string> activities;
    for (const auto& statement : pushed[0].record["statements"])
        activities.insert(statement["object"]["id"].get<std::string>());
    EXPECT_THAT(activities, testing::ElementsAre("https://lms.example/AI-1"));
    EXPECT_FALSE(push().contains("run"));
    EXPECT_EQ(pushed.size(), 1u);
}

TEST_F(WriteBackTest, AStatementThatIsRefusedDoesNotHoldUpTheOthers) {
    target({{"statements", json::object()}});
    std::set<std::string> there;
    std::string bad;
    w.scripts["lms"].push = [&](const PushItem& item) -> Result<json> {
        const auto& statements = item.record["statements"];
        if (bad.empty()) bad = statements[1]["id"];
        for (const auto& s : statements) {
            if (s["id"] == bad) return fail("adapter_rejected", "400 for one of them");
        }
        for (const auto& s : statements) there.insert(s["id"].get<std::string>());
        return json();
    };
    const auto done = push();
    EXPECT_EQ(done["counts"]["statements"], 2);
    EXPECT_EQ(done["counts"]["statements_rejected"], 1);
    EXPECT_EQ(there.size(), 2u);
    EXPECT_EQ(w.show("lms")["push_rejected"][0]["key"], bad);
    w.pass(61min);
    bad = "mended";
    EXPECT_EQ(push()["counts"]["statements"], 1);
    EXPECT_EQ(there.size(), 3u);
}

TEST_F(WriteBackTest, BadRulesAreRefused) {
    const auto with = [](json write_back) {
        return json{{"name", "x"}, {"adapter", "script"}, {"write_back", std::move(write_back)}};
    };
    auto twice = award();
    twice["competencies"].push_back(twice["competencies"][0]);
    EXPECT_EQ(w.refused("source.put", with(twice)), "bad_parameter");
    EXPECT_EQ(w.refused("source.put", with({{"competencies", {{{"competency", "X"}}}}})), "bad_parameter");
    EXPECT_EQ(w.refused("source.put", with({{"statements", {{"since", "once upon a time"}}}})), "bad_date");
    EXPECT_EQ(w.refused("source.put", with({{"schedule", {{"cron", "x"}}}})), "bad_parameter");
}

TEST_F(WriteBackTest, LookupAsksForPeopleWithoutAnAccount) {
    w.source("lms");
    std::size_t asked = 0;
    w.scripts["lms"].find = [&](const json& identifiers) -> Result<json> {
        asked += identifiers.size();
        json out = json::array();
        for (std::size_t i = 0; i < identifiers.size(); ++i) {
            if (identifiers[i]["value"] == "r1002@demo.example")
                out.push_back(
                    {{"index", i},
                     {"identifiers",
                      {{{"scheme", "account:https://lms.example"}, {"issuer", ""}, {"value", "17"}}}}});
        }
        return out;
    };
    const auto found = w.ask("people.lookup", {{"source", "lms"}, {"dry_run", true}});
    EXPECT_EQ(asked, 12u);
    EXPECT_EQ(found["found"], 1);
    EXPECT_EQ(found["proposals"][0]["a"]["value"], "r1002@demo.example");
    EXPECT_EQ(found["proposals"][0]["b"]["value"], "17");
}

TEST_F(WriteBackTest, ARevertIsToldBeforeItIsDone) {
    const auto run = w.show("learning")["runs"][0]["id"];
    w.scripts["learning"].pull = [](std::string_view, RecordStream& out, const std::atomic<bool>&) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", World::completion(0, "in_progress")));
        return out.emit("completion", World::completion(4));
    };
    const auto second = w.sync("learning")["run"];
    const auto digest = w.ask("digest")["digest"];
    auto told = w.ask("run.revert", {{"run", second}, {"dry_run", true}});
    EXPECT_EQ(told["facts"]["completion"]["withdrawn"], 1);
    EXPECT_EQ(told["facts"]["completion"]["restored"], 1);
    EXPECT_EQ(told["people_touched"], 2);
    EXPECT_EQ(told["people_changed"], 2);
    EXPECT_EQ(w.ask("digest")["digest"], digest);
    told = w.ask("run.revert", {{"run", run}, {"dry_run", true}});
    EXPECT_EQ(told["facts"]["completion"]["withdrawn"], 2);
    EXPECT_EQ(told["facts"]["completion"]["kept"], 1);
    EXPECT_EQ(told["people_changed"], 2);
    const auto done = w.ask("run.revert", {{"run", second}});
    EXPECT_EQ(done["counts"]["restored"], 1);
    EXPECT_EQ(w.refused("run.revert", {{"run", second}, {"dry_run", true}}), "already_reverted");
}

}  // namespace
}  // namespace capbridge::engine
