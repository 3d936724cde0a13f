// What goes out again, what does not, and what is said: merges, losses, a source's own words, refusals,
// clocks.
#include "core/engine/sync/options.hpp"
#include "core/engine/write_back/push.hpp"
#include "core/engine/write_back_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;

TEST_F(WriteBackTest, WhatIsNotMetAnyMoreIsSaid) {
    target(award());
    push();
    w.ask("run.revert", {{"run", w.show("learning")["runs"][0]["id"]}});
    auto told = push(true);
    EXPECT_EQ(told["counts"]["unmet"], 3);
    EXPECT_EQ(told["unmet"][0]["competency"], "AI-BASICS");
    EXPECT_EQ(push()["counts"]["unmet"], 3);
    EXPECT_EQ(push()["counts"]["unmet"], 3);
    EXPECT_EQ(w.show("lms")["write_back"]["unmet"], 3);
    EXPECT_EQ(pushed.size(), 3u);
    // A rule that is configured no more is nobody's concern.
    target({{"competencies", {{{"requirement", "t1-ai-literacy-2"}, {"competency", "OTHER"}}}}});
    EXPECT_EQ(push()["counts"]["unmet"], 0);
}

TEST_F(WriteBackTest, AgainAfterALossOnlyOnNewEvidence) {
    target(award());
    push();
    // Awards go in the order of ids, which are another in each store.
    const auto id = w.ask("person", {{"person", "esr-employee:demo:1000"}}).at("id").get<std::string>();
    const auto learning = [this](const std::string& day) {
        w.scripts["learning"].pull = [day](std::string_view, RecordStream& out,
                                           const std::atomic<bool>&) -> Status {
            return out.emit("completion", World::completion(0, day.empty() ? "in_progress" : "completed",
                                                            day.empty() ? "2026-03-01" : day));
        };
        w.sync("learning");
    };
    learning("2026-04-01");  // again, without a loss in between: it stands there
    EXPECT_EQ(push()["counts"]["same"], 3);
    learning("");
    EXPECT_EQ(push()["counts"]["unmet"], 1);
    learning("2026-04-01");  // the same as before the loss
    EXPECT_EQ(push()["counts"]["unmet"], 0);
    EXPECT_EQ(pushed.size(), 3u);
    learning("");
    push();
    learning("2026-05-01");
    EXPECT_EQ(push(true)["awards"][0]["again"], true);
    // Refused at first: it goes by the same new key, and as something new.
    w.scripts["lms"].push = [](const PushItem&) -> Result<json> { return fail("adapter_rejected", "no"); };
    EXPECT_EQ(push()["counts"]["rejected"], 1);
    target(award());
    EXPECT_EQ(push()["counts"]["waiting"], 1);
    w.pass(61min);
    EXPECT_EQ(push()["counts"]["pushed"], 1);
    ASSERT_EQ(pushed.size(), 4u);
    EXPECT_EQ(pushed[3].key, "AI-BASICS/" + id + "@2026-05-01");
    EXPECT_TRUE(pushed[3].previous.is_null());
    EXPECT_EQ(push()["counts"]["same"], 3);
}

TEST_F(WriteBackTest, AMergedPersonIsNotGivenItTwice) {
    target(award());
    push();
    const auto a = "esr-employee:demo:1000", b = "esr-employee:demo:1004", c = "esr-employee:demo:1005";
    w.ask("person.merge", {{"from", a}, {"into", b}});
    EXPECT_EQ(push()["counts"]["same"], 3);
    w.ask("person.merge", {{"from", b}, {"into", c}});  // and the merged one is merged on
    auto told = push();
    EXPECT_EQ(told["counts"]["same"], 3);
    EXPECT_EQ(told["counts"]["unmet"], 0);
    EXPECT_EQ(pushed.size(), 3u);
    // A changed rule goes out under the key that it was given by, once.
    const auto merged = w.ask("person.merges")["merges"];
    auto other = award();
    other["competencies"][0]["grade"] = 3;
    target(other);
    EXPECT_EQ(push()["counts"]["pushed"], 3);
    EXPECT_EQ(pushed.size(), 6u);
    for (std::size_t i = 3; i < 6; ++i) EXPECT_FALSE(pushed[i].previous.is_null());
    for (const auto& one : merged) w.ask("person.unmerge", {{"person", one["from"]}});
    told = push();
    EXPECT_EQ(told["counts"]["same"], 3);  // each keeps their own
    EXPECT_EQ(told["counts"]["unmet"], 0);
    EXPECT_EQ(pushed.size(), 6u);
}

