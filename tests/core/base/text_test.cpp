#include "core/base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace capbridge {
namespace {

TEST(IsUtf8, TakesEveryScalarValue) {
    for (const std::string& text :
         {std::string(), std::string("plain"), std::string("\0", 1), std::string("\x7F"),
          std::string("\xC2\x80"), std::string("\xDF\xBF"), std::string("\xE0\xA0\x80"),
          std::string("\xED\x9F\xBF"), std::string("\xEE\x80\x80"), std::string("\xEF\xBF\xBF"),
          std::string("\xF0\x90\x80\x80"), std::string("\xF4\x8F\xBF\xBF"), std::string("é€😀")}) {
        EXPECT_TRUE(is_utf8(text)) << testing::PrintToString(text);
    }
}

TEST(IsUtf8, RefusesOverlongSurrogatesAndCutSequences) {
    for (const char* text : {"\x80",
                             "\xBF",
                             "\xC0\x80",
                             "\xC1\xBF",
                             "\xC3",
                             "\xC3(",
                             "\xE0\x80\x80",
                             "\xE0\x9F\xBF",
                             "\xED\xA0\x80",
                             "\xED\xBF\xBF",
                             "\xE2\x82",
                             "\xE2\x28\xA1",
                             "\xF0\x80\x80\x80",
                             "\xF0\x8F\xBF\xBF",
                             "\xF4\x90\x80\x80",
                             "\xF5\x80\x80\x80",
                             "\xF0\x9F\x98",
                             "\xFE",
                             "\xFF",
                             "ok\xC3"}) {
        EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
    }
}

TEST(Text, TrimsAndCollapsesAsciiBlanks) {
    EXPECT_EQ(trim(" \t\r\n a  b \v\f"), "a  b");
    EXPECT_EQ(trim("   "), "");
    EXPECT_EQ(collapse_spaces("  Zoë \t\n Example  "), "Zoë Example");
    EXPECT_EQ(collapse_spaces(" \n "), "");
}

TEST(Text, LowersAsciiOnly) {
    EXPECT_EQ(lower_ascii("ABC-Ünß@Z["), "abc-Ünß@z[");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_THAT(split("a,,b,", ','), testing::ElementsAre("a", "", "b", ""));
    EXPECT_THAT(split("", ','), testing::IsEmpty());
    EXPECT_THAT(split("a", ','), testing::ElementsAre("a"));
    EXPECT_THAT(split(",", ','), testing::ElementsAre("", ""));
    EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
    EXPECT_EQ(join({}, ","), "");
}

TEST(ContainsIgnoringCase, FindsAsciiInAnyCase) {
    EXPECT_TRUE(contains_ignoring_case("Fire Safety", "SAFE"));
    EXPECT_TRUE(contains_ignoring_case("x", ""));
    EXPECT_FALSE(contains_ignoring_case("Fire", "Fire Safety"));
}

TEST(Url, EncodesAllButUnreserved) {
    EXPECT_EQ(url_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(url_encode("a b/c?d=é&+%"), "a%20b%2Fc%3Fd%3D%C3%A9%26%2B%25");
}

TEST(Url, DecodesAndLeavesBrokenEscapes) {
    EXPECT_EQ(url_decode("a%20b+c%C3%a9"), "a b cé");
    EXPECT_EQ(url_decode("a+b", false), "a+b");
    EXPECT_EQ(url_decode("100%"), "100%");
    EXPECT_EQ(url_decode("%4"), "%4");
    EXPECT_EQ(url_decode("%zz%41"), "%zzA");
    EXPECT_EQ(url_decode("%00"), std::string("\0", 1));
    const std::string every = "a b/c?d=é&+%\n\"";
    EXPECT_EQ(url_decode(url_encode(every)), every);
}

TEST(CsvField, QuotesOnlyWhatNeedsIt) {
    EXPECT_EQ(csv_field("plain text"), "plain text");
    EXPECT_EQ(csv_field(""), "");
    EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
    EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
}

TEST(CsvField, NoSpreadsheetRunsIt) {
    EXPECT_EQ(csv_field("=1+1"), "'=1+1");
    EXPECT_EQ(csv_field("+44"), "'+44");
    EXPECT_EQ(csv_field("-5"), "'-5");
    EXPECT_EQ(csv_field("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(csv_field("\t=1"), "'\t=1");
    EXPECT_EQ(csv_field("\r=1"), "\"'\r=1\"");
    EXPECT_EQ(csv_field("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    EXPECT_EQ(csv_field("a=b"), "a=b");
}

}  // namespace
}  // namespace capbridge
