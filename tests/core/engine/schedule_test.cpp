#include "core/engine/sync/schedule.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/engine/sync/outcome.hpp"

namespace capbridge::engine {
namespace {

constexpr const char* uuid = "6f1f3b0e-4a31-4f0e-9d0f-0d6a1d1c0a01";

Instant at(const std::string& text) {
    return *parse_instant(text);
}

Schedule schedule(const json& document) {
    auto read = Schedule::read(document);
    if (!read) throw std::runtime_error(read.error().text());
    return std::move(*read);
}

SourceOptions options(const json& document) {
    return *read_options(document);
}

TEST(Schedule, IntervalsAreOfTheCalendar) {
    const auto from = at("2026-01-31T10:00:00Z");
    EXPECT_EQ(schedule({{"every", "PT15M"}}).next(from, uuid), at("2026-01-31T10:15:00Z"));
    EXPECT_EQ(schedule({{"every", "PT36H"}}).next(from, uuid), at("2026-02-01T22:00:00Z"));
    EXPECT_EQ(schedule({{"every", "P1M"}}).next(from, uuid), at("2026-02-28T10:00:00Z"));
    EXPECT_FALSE(schedule(json::object()).is_set());
    EXPECT_FALSE(schedule(nullptr).next(from, uuid));
}

TEST(Schedule, RefusesWhatIsNoTime) {
    for (const auto& bad : {json{{"every", "PT0S"}}, json{{"every", "15 minutes"}}, json{{"full", "P"}},
                            json{{"every", "PT1H"}, {"cron", "0 6 * * *"}}, json{{"cron", "0 6 * *"}},
                            json{{"cron", "0 6 * * *"}, {"zone", "Nowhere/Here"}}, json{{"jitter", "5"}}}) {
        EXPECT_FALSE(Schedule::read(bad)) << bad;
    }
    EXPECT_EQ(Schedule::read({{"cron", "0 6 * * *"}, {"zone", "Nowhere/Here"}}).error().where, "/zone");
}

TEST(Schedule, JitterIsTheSameForTheSameSourceAndTimeAndWithinItsBound) {
    const auto jittered = schedule({{"every", "PT1H"}, {"jitter", "PT5M"}});
    const auto from = at("2026-03-01T10:00:00Z");
    const auto first = jittered.next(from, uuid);
    EXPECT_EQ(first, jittered.next(from, uuid));
    EXPECT_GE(*first, at("2026-03-01T11:00:00Z"));
    EXPECT_LT(*first, at("2026-03-01T11:05:00Z"));
    EXPECT_NE(first, jittered.next(from, "another"));
}

TEST(Schedule, FullIsDueNowAndThen) {
    const auto weekly = schedule({{"every", "PT1H"}, {"full", "P7D"}});
    EXPECT_TRUE(weekly.full_due({}, at("2026-03-01T00:00:00Z")));
    EXPECT_FALSE(weekly.full_due(at("2026-03-01T00:00:00Z"), at("2026-03-07T23:59:00Z")));
    EXPECT_TRUE(weekly.full_due(at("2026-03-01T00:00:00Z"), at("2026-03-08T00:00:00Z")));
    EXPECT_FALSE(schedule({{"every", "PT1H"}}).full_due({}, at("2026-03-01T00:00:00Z")));
}

class Outcome : public testing::Test {
protected:
    store::SourceStateRow end(const std::string& code, const std::string& message = "why") {
        SyncEnd with;
        if (!code.empty()) with.error = Error{code, message, {}, 0};
        with.began = now;
        with.now = now + std::chrono::minutes{10};
        with.dice = 1;
        return state_after(state, with, hourly, uuid);
    }
    const SourceOptions hourly = options({{"schedule", {{"every", "PT1H"}}}, {"guards", {{"crashes", 3}}}});
    const Instant now = at("2026-03-01T10:00:00Z");
    store::SourceStateRow state;
};

TEST_F(Outcome, SuccessCountsFromTheBeginAndMissedTimesAreNotMadeUp) {
    EXPECT_EQ(end("").next_due, at("2026-03-01T11:00:00Z"));
    SyncEnd slow;
    slow.began = now;
    slow.now = now + std::chrono::hours{5};
    EXPECT_EQ(state_after({}, slow, hourly, uuid).next_due, at("2026-03-01T16:00:00Z"));
    state.next_due = at("2026-02-20T00:00:00Z");  // the daemon was down for days: due once, now
    EXPECT_LE(*due_at(state, hourly.schedule, now, uuid), now);
}

TEST_F(Outcome, WhatIsReadWellAndBringsNothingIsTold) {
    const auto expecting = options({{"expect_new", "P3D"}});
    const auto after = [&](int days) {
        return is_without_new(state, expecting, now + std::chrono::hours(24 * days));
    };
    EXPECT_FALSE(after(9)) << "it was never read";
    state = end("");
    EXPECT_TRUE(after(0)) << "it has brought nothing yet";
    SyncEnd brings;
    brings.brought = true;
    brings.began = brings.now = now;
    state = state_after(state, brings, expecting, uuid);
    EXPECT_EQ(state.last_new, now);
    state = end("");
    EXPECT_EQ(state.last_new, now) << "a sync that brings nothing keeps the time of the last that did";
    EXPECT_FALSE(after(3));
    EXPECT_TRUE(after(4));
    EXPECT_FALSE(is_without_new(state, hourly, now + std::chrono::hours(24 * 99))) << "nothing is expected";
    state = end("adapter_retry");
    EXPECT_FALSE(after(4)) << "it fails: that is what is to be said";
    state = believable(state, expecting.schedule, now - std::chrono::hours(24 * 9), uuid);
    EXPECT_EQ(state.last_new, now - std::chrono::hours(24 * 9)) << "the clock was ahead";
}

TEST_F(Outcome, WhatCanBeExpected) {
    for (const auto* bad : {"P1M", "PT59M", "P401D", "3 days", "-P3D", "P99999999999D"}) {
        const json document{{"expect_new", bad}};
        const auto read = read_options(document);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().code, "bad_expect_new") << bad;
        EXPECT_EQ(read.error().where, "/expect_new");
    }
    EXPECT_EQ(options({{"expect_new", "P1DT12H"}}).expect_new, std::chrono::hours{36});
    EXPECT_FALSE(hourly.expect_new);
}

TEST_F(Outcome, ConfigurationStopsUntilAPersonActs) {
    for (const auto* code : {"adapter_config", "adapter_auth", "adapter_unsupported"}) {
        const auto after = end(code);
        EXPECT_EQ(after.stopped, "configuration");
        EXPECT_FALSE(due_at(after, hourly.schedule, now, uuid));
        EXPECT_EQ(due_at(resumed(after, hourly.schedule, now), hourly.schedule, now, uuid), now);
    }
}

TEST_F(Outcome, BackOffDoublesIsBoundedAndHeedsWhatTheSourceAsks) {
    const Error busy{"adapter_retry", "busy", {}, 0};
    EXPECT_EQ(back_off(1, busy, 1), std::chrono::minutes{1});
    EXPECT_EQ(back_off(3, busy, 1), std::chrono::minutes{4});
    EXPECT_EQ(back_off(3, busy, 0), std::chrono::minutes{2});
    EXPECT_EQ(back_off(100, busy, 1), std::chrono::hours{1});
    const Error asks{"adapter_retry", "Adapter 'x': busy. Try again after 7200000 ms.", {}, 0};
    EXPECT_EQ(back_off(1, asks, 1), std::chrono::hours{2});
    const Error forever{"adapter_retry", "Try again after 99999999999999 ms.", {}, 0};
    EXPECT_EQ(back_off(1, forever, 1), std::chrono::hours{24});
    EXPECT_EQ(end("adapter_retry").next_due, now + std::chrono::minutes{11});
    EXPECT_EQ(end("store_full").next_due, now + std::chrono::minutes{11});
}

TEST_F(Outcome, OnlyTheAdaptersOwnFailuresInARowQuarantine) {
    for (const auto* code : {"adapter_crashed", "adapter_timeout"}) {
        state = end(code);
        EXPECT_EQ(state.stopped, "");
        EXPECT_TRUE(state.next_due);
    }
    auto apart = state;
    std::swap(state, apart);
    state = end("adapter_retry");  // not in a row any more
    EXPECT_EQ(end("adapter_crashed").stopped, "");
    std::swap(state, apart);
    state = end("adapter_protocol");
    EXPECT_EQ(state.stopped, "quarantined");
    EXPECT_EQ(state.crashes, 3);
    EXPECT_FALSE(due_at(state, hourly.schedule, now, uuid));
    EXPECT_EQ(resumed(state, hourly.schedule, now).crashes, 0);
}

TEST_F(Outcome, AGuardHoldsAndSuccessLetsGo) {
    state = end("snapshot_fell");
    EXPECT_EQ(state.held, "snapshot_fell");
    EXPECT_FALSE(due_at(state, hourly.schedule, now, uuid));
    EXPECT_EQ(end("").held, "");
    EXPECT_TRUE(end("").next_due);
}

TEST_F(Outcome, BeingStoppedIsNoTry) {
    state = end("adapter_retry");
    EXPECT_EQ(end("stopping"), state);
    EXPECT_EQ(end("adapter_cancelled"), state);
}

}  // namespace
}  // namespace capbridge::engine
