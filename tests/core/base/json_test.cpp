#include "core/base/json.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace capbridge {
namespace {

Error refused(std::string_view text, const JsonLimits& limits = {}) {
    const auto parsed = parse_json(text, limits);
    EXPECT_FALSE(parsed) << text;
    const auto ordered = parse_ordered_json(text, limits);
    EXPECT_FALSE(ordered) << text;
    return parsed ? Error{} : parsed.error();
}

TEST(ParseJson, ReadsAnyValueAndPassesOverABom) {
    EXPECT_EQ(parse_json("\xEF\xBB\xBF{\"a\": [1, 2.5, null, \"\\u00e9\"]}").value(),
              (json{{"a", {1, 2.5, nullptr, "é"}}}));
    EXPECT_EQ(parse_json(" 7 ").value(), json(7));
    EXPECT_EQ(parse_json("[{},[],\"}]\"]").value().size(), 3u);
}

TEST(ParseJson, TheOrderedFormKeepsTheOrderOfTheText) {
    EXPECT_EQ(parse_ordered_json(R"({"z":1,"a":{"y":2,"b":3}})").value().dump(),
              R"({"z":1,"a":{"y":2,"b":3}})");
}

TEST(ParseJson, LimitsOfBytes) {
    EXPECT_TRUE(parse_json("[1,2]", {5, 64}));
    EXPECT_EQ(refused("[1,2]", {4, 64}).code, "too_large");
}

TEST(ParseJson, LimitsOfDepth) {
    EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])", {100, 2}));
    EXPECT_EQ(refused(R"([{"a":[]}])", {100, 2}).code, "too_deep");
    EXPECT_TRUE(parse_json(R"(["[[[[", {"[[[": "{{{"}])", {100, 2})) << "brackets in a string are no depth";
    EXPECT_EQ(refused(std::string(1'000'000, '[')).code, "too_deep");
}

TEST(ParseJson, ADuplicateMemberIsNamedWithItsLine) {
    const auto error = refused("{\n\"a\": 1,\n\"b\": {\"c/d\": {},\n\"x\": 2,\n\"c/d\": 3}}");
    EXPECT_EQ(error.code, "duplicate_key");
    EXPECT_EQ(error.where, "/b/c~1d");
    EXPECT_EQ(error.line, 5);
    EXPECT_EQ(refused(R"([{"a":1,"\u0061":2}])").where, "/0/a") << "another spelling of the same name";
    EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2},{"b":{"a":{"a":"a"}}}])")) << "the same name in other objects";
}

TEST(ParseJson, ANumberThatNoDoubleHoldsIsAnErrorAndNoException) {
    EXPECT_EQ(refused("[1e999]").code, "invalid_json");
}

TEST(ParseJson, OnlyUtf8) {
    EXPECT_EQ(refused("\"\xC3(\"").code, "invalid_utf8");
    EXPECT_EQ(refused("\"\xED\xA0\x80\"").code, "invalid_utf8");
    EXPECT_EQ(refused(R"("\ud800")").code, "invalid_json") << "half a surrogate pair";
}

TEST(ParseJson, AnErrorTellsItsLine) {
    EXPECT_EQ(refused("{\n  \"a\": 1,\n  oops\n}").line, 3);
    EXPECT_EQ(refused("{\n  \"a\": \"x\n\"}").line, 2) << "a line break within a string";
    EXPECT_EQ(refused("{\n\"a\": [1,\n").line, 3);
    EXPECT_EQ(refused("").line, 1);
    for (const char* text : {"{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "[1}", "]", "{1:2}", "nul", "\"", "1 2",
                             "01", "// x\n1", "\"\\"}) {
        EXPECT_EQ(refused(text).code, "invalid_json");
    }
}

TEST(ParseJson, AnErrorDoesNotRepeatTheDocument) {
    EXPECT_EQ(refused("{\"name\": \"Ann Example").message.find("Ann"), std::string::npos);
}

TEST(JsonLines, TellTheLineOnWhichEachValueBegins) {
    const auto lines = json_lines(R"({
  "list": [
    [1, 2],
    {"a/b": "x\"}]\n{",
     "t~": null, "\u0061[": "\\"},
    []
  ],
  "late":
    {
    },
  "last": true
})");
    const std::unordered_map<std::string, int> expected{
        {"", 1},           {"/list", 2},   {"/list/0", 3},      {"/list/0/0", 3},
        {"/list/0/1", 3},  {"/list/1", 4}, {"/list/1/a~1b", 4}, {"/list/1/t~0", 5},
        {"/list/1/a[", 5}, {"/list/2", 6}, {"/late", 9},        {"/last", 11}};
    EXPECT_EQ(lines, expected);
}

TEST(ParseJson, ALongNameAboveManyValuesCostsNoMoreThanItsBytes) {
    std::string text = "{\"" + std::string(440'000, 'x') + "\":[";
    for (int i = 0; i < 50'000; ++i) text += "{},1,";
    text += "{\"a\":1,\"a\":2}]}";
    const auto began = std::chrono::steady_clock::now();
    const auto error = refused(text);
    // With a pointer for each value these were 44 GB of copying, twice.
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_EQ(error.code, "duplicate_key");
    EXPECT_TRUE(error.where.ends_with("/100000/a"));
}

TEST(JsonLines, ABomMovesNothing) {
    EXPECT_EQ(json_lines("\xEF\xBB\xBF{\n\"a\": 1}").at("/a"), 2);
}

TEST(JsonLines, OfTextThatIsNotJsonDoNotHurt) {
    for (const char* text : {"", "{", "}", "]]", "\"", "{\"a", "[,", "{\"a\":}", "\\"}) json_lines(text);
    EXPECT_EQ(json_lines("[\n1").at("/0"), 2);
}

TEST(PointerAppend, EscapesTildeAndSlash) {
    EXPECT_EQ(pointer_append("/a", "b/c~d"), "/a/b~1c~0d");
    EXPECT_EQ(pointer_append("", std::size_t{3}), "/3");
    EXPECT_EQ(pointer_append("/a", ""), "/a/");
}

TEST(GetString, GivesTheDefaultForAnythingButAString) {
    const json object{{"a", "x"}, {"b", 1}};
    EXPECT_EQ(get_string(object, "a"), "x");
    EXPECT_EQ(get_string(object, "b", "none"), "none");
    EXPECT_EQ(get_string(object, "c"), "");
    EXPECT_EQ(get_string(json::array(), "a", "none"), "none");
}

}  // namespace
}  // namespace capbridge
