#include "core/base/json_comments.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"

namespace capbridge {
namespace {

json read(std::string_view text) {
    const auto plain = without_comments(text);
    if (!plain) return plain.error().text();
    const auto document = parse_json(*plain);
    return document ? *document : json(document.error().text());
}

int line_of_error(std::string_view text) {
    const auto plain = without_comments(text);
    if (!plain) return plain.error().line;
    const auto document = parse_json(*plain);
    return document ? 0 : document.error().line;
}

TEST(JsonComments, BothKindsAreReadOver) {
    EXPECT_EQ(read("// first\n{\"a\": 1, // one\n /* b\n is\n two */ \"b\": /**/ 2}\n// last"),
              (json{{"a", 1}, {"b", 2}}));
    EXPECT_EQ(read("[1, /* , */ 2 // ]\n]"), json::parse("[1, 2]"));
    EXPECT_EQ(read("{}"), json::object());
}

TEST(JsonComments, TextInStringsIsNoComment) {
    const auto text = R"({"url": "https://lms.example/x", "glob": "/*.csv", "q": "a \" // b", "s": "\\"})";
    EXPECT_EQ(*without_comments(text), text);
    EXPECT_EQ(read(R"({"s": "\\" // gone
        })"),
              (json{{"s", "\\"}}));
}

TEST(JsonComments, LinesAndBytesStayWhereTheyWere) {
    const std::string text = "{ // é\r\n/* x\ny */ \"a\": 1}";
    const auto plain = without_comments(text);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->size(), text.size());
    EXPECT_EQ(json_lines(*plain).at("/a"), 3);
    EXPECT_EQ(line_of_error("// one\n{\n  \"a\": nonsense\n}"), 3);
}

TEST(JsonComments, ACommaTooManyIsNamedAtItsOwnLine) {
    EXPECT_EQ(line_of_error("{\"a\": 1,\n // \"b\": 2,\n}"), 1);
    EXPECT_EQ(line_of_error("{\"a\": [1,\n2, /* , */\n]}"), 2);
    const auto refused = without_comments("{\"a\": 1,\n\n}");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "invalid_json");
    EXPECT_NE(refused.error().message.find("line 3; remove the comma"), std::string::npos);
    EXPECT_EQ(read(R"({"a": ",}"})"), (json{{"a", ",}"}}));
}

TEST(JsonComments, WhatDoesNotEndIsToldAndNeverReadBeyond) {
    EXPECT_EQ(line_of_error("{\n/* never"), 2);
    EXPECT_EQ(line_of_error("{\n/*/"), 2);
    EXPECT_NE(line_of_error("{\"a\": \"open // \n}"), 0);
    for (const char* text : {"", "/", "\"", "\"\\", "//", "/**/", "{\"a\": 1} /", "*/", "[,]", ",", "\\"})
        static_cast<void>(read(text));
    EXPECT_NE(line_of_error("{\"a\": 1} # no comment of JSON"), 0);
}

}  // namespace
}  // namespace capbridge
