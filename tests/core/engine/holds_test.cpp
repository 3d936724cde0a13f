// A person's yes and the numbers it was given to; what a clock that was ahead leaves behind; a source that
// had nothing usable; who waits for a turn, and how long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/engine/sync/guard.hpp"
#include "core/engine/sync/outcome.hpp"
#include "core/engine/sync/scheduler.hpp"
#include "core/engine/sync_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;

class Holds : public testing::Test {
protected:
    // The source has these completions now; `scope` is the snapshot's.
    void has(int count, const std::string& scope = "all") {
        w.scripts["lms"].pull = [count, scope](std::string_view, RecordStream& out,
                                               const std::atomic<bool>&) -> Status {
            const auto named = json{{"scope", scope}}.dump();
            CAPBRIDGE_TRY(out.emit("snapshot_begin", named));
            for (int i = 0; i < count; ++i) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
            return out.emit("snapshot_end", named);
        };
    }
    ordered_json accept(json more = json::object()) {
        more["source"] = "lms";
        return w.ask("source.accept", more)["syncs"][0];
    }
    std::string accept_refused(json more = json::object()) {
        more["source"] = "lms";
        return w.refused("source.accept", more);
    }
    std::string held() {
        const auto shown = w.show("lms");
        return shown["held"].is_null() ? "" : shown["held"]["code"].get<std::string>();
    }
    SyncWorld w;
};

TEST(GuardHit, AYesCoversALittleMore) {
    const GuardHit seen{"snapshot_fell", "completion", "all", 100, 300};
    auto now = seen;
    EXPECT_TRUE(seen.covers(now));
    now.missing = 105;
    EXPECT_TRUE(seen.covers(now));
    now.missing = 106;
    EXPECT_FALSE(seen.covers(now));
    now.missing = 20;
    EXPECT_TRUE(seen.covers(now));
    now.scope = "other";
    EXPECT_FALSE(seen.covers(now));
    EXPECT_EQ(GuardHit::read("leavers", json{{"key", "1-3"}}), std::nullopt);
    const auto again = GuardHit::read("snapshot_fell", json::parse(seen.to_json().dump()));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->covers(seen) && seen.covers(*again));
    EXPECT_NE(hold_code("leavers", "{}"), hold_code("leavers", R"({"missing":1})"));
}

TEST_F(Holds, AYesIsToTheNumbersThatWereSeen) {
    w.people(60, 0);
    w.source("lms");
    has(60);
    w.sync("lms");
    has(40);
    w.sync("lms");
    ASSERT_EQ(held(), "snapshot_fell");
    const auto first = w.show("lms")["held"];
    EXPECT_EQ(first["details"],
              (ordered_json{{"kind", "completion"}, {"scope", "all"}, {"missing", 20}, {"of", 60}}));
    // It got much worse between looking and answering.
    has(10);
    EXPECT_EQ(accept()["error"]["code"], "snapshot_fell");
    const auto second = w.show("lms")["held"];
    EXPECT_EQ(second["details"]["missing"], 50);
    EXPECT_NE(second["yes"], first["yes"]);
    // Whoever answers what they saw first hears that it is something else.
    EXPECT_EQ(accept_refused({{"yes", first["yes"]}}), "not_held");
    EXPECT_EQ(accept({{"yes", second["yes"]}})["counts"]["withdrawn"], 50);
    EXPECT_EQ(held(), "");
}

TEST_F(Holds, ALittleDriftNeedsNoSecondYes) {
    w.people(60, 0);
    w.source("lms");
    has(60);
    w.sync("lms");
    has(30);
    w.sync("lms");
    ASSERT_EQ(held(), "snapshot_fell");
    has(28);
    EXPECT_EQ(accept()["counts"]["withdrawn"], 32);
}

