#include "csv/when.hpp"

#include <gtest/gtest.h>

namespace csv_adapter {
namespace {

std::string read(const char* text, const char* format, const char* zone = "Europe/London") {
    const auto parsed = DateFormat::parse(format);
    if (!parsed) return "no format";
    const auto moment = read_date(text, *parsed, *Zone::find(zone));
    return moment ? moment->value : "no date";
}

TEST(When, ReadsTheDatesThatExportsPrint) {
    EXPECT_EQ(read("03/03/2025 09:15", "%d/%m/%Y %H:%M"), "2025-03-03T09:15:00Z");
    EXPECT_EQ(read("3 March 2025, 9:15 AM", "%d %B %Y, %I:%M %p"), "2025-03-03T09:15:00Z");
    EXPECT_EQ(read("Monday, 3 March 2025, 9:15 AM", "%A, %d %B %Y, %I:%M %p"), "2025-03-03T09:15:00Z");
    EXPECT_EQ(read("Monday, 3 March 2025, 9:15\u202fam", "%A, %d %B %Y, %I:%M %p"), "2025-03-03T09:15:00Z");
    EXPECT_EQ(read("2025-03-03T09:15:02.250+01:00", "%FT%T.%f%z"), "2025-03-03T08:15:02.250Z");
    EXPECT_EQ(read("2025-03-03 09:15Z", "%F %R%z", "America/New_York"), "2025-03-03T09:15:00Z");
    EXPECT_EQ(read("1740993300", "%s"), "2025-03-03T09:15:00Z");
    EXPECT_EQ(read("99999999999", "%s"), "5138-11-16T09:46:39Z");
    EXPECT_EQ(read("9999-12-31 23:00-05:00", "%F %R%z"), "10000-01-01T04:00:00Z");
    EXPECT_EQ(read("03-MAR-25", "%d-%b-%y"), "2025-03-03");
    EXPECT_EQ(read("12 Sept 1999", "%d %b %Y"), "1999-09-12");
    EXPECT_EQ(read("12:30 AM, 1 May 2025", "%I:%M %p, %d %B %Y", "UTC"), "2025-05-01T00:30:00Z");
}

TEST(When, ADayStaysADay) {
    const auto day = read_date("01/03/2026", *DateFormat::parse("%d/%m/%Y"), Zone());
    ASSERT_TRUE(day);
    EXPECT_EQ(day->value, "2026-03-01");
    EXPECT_FALSE(day->instant);
}

TEST(When, SummerTimeAndItsEdges) {
    EXPECT_EQ(read("01/07/2025 09:15", "%d/%m/%Y %H:%M"), "2025-07-01T08:15:00Z");
    // 01:30 on 26 October 2025 happens twice: the first is summer time.
    EXPECT_EQ(read("26/10/2025 01:30", "%d/%m/%Y %H:%M"), "2025-10-26T00:30:00Z");
    EXPECT_EQ(read("26/10/2025 02:00", "%d/%m/%Y %H:%M"), "2025-10-26T02:00:00Z");
    // 01:30 on 30 March 2025 does not happen: the offset before the gap, so 02:30 summer time.
    EXPECT_EQ(read("30/03/2025 01:30", "%d/%m/%Y %H:%M"), "2025-03-30T01:30:00Z");
    EXPECT_EQ(read("30/03/2025 02:30", "%d/%m/%Y %H:%M"), "2025-03-30T01:30:00Z");
}

TEST(When, APeriodAfterADay) {
    const auto after = [](const char* day, const char* period) { return day_after({day, false}, period); };
    EXPECT_EQ(after("2024-02-29", "P1Y"), "2025-02-28");
    EXPECT_EQ(after("2024-02-29", "P4Y"), "2028-02-29");
    EXPECT_EQ(after("2025-08-31", "P6M"), "2026-02-28");
    EXPECT_EQ(after("2025-12-31", "P2W"), "2026-01-14");
    EXPECT_EQ(after("2025-12-31T23:30:00Z", "P1D"), "2026-01-01");
    for (const auto* none : {"", "P", "PY", "P0Y", "P-1Y", "P1H", "1Y", "P1000Y", "P1Y6M"})
        EXPECT_EQ(after("2025-12-31", none), "") << none;
}

TEST(When, RefusesWhatDoesNotFit) {
    for (const char* text :
         {"", "31/02/2025", "13/13/2025", "3/3/25", "03/03/2025 x", "03-03-2025", "0/1/2025"}) {
        EXPECT_EQ(read(text, "%d/%m/%Y"), "no date") << text;
    }
    EXPECT_EQ(read("Tuesday, 3 March 2025", "%A, %d %B %Y"), "no date");  // it was a Monday
    EXPECT_EQ(read("03/03/2025 24:00", "%d/%m/%Y %H:%M"), "no date");
    for (const char* format : {"", "%d/%m", "%H:%M", "%q", "%d %B %Y %I:%M", "100%"})
        EXPECT_EQ(read("x", format), "no format") << format;
    EXPECT_FALSE(Zone::find("Europe/Nowhere"));
}

}  // namespace
}  // namespace csv_adapter