TEST_F(WriteBackTest, TwoWhoWereGivenItAreOneWhoHasIt) {
    target(award());
    push();
    w.ask("person.merge", {{"from", "esr-employee:demo:1000"}, {"into", "esr-employee:demo:1001"}});
    EXPECT_EQ(push()["counts"]["same"], 2);
    EXPECT_EQ(push()["counts"]["unmet"], 0);
    EXPECT_EQ(pushed.size(), 3u);
}

TEST_F(WriteBackTest, ASourceIsNotToldWhatItToldUs) {
    auto own = award();
    own["own_evidence"] = true;
    target(award());
    w.scripts["lms"].pull = [](std::string_view, RecordStream& out, const std::atomic<bool>&) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", World::completion(0)));  // known from elsewhere too
        return out.emit("completion", World::completion(4));
    };
    w.sync("lms");
    auto told = push();
    EXPECT_EQ(told["counts"]["wanted"], 4);
    EXPECT_EQ(told["counts"]["own"], 1);
    EXPECT_EQ(told["counts"]["pushed"], 3);
    EXPECT_EQ(told["counts"]["unmet"], 0);
    target(own);
    told = push();
    EXPECT_EQ(told["counts"]["own"], 0);
    EXPECT_EQ(told["counts"]["pushed"], 1);
    EXPECT_EQ(pushed.back().record["who"][0]["value"], "1004");
}

TEST_F(WriteBackTest, APersonTriesTheRefusedAgainAtOnce) {
    target(award());
    bool mended = false;
    w.scripts["lms"].push = [&](const PushItem& item) -> Result<json> {
        if (!mended && item.record["who"][0]["value"] == "1001") return fail("adapter_rejected", "no");
        return json{{"ok", true}};
    };
    EXPECT_EQ(push()["counts"]["rejected"], 1);
    mended = true;
    EXPECT_EQ(push()["counts"]["waiting"], 1);
    EXPECT_EQ(w.ask("push", {{"source", "lms"}, {"dry_run", true}, {"retry", true}})["counts"]["to_push"], 1);
    EXPECT_EQ(w.ask("push", {{"source", "lms"}, {"retry", true}})["counts"]["pushed"], 1);
    EXPECT_EQ(w.show("lms")["written_back"]["rejected"], 0);
}

TEST_F(WriteBackTest, ARefusedOneThatIsNotWantedAnyMoreIsNotShownForEver) {
    target(award());
    w.scripts["lms"].push = [](const PushItem&) -> Result<json> { return fail("adapter_rejected", "no"); };
    EXPECT_EQ(push()["counts"]["rejected"], 3);
    w.ask("run.revert", {{"run", w.show("learning")["runs"][0]["id"]}});
    EXPECT_EQ(push()["counts"]["unmet"], 0);  // it never was there
    EXPECT_EQ(w.show("lms")["written_back"]["rejected"], 0);
}

TEST_F(WriteBackTest, AClockThatWasAheadIsNotBelieved) {
    auto daily = award();
    daily["schedule"] = {{"every", "P1D"}};
    target(daily);
    w.scripts["lms"].push = [](const PushItem&) -> Result<json> { return fail("adapter_rejected", "no"); };
    const auto source = *w.bridge->store().sources().source("lms");
    const auto options = *options_of(source);
    w.pass(24h * 3650);
    push();
    w.pass(-24h * 3650);
    const auto due = push_due_at(*w.bridge, source, options);
    ASSERT_TRUE(due);
    EXPECT_LE(*due, w.bridge->now() + 25h);
    EXPECT_EQ(push_due_at(*w.bridge, source, options), due);  // it does not run away
    w.pass(1h);
    EXPECT_EQ(push_due_at(*w.bridge, source, options), due);
    EXPECT_EQ(push()["counts"]["rejected"], 3);  // nor are their tries far away
}

TEST_F(WriteBackTest, AllRefusedStatementsAreFoundHoweverManyOthersThereAre) {
    target({{"statements", json::object()}});
    auto& sources = w.bridge->store().sources();
    const auto uuid = sources.source("lms")->uuid;
    for (int i = 0; i < 1100; ++i) {
        store::PushRow row;
        row.kind = i % 2 == 0 ? "competency_award" : "enrolment";
        row.key = "OLD/" + std::to_string(i);
        row.state = "rejected";
        ASSERT_TRUE(sources.put_push(uuid, row));
    }
    w.scripts["lms"].push = [](const PushItem&) -> Result<json> { return fail("adapter_rejected", "no"); };
    EXPECT_EQ(push()["counts"]["statements_rejected"], 3);
    w.pass(61min);
    w.scripts["lms"].push = [](const PushItem&) { return Result<json>(json()); };
    EXPECT_EQ(push(true)["counts"]["statements"], 3);
    EXPECT_EQ(push()["counts"]["statements"], 3);
}

}  // namespace
}  // namespace capbridge::engine
