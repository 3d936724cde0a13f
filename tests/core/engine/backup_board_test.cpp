// When the next backup is due, what the status tells, and what of the configuration's "backup" is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/engine/backup/board.hpp"

namespace capbridge::engine {
namespace {

using ::testing::HasSubstr;

BackupSettings settings(json section) {
    section["to"] = "/nowhere/at/all";
    auto read = read_backup_settings(section);
    EXPECT_TRUE(read) << read.error().text();
    return read.value_or(BackupSettings{});
}

store::Manifest taken(Instant at) {
    store::Manifest out;
    out.id = "one";
    out.taken = at;
    return out;
}

Instant at(const char* text) {
    return *parse_instant(text);
}

TEST(BackupSettings, AreReadAndRefused) {
    EXPECT_FALSE(read_backup_settings(json())->is_set());
    EXPECT_FALSE(read_backup_settings(json::object())->is_set());
    EXPECT_EQ(settings({{"every", "PT6H"}}).when, "every PT6H");
    EXPECT_EQ(settings({{"at", "02:30"}}).when, "at 02:30 Europe/London");
    EXPECT_FALSE(settings(json::object()).schedule.is_set()) << "by command only";
    const auto kept = settings({{"keep", {{"last", 7}, {"yearly", 3}}}}).keep;
    EXPECT_EQ(kept.last + kept.yearly, 10);
    const auto refused = [](json section, const std::string& where) {
        const auto read = read_backup_settings(section);
        ASSERT_FALSE(read) << section;
        EXPECT_EQ(read.error().where, where) << section;
    };
    refused({{"every", "PT6H"}}, "/to");
    refused({{"to", "/x"}, {"every", "PT6H"}, {"at", "02:30"}}, "/at");
    for (const auto* time : {"2:30", "24:00", "12:60", "noon!", "12h30"})
        refused({{"to", "/x"}, {"at", time}}, "/at");
    refused({{"to", "/x"}, {"at", "02:30"}, {"zone", "Mars/Olympus"}}, "/zone");
    refused({{"to", "/x"}, {"every", "soon"}}, "/every");
    refused({{"to", "/x"}, {"keep", {{"daily", -1}}}}, "/keep/daily");
    refused({{"to", "/x"}, {"keep", {{"last", 1.5}}}}, "/keep/last");
}

TEST(BackupBoard, WhatWasMissedIsMadeUpOnce) {
    BackupBoard board;
    EXPECT_FALSE(board.due());
    board.set(settings({{"every", "PT6H"}}));
    ASSERT_TRUE(board.due()) << "without any backup an interval begins at once";
    board.succeeded(taken(at("2025-03-01T08:00:00Z")));
    EXPECT_EQ(board.due(), at("2025-03-01T14:00:00Z"));
    board.set(settings({{"at", "02:30"}}));
    board.succeeded(taken(at("2025-03-01T08:00:00Z")));
    EXPECT_EQ(board.due(), at("2025-03-02T02:30:00Z"));
    board.succeeded(taken(at("2025-06-30T22:00:00Z")));
    EXPECT_EQ(board.due(), at("2025-07-01T01:30:00Z")) << "summer time";
    board.set(settings(json::object()));
    EXPECT_FALSE(board.due());
}

TEST(BackupBoard, AFailureIsToldAndTriedAgainAfterAWhile) {
    BackupBoard board;
    board.set(settings({{"every", "PT1H"}}));
    board.succeeded(taken(at("2025-03-01T08:00:00Z")));
    board.failed({"repository_full", "no room", "/nowhere", 0}, at("2025-03-01T09:00:00Z"));
    board.failed({"repository_full", "no room", "/nowhere", 0}, at("2025-03-01T09:15:00Z"));
    EXPECT_EQ(board.due(), at("2025-03-01T09:30:00Z"));
    auto status = board.status();
    EXPECT_EQ(status["failures_in_a_row"], 2);
    EXPECT_EQ(status["last_failure"]["code"], "repository_full");
    EXPECT_EQ(status["last"]["taken"], "2025-03-01T08:00:00.000Z") << "the last good one is still told";
    board.succeeded(taken(at("2025-03-01T09:30:00Z")));
    status = board.status();
    EXPECT_EQ(status["failures_in_a_row"], 0);
    EXPECT_TRUE(status["last_failure"].is_null());
    EXPECT_EQ(status["next_due"], "2025-03-01T10:30:00.000Z");
}

TEST(BackupBoard, ALastOneFromTheFutureHoldsNothingUp) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    BackupBoard board;
    board.set(settings({{"every", "PT6H"}}));
    board.succeeded(taken(now + std::chrono::hours{24 * 365}));
    ASSERT_TRUE(board.due());
    EXPECT_LE(*board.due(), now + std::chrono::minutes{1}) << "as without any backup: at once";
    board.failed({"repository_full", "no room", "/nowhere", 0}, now + std::chrono::hours{24});
    EXPECT_LE(*board.due(), now + std::chrono::minutes{1}) << "nor a failure from the future";
    board.set(settings({{"at", "02:30"}}));
    board.succeeded(taken(now + std::chrono::hours{24 * 365}));
    EXPECT_LE(*board.due(), now + std::chrono::hours{25}) << "the next time of the day";
    board.succeeded(taken(now));
    EXPECT_GT(*board.due(), now);
    board.set(settings({{"every", "PT6H"}}));
    board.succeeded(taken(now + std::chrono::seconds{20}));
    EXPECT_GT(*board.due(), now + std::chrono::hours{5}) << "a clock that was stepped a little is no matter";
}

TEST(BackupBoard, OneAtATime) {
    BackupBoard board;
    {
        const auto turn = board.begin(at("2025-03-01T08:00:00Z"));
        ASSERT_TRUE(turn);
        EXPECT_EQ(board.status()["running"], true);
        const auto second = board.begin(at("2025-03-01T08:01:00Z"));
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, "backup_running");
        EXPECT_THAT(second.error().message, HasSubstr("2025-03-01T08:00:00"));
    }
    EXPECT_TRUE(board.begin(at("2025-03-01T08:02:00Z")));
}

TEST(BackupBoard, AKeyThatIsGoneShowsInTheStatus) {
    BackupBoard board;
    auto wanted = settings({{"every", "PT1H"}});
    wanted.key_file = "/nowhere/backup.key";
    board.set(wanted);
    EXPECT_EQ(board.status()["last_failure"]["code"], "not_found");
}

}  // namespace
}  // namespace capbridge::engine
