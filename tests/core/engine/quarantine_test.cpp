#include "core/engine/quarantine.hpp"

#include <gtest/gtest.h>

#include "core/engine/intake_world.hpp"

namespace capbridge::engine {
namespace {

class Quarantine : public testing::Test {
protected:
    json list(const json& params = json::object()) { return w.ask("quarantine.list", params); }
    IntakeWorld w;
};

std::pair<std::string, json> bad(const std::string& key) {
    return {"completion",
            {{"key", key},
             {"what", "danced"},
             {"who", {{{"scheme", "email"}, {"value", "tamar@trust.example"}}}},
             {"activity", {{"id", "AI-1"}}}}};
}

TEST_F(Quarantine, KeepsARecordUntilItComesAgainAndIsWell) {
    w.intake(
        {bad("1001/AI-1"),
         {"rejected", {{"kind", "completion"}, {"key", ""}, {"where", "a.csv:3"}, {"reason", "no date"}}}});
    auto kept = list();
    EXPECT_EQ(kept["total"], 2);
    EXPECT_EQ(kept["records"][0]["key"], "1001/AI-1");
    EXPECT_EQ(kept["records"][0]["where"], "/what");
    EXPECT_EQ(kept["records"][0]["can_be_tried"], true);
    EXPECT_EQ(kept["records"][1]["key"], nullptr);
    EXPECT_EQ(kept["records"][1]["can_be_tried"], false);
    EXPECT_EQ(kept.dump().find("tamar@"), std::string::npos);
    w.intake(
        {bad("1001/AI-1"),
         {"rejected", {{"kind", "completion"}, {"key", ""}, {"where", "a.csv:3"}, {"reason", "no date"}}}});
    kept = list();
    EXPECT_EQ(kept["total"], 2);  // the same two
    EXPECT_EQ(kept["records"][0]["tries"], 2);
    w.intake({IntakeWorld::completion(1)});
    kept = list({{"source", "lms"}});
    ASSERT_EQ(kept["total"], 1);
    EXPECT_EQ(kept["records"][0]["where"], "a.csv:3");
    // Well and bad in one pull: the last word counts.
    w.intake({bad("1002/AI-1"), IntakeWorld::completion(2)});
    EXPECT_EQ(list()["total"], 1);
    w.intake({IntakeWorld::completion(2), bad("1002/AI-1")});
    EXPECT_EQ(list()["total"], 2);
}

TEST_F(Quarantine, TriesTheKeptRecordsAgain) {
    // A statement that is wrong until another one is there... a conflict that goes when its id is free is not
    // to be had, so the record is mended in the store, as an upgrade of the rules would do it.
    const auto good = IntakeWorld::completion(3).second;
    store::Batch batch;
    batch.run = w.intake({bad("1001/AI-1")}).run;
    store::QuarantineRow row;
    row.source = w.row().uuid;
    row.kind = "completion";
    row.key = "1003/AI-1";
    row.where = "/occurred";
    row.code = "rejected_record";
    row.record = good.dump();
    batch.quarantined.push_back(row);
    row.key = "1004/AI-1";
    row.record.clear();
    batch.quarantined.push_back(row);
    ASSERT_TRUE(w.bridge->store().journal().append(batch));
    EXPECT_EQ(list()["total"], 3);

    const auto done = w.ask("quarantine.retry", {{"source", "lms"}, {"all", true}});
    EXPECT_EQ(done["tried"], 2);
    EXPECT_EQ(done["mended"], 1);
    EXPECT_EQ(done["still_wrong"], 1);
    EXPECT_EQ(done["not_kept"], 1);
    EXPECT_EQ(w.attainment(3), "met");
    const auto left = list()["records"];
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0]["tries"], 2);
    // It is a run like any other.
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.attainment(3), "none");
}

TEST_F(Quarantine, DropsWhatIsNamed) {
    w.intake({bad("a"), bad("b"), bad("c")});
    const auto first = list()["records"][0]["id"];
    EXPECT_EQ(w.ask("quarantine.drop", {{"source", "lms"}, {"ids", {first}}})["dropped"], 1);
    EXPECT_EQ(w.ask("quarantine.drop", {{"source", "lms"}, {"key", "c"}})["dropped"], 1);
    EXPECT_EQ(list()["records"][0]["key"], "b");
    EXPECT_EQ(w.refused("quarantine.drop", {{"source", "lms"}}).code, "bad_parameter");
    EXPECT_EQ(w.refused("quarantine.drop", {{"source", "lms"}, {"key", "zzz"}}).code, "not_found");
    EXPECT_EQ(w.refused("quarantine.retry", {{"source", "nobody"}, {"all", true}}).code, "not_found");
    EXPECT_EQ(w.ask("quarantine.drop", {{"source", "lms"}, {"all", true}})["dropped"], 1);
    EXPECT_EQ(list()["total"], 0);
}

