#include "core/base/time.hpp"

#include <gtest/gtest.h>

namespace capbridge {
namespace {

using Precision = When::Precision;

std::string utc(std::string_view text) {
    const auto at = parse_instant(text);
    return at ? format_instant(*at) : "refused";
}

TEST(ParseInstant, ReadsTheFormsOfRfc3339AndIso8601) {
    EXPECT_EQ(utc("2026-03-01T09:30:00Z"), "2026-03-01T09:30:00.000Z");
    EXPECT_EQ(utc("2026-03-01t09:30:00z"), "2026-03-01T09:30:00.000Z");
    EXPECT_EQ(utc("2026-03-01 09:30:00Z"), "2026-03-01T09:30:00.000Z");
    EXPECT_EQ(utc("2026-03-01T09:30Z"), "2026-03-01T09:30:00.000Z");
    EXPECT_EQ(utc("2026-03-01T09:30:00"), "2026-03-01T09:30:00.000Z") << "no offset is read as UTC";
    EXPECT_EQ(utc("2026-03-01T09:30:00.5Z"), "2026-03-01T09:30:00.500Z");
    EXPECT_EQ(utc("2026-03-01T09:30:00,12Z"), "2026-03-01T09:30:00.120Z");
    EXPECT_EQ(utc("2026-03-01T09:30:00.123999999999999999999999Z"), "2026-03-01T09:30:00.123Z");
    EXPECT_EQ(utc("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z") << "a leap second";
}

TEST(ParseInstant, AppliesOffsets) {
    EXPECT_EQ(utc("2026-03-01T09:30:00.120+01:00"), "2026-03-01T08:30:00.120Z");
    EXPECT_EQ(utc("2026-03-01T09:30:00-0530"), "2026-03-01T15:00:00.000Z");
    EXPECT_EQ(utc("2026-03-01T09:30:00+14"), "2026-02-28T19:30:00.000Z");
    EXPECT_EQ(utc("2026-03-01T09:30:00+00:00"), "2026-03-01T09:30:00.000Z");
    EXPECT_EQ(utc("2024-03-01T00:30:00+01:00"), "2024-02-29T23:30:00.000Z");
    EXPECT_EQ(utc("2025-12-31T23:30:00-01:00"), "2026-01-01T00:30:00.000Z");
}

TEST(ParseInstant, RefusesTheRest) {
    for (const char* text : {"",
                             "2026-03-01",
                             "2026-03-01T",
                             "2026-03-01T09",
                             "2026-3-1T09:30:00Z",
                             "26-03-01T09:30:00Z",
                             "2026-13-01T09:30:00Z",
                             "2026-00-01T09:30:00Z",
                             "2026-04-31T09:30:00Z",
                             "2026-03-01T24:00:00Z",
                             "2026-03-01T09:60:00Z",
                             "2026-03-01T09:30:61Z",
                             "2026-03-01T09:30:Z",
                             "2026-03-01T09:30:00.Z",
                             "2026-03-01T09:30:00-00:00",
                             "2026-03-01T09:30:00-0000",
                             "2026-03-01T09:30:00-00",
                             "2026-03-01T09:30:00+15:00",
                             "2026-03-01T09:30:00+01:60",
                             "2026-03-01T09:30:00+01:",
                             "2026-03-01T09:30:00+1:00",
                             "2026-03-01T09:30:00+010",
                             "2026-03-01T09:30:00+01:00x",
                             "2026-03-01T09:30:00Zx",
                             "2026-03-01T09:30:00 Z",
                             " 2026-03-01T09:30:00Z",
                             "2026-03-01X09:30:00Z",
                             "2026-03-01T-9:30:00Z",
                             "yesterday"}) {
        EXPECT_EQ(utc(text), "refused") << text;
    }
}

TEST(FormatInstant, IsAlwaysUtcWithMilliseconds) {
    EXPECT_EQ(format_instant(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_instant(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(unix_ms(*parse_instant("1970-01-02T00:00:00.001Z")), 86400001);
}

TEST(ParseDay, KnowsLeapDays) {
    for (const char* text : {"2024-02-29", "2000-02-29", "2026-01-31", "0001-01-01", "9999-12-31"}) {
        ASSERT_TRUE(parse_day(text)) << text;
        EXPECT_EQ(format_day(*parse_day(text)), text);
    }
    for (const char* text :
         {"2023-02-29", "1900-02-29", "2026-02-30", "2026-06-31", "2026-1-1", "20260101",
          "2026-01-01T00:00:00Z", "2026-01-01 ", "", "-026-01-01", "2026-00-10", "2026-10-00"}) {
        EXPECT_FALSE(parse_day(text)) << text;
    }
}

TEST(ParseDuration, ReadsCalendarParts) {
    EXPECT_EQ(parse_duration("P1Y6M"), (Duration{1, 6, 0, 0}));
    EXPECT_EQ(parse_duration("P2W"), (Duration{0, 0, 14, 0}));
    EXPECT_EQ(parse_duration("PT36H"), (Duration{0, 0, 0, 36 * 3600000}));
    EXPECT_EQ(parse_duration("P3DT4H5M6.789S"), (Duration{0, 0, 3, ((4 * 60 + 5) * 60 + 6) * 1000 + 789}));
    EXPECT_EQ(parse_duration("PT0.0001S"), (Duration{0, 0, 0, 0}));
    EXPECT_EQ(parse_duration("P0D"), (Duration{}));
    EXPECT_EQ(parse_duration("PT1M"), (Duration{0, 0, 0, 60000})) << "a minute, not a month";
}

TEST(ParseDuration, RefusesTheRest) {
    for (const char* text : {"",      "P",     "PT",   "P1DT", "1Y",   "P1",   "P1DT5", "PT1.5H", "P1.5D",
                             "PT1.S", "PT.5S", "P-1D", "P-0D", "-P1D", "P+1D", "P1M1Y", "P1D1D",  "PT1S1M",
                             "P1H",   "PT1D",  "PT1W", "P1YT", "P1Y ", "p1y",  "P1YX",  "PTT1S"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(ParseDuration, RefusesWhatNoCalendarHolds) {
    for (const char* text : {"P10000Y", "P200000M", "P1000000000W", "P1000000000D", "P99999999999999999999D",
                             "PT99999999999999999999S"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
    EXPECT_EQ(format_day(add(*parse_day("2026-03-01"), *parse_duration("P1000Y"))), "3026-03-01");
}

TEST(AddDuration, MonthsClampToTheEndOfTheMonth) {
    const auto sum = [](const char* day, const char* duration) {
        return format_day(add(*parse_day(day), *parse_duration(duration)));
    };
    EXPECT_EQ(sum("2026-01-31", "P1M"), "2026-02-28");
    EXPECT_EQ(sum("2024-01-31", "P1M"), "2024-02-29");
    EXPECT_EQ(sum("2024-02-29", "P1Y"), "2025-02-28");
    EXPECT_EQ(sum("2024-02-29", "P4Y"), "2028-02-29");
    EXPECT_EQ(sum("2026-12-31", "P2M"), "2027-02-28");
    EXPECT_EQ(sum("2026-03-31", "P1Y18M"), "2028-09-30");
    EXPECT_EQ(sum("2026-01-31", "P1M1D"), "2026-03-01") << "clamped first, then the day";
    EXPECT_EQ(sum("2026-02-28", "P2W"), "2026-03-14");
    EXPECT_EQ(sum("2026-02-28", "PT36H"), "2026-03-01") << "whole days only";
    EXPECT_EQ(sum("2026-02-28", "PT23H59M"), "2026-02-28");
}

TEST(When, KeepsThePrecisionOfTheSource) {
    const auto day = parse_when("2026-03-01");
    ASSERT_TRUE(day);
    EXPECT_EQ(day->precision, Precision::day);
    EXPECT_EQ(day->text(), "2026-03-01") << "midnight is never invented";
    const auto midnight = parse_when("2026-03-01T00:00:00Z");
    ASSERT_TRUE(midnight);
    EXPECT_EQ(midnight->precision, Precision::instant);
    EXPECT_EQ(midnight->text(), "2026-03-01T00:00:00.000Z");
    EXPECT_EQ(midnight->at, day->at);
    EXPECT_NE(*midnight, *day);
    EXPECT_EQ(When{}.text(), "");
    EXPECT_FALSE(parse_when("March"));
    EXPECT_FALSE(parse_when(""));
}

}  // namespace
}  // namespace capbridge