TEST_F(Holds, AYesToNothingLetsNothingThrough) {
    w.people(60, 0);
    w.source("lms");
    has(60);
    w.sync("lms");
    has(10);
    EXPECT_EQ(w.sync("lms", {{"dry_run", true}, {"accept", true}})["counts"]["withdrawn"], 50);  // to look
    EXPECT_EQ(w.sync("lms", {{"accept", true}})["error"]["code"], "snapshot_fell");
    EXPECT_EQ(w.sync("lms", {{"accept", true}})["counts"]["withdrawn"], 50);
}

// The second yes waits for the first one's sync, and is one to what holds the source then: nothing.
TEST_F(Holds, OfTwoWhoSayYesAtOnceOneIsRefused) {
    w.people(60, 0);
    w.source("lms");
    has(60);
    w.sync("lms");
    has(10);
    w.sync("lms");
    ASSERT_EQ(held(), "snapshot_fell");
    std::atomic<int> let_through{0}, refused{0};
    const auto say_yes = [&] {
        const auto done = w.run("source.accept", {{"source", "lms"}});
        if (!done) {
            EXPECT_EQ(done.error().code, "not_held");
            ++refused;
        } else if (!(*done)["syncs"][0].contains("error")) {
            ++let_through;
        }
    };
    std::thread one(say_yes), two(say_yes);
    one.join();
    two.join();
    EXPECT_EQ(let_through, 1);
    EXPECT_EQ(refused, 1);
}

TEST_F(Holds, NothingUsableStaysUntilSomethingUsableComes) {
    w.people(3, 0);
    w.source("lms", {{"schedule", {{"every", "PT15M"}}}});
    w.scripts["lms"].pull = [](std::string_view cursor, RecordStream& out,
                               const std::atomic<bool>&) -> Status {
        if (cursor.empty())
            CAPBRIDGE_TRY(
                out.emit("rejected", R"({"kind":"completion","where":"a.csv:2","reason":"no date"})"));
        return out.checkpoint("1");
    };
    EXPECT_EQ(w.sync("lms")["error"]["code"], "nothing_usable");
    EXPECT_FALSE(w.sync("lms").contains("error"));  // the cursor is behind it, so there is nothing to read
    auto shown = w.show("lms");
    EXPECT_EQ(shown["error"]["code"], "nothing_usable");
    EXPECT_EQ(shown["state"], "failing");
    EXPECT_TRUE(shown["last_ok"].is_null());
    EXPECT_FALSE(shown["next_due"].is_null());
    w.ask("source.resume", {{"source", "lms"}});  // a person's answer
    EXPECT_TRUE(w.show("lms")["error"].is_null());
    EXPECT_FALSE(w.sync("lms").contains("error"));
    EXPECT_EQ(w.show("lms")["state"], "ok");

    w.ask("gap.reseed", {{"source", "lms"}});
    EXPECT_EQ(w.sync("lms")["error"]["code"], "nothing_usable");
    w.ask("quarantine.drop", {{"source", "lms"}, {"all", true}, {"reason", "a test export"}});
    EXPECT_TRUE(w.show("lms")["error"].is_null());

    w.ask("gap.reseed", {{"source", "lms"}});
    EXPECT_EQ(w.sync("lms")["error"]["code"], "nothing_usable");
    w.scripts["lms"].pull = [](std::string_view, RecordStream& out, const std::atomic<bool>&) {
        return out.emit("completion", World::completion(1));
    };
    EXPECT_FALSE(w.sync("lms").contains("error"));
    EXPECT_EQ(w.show("lms")["state"], "ok");
}

