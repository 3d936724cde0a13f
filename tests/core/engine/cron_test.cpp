#include "core/engine/sync/cron.hpp"

#include <gtest/gtest.h>

namespace capbridge::engine {
namespace {

std::string next(const std::string& expression, const std::string& after, const std::string& zone = "UTC") {
    const auto cron = Cron::parse(expression, zone);
    if (!cron) return cron.error().code;
    const auto at = cron->next(*parse_instant(after));
    return at ? format_instant(*at).substr(0, 16) : "never";
}

std::vector<std::string> several(const std::string& expression, std::string after, const std::string& zone,
                                 int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) {
        after = next(expression, after, zone);
        out.push_back(after);
        after += ":00Z";
    }
    return out;
}

TEST(Cron, ReadsListsRangesStepsAndNames) {
    const auto from = "2026-03-04T10:07:30Z";  // a Wednesday
    EXPECT_EQ(next("* * * * *", from), "2026-03-04T10:08");
    EXPECT_EQ(next("*/15 * * * *", from), "2026-03-04T10:15");
    EXPECT_EQ(next("5/20 * * * *", from), "2026-03-04T10:25");
    EXPECT_EQ(next("7 10 * * *", from), "2026-03-05T10:07");  // that minute has begun
    EXPECT_EQ(next("0 6 * * 1-5", from), "2026-03-05T06:00");
    EXPECT_EQ(next("0 6 * * sat,Sun", from), "2026-03-07T06:00");
    EXPECT_EQ(next("0 6 * * 7", from), "2026-03-08T06:00");
    EXPECT_EQ(next("0 6 * * 0", from), "2026-03-08T06:00");
    EXPECT_EQ(next("30 4 1,15 * *", from), "2026-03-15T04:30");
    EXPECT_EQ(next("0 0 1 JAN *", from), "2027-01-01T00:00");
    EXPECT_EQ(next("0 8-18/2 * * *", from), "2026-03-04T12:00");
    EXPECT_EQ(next("0 0 31 * *", from), "2026-03-31T00:00");
    EXPECT_EQ(next("0 0 29 2 *", from), "2028-02-29T00:00");
    EXPECT_EQ(next("  0   6  * *   * ", from), "2026-03-05T06:00");
}

TEST(Cron, EitherDayWillDoWhenBothAreRestricted) {
    EXPECT_EQ(next("0 0 13 * fri", "2026-03-04T00:00:00Z"), "2026-03-06T00:00");
    EXPECT_EQ(next("0 0 13 * fri", "2026-04-10T00:00:00Z"), "2026-04-13T00:00");
    EXPECT_EQ(next("0 0 */2 * mon", "2026-03-04T00:00:00Z"), "2026-03-09T00:00");  // both: a step of all days
}

TEST(Cron, RefusesWhatItCannotMean) {
    for (const auto* bad : {"",           "* * * *",     "* * * * * *", "60 * * * *",   "* 24 * * *",
                            "* * 0 * *",  "* * 32 * *",  "* * * 13 *",  "* * * * 8",    "a * * * *",
                            "1- * * * *", "5-1 * * * *", "*/0 * * * *", "*/x * * * *",  "1,,2 * * * *",
                            "-1 * * * *", "* * * xyz *", "0 0 30 2 *",  "0 0 31 4,6 *", "1.5 * * * *",
                            "+1 * * * *"}) {
        EXPECT_EQ(next(bad, "2026-01-01T00:00:00Z"), "bad_cron") << bad;
    }
    EXPECT_EQ(next("* * * * *", "2026-01-01T00:00:00Z", "Europe/Atlantis"), "bad_zone");
    EXPECT_EQ(next("* * * * *", "2026-01-01T00:00:00Z", ""), "bad_zone");
}

TEST(Cron, LocalTimeMovesWithTheSeasons) {
    EXPECT_EQ(next("0 6 * * *", "2026-01-10T12:00:00Z", "Europe/London"), "2026-01-11T06:00");
    EXPECT_EQ(next("0 6 * * *", "2026-07-10T12:00:00Z", "Europe/London"), "2026-07-11T05:00");
    EXPECT_EQ(next("0 6 * * mon", "2026-07-10T12:00:00Z", "Australia/Sydney"), "2026-07-12T20:00");
}

TEST(Cron, ATimeThatTheClocksSkipComesAtTheJumpOnce) {
    // 29 March 2026: 01:00 UTC, the clocks in London go from 01:00 to 02:00.
    EXPECT_EQ(several("30 1 * * *", "2026-03-28T12:00:00Z", "Europe/London", 2),
              (std::vector<std::string>{"2026-03-29T01:00", "2026-03-30T00:30"}));
    EXPECT_EQ(several("*/20 1 * * *", "2026-03-28T12:00:00Z", "Europe/London", 2),
              (std::vector<std::string>{"2026-03-29T01:00", "2026-03-30T00:00"}));
    EXPECT_EQ(several("*/30 * * * *", "2026-03-29T00:15:00Z", "Europe/London", 3),
              (std::vector<std::string>{"2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"}));
}

TEST(Cron, ATimeThatComesTwiceRunsOnceUnlessEveryHourIsMeant) {
    // 25 October 2026: 01:00 UTC, the clocks in London go from 02:00 back to 01:00.
    EXPECT_EQ(several("30 1 * * *", "2026-10-24T12:00:00Z", "Europe/London", 2),
              (std::vector<std::string>{"2026-10-25T00:30", "2026-10-26T01:30"}));
    EXPECT_EQ(several("30 * * * *", "2026-10-24T23:45:00Z", "Europe/London", 3),
              (std::vector<std::string>{"2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"}));
}

TEST(Cron, AlwaysMovesForward) {
    for (const auto* expression :
         {"*/7 * * * *", "0 1,2 * * *", "59 23 31 12 *", "0 0 * * 1#", "15 1-3 * * *"}) {
        const auto cron = Cron::parse(expression, "Europe/London");
        if (!cron) continue;
        auto at = *parse_instant("2026-03-27T00:00:00Z");
        for (int i = 0; i < 300; ++i) {
            const auto then = cron->next(at);
            ASSERT_TRUE(then);
            ASSERT_GT(*then, at);
            at = *then;
        }
    }
}

}  // namespace
}  // namespace capbridge::engine