TEST_F(Quarantine, PagesAndIsBounded) {
    IntakeWorld::Records many;
    for (std::size_t i = 0; i < store::most_quarantined + 5; ++i)
        many.push_back(bad("k" + std::to_string(i)));
    w.intake(many);
    auto page = list({{"limit", 2}});
    EXPECT_EQ(page["total"], store::most_quarantined);
    EXPECT_EQ(page["beyond"], 5);
    EXPECT_EQ(page["records"].size(), 2U);
    page = list({{"limit", 2}, {"after", page["next"]}});
    EXPECT_EQ(page["records"][0]["key"], "k2");
    page = list({{"limit", 2}, {"after", 9'999}});
    EXPECT_EQ(page["next"], nullptr);
}

TEST_F(Quarantine, ARecordThatIsNotJsonIsKeptWithoutIt) {
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", "not json"));
        return out.emit("completion", World::completion(1));
    };
    w.sync();
    const auto kept = list()["records"];
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0]["can_be_tried"], false);
}

std::pair<std::string, json> without_key(const std::string& what) {
    auto record = bad("");
    record.second.erase("key");
    record.second["activity"]["id"] = what;
    return record;
}
const std::pair<std::string, json> begin{"snapshot_begin", {{"scope", "all"}}},
    end{"snapshot_end", {{"scope", "all"}}};

TEST_F(Quarantine, RetryingWhatTheAdapterRefusedMakesNoRun) {
    w.intake({{"rejected", {{"kind", "completion"}, {"where", "a.csv:3"}, {"reason", "no date"}}}});
    const auto runs = w.ask("run.list")["runs"].size();
    const auto done = w.ask("quarantine.retry", {{"source", "lms"}, {"all", true}});
    EXPECT_EQ(done["not_kept"], 1);
    EXPECT_TRUE(done["run"].is_null());
    EXPECT_EQ(w.ask("run.list")["runs"].size(), runs);
    EXPECT_EQ(list()["total"], 1);
}

// The same wrong record is one, wherever it stands; two different ones are two.
TEST_F(Quarantine, WithoutAKeyARecordIsKnownByItself) {
    w.intake({without_key("A"), without_key("B"), without_key("A")});
    EXPECT_EQ(list()["total"], 2);
    const auto done = w.ask("quarantine.retry", {{"source", "lms"}, {"all", true}});
    EXPECT_EQ(done["still_wrong"], 2);
    EXPECT_EQ(list()["total"], 2);
}

TEST_F(Quarantine, WhatAFullDeliveryDoesNotHaveAnyMoreLeaves) {
    const std::pair<std::string, json> refused{
        "rejected", {{"kind", "completion"}, {"where", "a.csv:3"}, {"reason", "no date"}}};
    w.intake({begin, without_key("A"), without_key("B"), refused, bad("1001/AI-1"), end}, {.full = true});
    EXPECT_EQ(list()["total"], 4);
    w.intake({begin, IntakeWorld::completion(1), end});  // a part of everything says nothing of the rest
    w.intake({without_key("B"), IntakeWorld::completion(2)}, {.full = true});  // nor does what is no snapshot
    EXPECT_EQ(list()["total"], 3);
    w.intake({begin, without_key("B"), IntakeWorld::completion(2), end}, {.full = true});
    auto left = list()["records"];
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0]["key"], nullptr);
    EXPECT_EQ(left[0]["can_be_tried"], true);
    // What has a key leaves when that key is well, and not before.
    w.intake({begin, bad("1003/AI-1"), end}, {.full = true});
    w.intake({begin, IntakeWorld::completion(2), end}, {.full = true});
    left = list()["records"];
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0]["key"], "1003/AI-1");
    // A dry run lets nothing out.
    w.intake({begin, without_key("C"), end}, {.full = true});
    w.intake({begin, end}, {.full = true, .dry_run = true});
    EXPECT_EQ(list()["total"], 2);
}

TEST_F(Quarantine, WhoGivesUpARecordMaySayWhy) {
    w.intake({without_key("A"), bad("a")});
    const auto done =
        w.ask("quarantine.drop", {{"source", "lms"}, {"all", true}, {"reason", "leavers of 2019"}});
    EXPECT_EQ(done["dropped"], 2);
    const auto run = w.ask("run.show", {{"run", done["run"]}});
    EXPECT_EQ(run["kind"], "decision");
    EXPECT_EQ(run["who"], "tests");
    EXPECT_EQ(run["what"], "2 records of the quarantine of lms given up: leavers of 2019");
    w.intake({bad("a")});
    EXPECT_EQ(
        w.refused("quarantine.drop", {{"source", "lms"}, {"all", true}, {"reason", std::string(501, 'x')}})
            .code,
        "bad_parameter");
}

}  // namespace
}  // namespace capbridge::engine