TEST_F(Holds, TimesInTheFutureAreNotBelieved) {
    const auto schedule = *Schedule::read(json{{"every", "PT15M"}, {"full", "P7D"}});
    const auto now = *parse_instant("2026-06-01T09:00:00Z");
    store::SourceStateRow state;
    state.last_try = state.last_ok = state.last_full = now - 1h;
    state.next_due = now + 5min;
    EXPECT_EQ(believable(state, schedule, now, "u"), state);
    state.next_due = now + 23h;  // a source may ask for a day's rest
    EXPECT_EQ(believable(state, schedule, now, "u"), state);
    state.last_try = now + 10s;  // two clocks of one site
    EXPECT_EQ(believable(state, schedule, now, "u"), state);
    state.next_due = now + 24h * 365;
    EXPECT_EQ(believable(state, schedule, now, "u").next_due, now + 15min);
    state.last_try = state.last_ok = state.last_full = now + 24h * 365;
    const auto mended = believable(state, schedule, now, "u");
    EXPECT_EQ(mended.last_try, now);
    EXPECT_EQ(mended.last_ok, now);
    EXPECT_EQ(mended.last_full, now);
    EXPECT_EQ(believable(mended, schedule, now + 1min, "u"), mended);
    EXPECT_EQ(believable(state, Schedule(), now, "u").next_due, std::nullopt);
}

TEST_F(Holds, AClockThatWasAheadStopsNoSchedule) {
    std::atomic<int> pulls{0};
    w.scripts["lms"].pull = [&](std::string_view, RecordStream&, const std::atomic<bool>&) {
        ++pulls;
        return Status{};
    };
    w.source("lms", {{"schedule", {{"every", "PT15M"}}}});
    w.pass(24h * 365);
    w.sync("lms");
    w.pass(-24h * 365);
    const auto until = [](auto&& what) {
        for (int i = 0; i < 1000 && !what(); ++i) std::this_thread::sleep_for(5ms);
        return what();
    };
    const Scheduler scheduler(*w.bridge, 2, 5ms);
    EXPECT_TRUE(until([&] { return w.show("lms")["next_due"] == "2026-06-01T09:15:00.000Z"; }));
    EXPECT_EQ(pulls, 1);
    w.pass(16min);
    EXPECT_TRUE(until([&] { return pulls == 2; }));
    w.bridge->stopping = true;
}

TEST_F(Holds, WhoHasNoPatienceHearsThatItIsBusy) {
    w.source("lms");
    Caller caller{"credential:k"};
    caller.patience = 50ms;
    const auto set = [&] {
        return run_operation(*w.bridge, "organisation.set", {{"name", "Trust"}}, caller);
    };
    {
        const std::lock_guard turn(w.bridge->changing);
        const auto began = std::chrono::steady_clock::now();
        const auto done = set();
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, "store_busy");
        EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    }
    EXPECT_TRUE(set());
    const auto hold = w.bridge->syncing.try_hold("lms", "sync");
    const auto resume = run_operation(*w.bridge, "source.resume", {{"source", "lms"}}, caller);
    ASSERT_FALSE(resume);
    EXPECT_EQ(resume.error().code, "store_busy");
}

TEST_F(Holds, ASourceThatIsPostedToNeedsNoAdapter) {
    w.ask("source.put", {{"name", "portal"}, {"adapter", "none"}, {"activity_base", "https://lms.example/"}});
    EXPECT_EQ(
        w.refused("source.put", {{"name", "portal"}, {"adapter", "none"}, {"schedule", {{"every", "PT1H"}}}}),
        "bad_parameter");
    EXPECT_EQ(w.refused("source.put", {{"name", "other"}, {"adapter", "none"}, {"settings", {{"x", 1}}}}),
              "bad_parameter");
    EXPECT_EQ(w.sync("portal")["error"]["code"], "no_adapter");
    w.source("lms");
    EXPECT_EQ(w.ask("sync", {{"all", true}})["syncs"].size(), 1u);
    const auto uuid = w.show("portal")["uuid"];
    const auto posted = json::array({json::parse(World::completion(1))});
    EXPECT_EQ(w.ask("completions.post", {{"source", uuid}, {"completions", posted}})["counts"]["added"], 1);
}

}  // namespace
}  // namespace capbridge::engine
