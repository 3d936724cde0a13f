#include "core/xapi/duration.hpp"

#include <gtest/gtest.h>

namespace capbridge::xapi {
namespace {

TEST(IsDuration, TheFormWithDesignators) {
    for (const char* text : {"PT1H0M0.1S", "PT4H35M59.14S", "PT16559.14S", "P3Y1M29DT4H35M59.14S", "P3Y",
                             "P4W", "P1DT12H36M0.12567S", "PT0S", "PT1.5H", "P0.5Y", "PT0,5S",
                             "PT99999999999999999999S", "P1M", "PT1M", "P1Y2D"})
        EXPECT_TRUE(is_duration(text)) << text;
    for (const char* text : {"",       "P",           "PT",
                             "P1DT",   "should fail", "PA1H0M0S",
                             "P4W1D",  "P1DT4W",      "P1Y4W",
                             "1H",     "-PT1H",       "+PT1H",
                             "P1H",    "PT1D",        "PT1.H",
                             "PT.5S",  "PT1.5H3M",    "PT1S1M",
                             "PT1S1S", "P1Y1Y",       "P1",
                             "PT1",    "PT1H ",       "p1d",
                             "P1D1M",  "PTT1H",       "P0001-02-03T04:05:06",
                             "P1W2W",  "P4WT1H"})
        EXPECT_FALSE(is_duration(text)) << text;
}

TEST(ComparableDuration, LeavesOutWhatIsFinerThanAHundredth) {
    EXPECT_EQ(comparable_duration("P1DT12H36M0.1237S"), "P1DT12H36M0.12S");
    EXPECT_EQ(comparable_duration("P1DT12H36M0.129S"), comparable_duration("P1DT12H36M0.12S"));
    EXPECT_EQ(comparable_duration("PT1.50S"), "PT1.5S");
    EXPECT_EQ(comparable_duration("PT1.00S"), "PT1S");
    EXPECT_EQ(comparable_duration("PT1.004S"), "PT1S");
    EXPECT_EQ(comparable_duration("PT1,5S"), "PT1.5S");
    EXPECT_EQ(comparable_duration("PT1.125H"), "PT1.125H") << "of an hour a thousandth is seconds";
    EXPECT_NE(comparable_duration("PT60S"), comparable_duration("PT1M"));
    EXPECT_NE(comparable_duration("PT0.13S"), comparable_duration("PT0.12S"));
}

TEST(ComparableDuration, BearsWhatIsNone) {
    for (const char* text : {"", ".", "PT.", "PT1.", "PT1.5", "x.y"})
        EXPECT_EQ(comparable_duration(text), text);
}

}  // namespace
}  // namespace capbridge::xapi
