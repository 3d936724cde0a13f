#include "core/scorm/values.hpp"

#include <gtest/gtest.h>

#include "core/scorm/paths.hpp"

namespace capbridge::scorm {
namespace {

TEST(Values, Decimals) {
    EXPECT_EQ(parse_decimal(" 80 "), 80);
    EXPECT_EQ(parse_decimal("+0.5"), 0.5);
    EXPECT_EQ(parse_decimal("-1"), -1);
    for (const auto* bad : {"", "+", "+-1", "nan", "inf", "1e2", "80%", "0,8"}) {
        EXPECT_FALSE(parse_decimal(bad)) << bad;
    }
}

TEST(Values, Placeholders) {
    for (const auto* text : {"{{title}}", "[[ID]].html", "@@x"}) EXPECT_TRUE(has_placeholder(text)) << text;
    for (const auto* text : {"a{b}c", "}}{{", "me@example.org", "[1]"})
        EXPECT_FALSE(has_placeholder(text)) << text;
}

TEST(Paths, HrefsBecomeEntries) {
    EXPECT_EQ(href_path("a/./b/../c.html?x#y"), "a/c.html");
    EXPECT_EQ(href_path("a\\b.html"), "a/b.html");
    EXPECT_EQ(href_path("/a.html"), "a.html");
    EXPECT_FALSE(href_path("a/../../b.html"));
    EXPECT_FALSE(href_path("https://example.org/x"));
    EXPECT_FALSE(href_path("//example.org/x"));
    EXPECT_FALSE(href_path("C:\\x.html"));
    EXPECT_EQ(join_href("a", "b.html"), "a/b.html");
    EXPECT_EQ(join_href("a/", "https://example.org/"), "https://example.org/");
    EXPECT_EQ(folder_of("a/b/c"), "a/b/");
}

}  // namespace
}  // namespace capbridge::scorm
