#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"

namespace capbridge {
namespace {

using testing::Field;

const json& schema() {
    static const json document = json::parse(R"({
        "type": "object",
        "required": ["id", "levels"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z]+$"},
            "levels": {"type": "array", "items": {
                "type": "object",
                "properties": {"rank": {"type": "integer", "minimum": 1}, "a]b/c": {"enum": ["x"]}}}},
            "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "names": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}}
        }})");
    return document;
}

Problems check(std::string_view text) {
    return validate_json(*parse_json(text), schema(), text);
}

auto problem(const std::string& pointer, int line) {
    return testing::AllOf(Field(&Problem::code, "schema"), Field(&Problem::pointer, pointer),
                          Field(&Problem::line, line), Field(&Problem::severity, Problem::Severity::error),
                          Field(&Problem::message, testing::Not("")));
}

TEST(ValidateJson, AcceptsWhatTheSchemaAllows) {
    EXPECT_THAT(check(R"({"id": "a", "levels": [{"rank": 1}, {}], "either": null, "names": {"a": 1}})"),
                testing::IsEmpty());
}

TEST(ValidateJson, EveryBreachHasItsPointerAndLineAndIsToldOnce) {
    EXPECT_THAT(check("{\n\"id\": \"A\",\n\"levels\": [\n{\"rank\": 1},\n{\"rank\":\n0}]}"),
                testing::UnorderedElementsAre(problem("/id", 2), problem("/levels/1/rank", 6)));
}

TEST(ValidateJson, AMissingMemberIsABreachOfItsParent) {
    const auto problems = check("\n{\"levels\": []}");
    ASSERT_THAT(problems, testing::ElementsAre(problem("", 2)));
    EXPECT_EQ(problems[0].message, "'id' is missing");
}

TEST(ValidateJson, AnUnknownMemberIsNamed) {
    const auto problems = check("{\"id\": \"a\", \"levels\": [],\n\"extra\": 1,\n\"colour\": 2}");
    ASSERT_THAT(problems, testing::ElementsAre(problem("/extra", 2), problem("/colour", 3)));
    EXPECT_EQ(problems[1].message, "unknown member 'colour'; known are either, id, levels, names");
}

TEST(ValidateJson, AnyNameMakesAValidPointer) {
    EXPECT_THAT(check("{\"id\": \"a\", \"levels\": [{\n\"a]b/c\": 1}]}"),
                testing::ElementsAre(problem("/levels/0/a]b~1c", 2)));
}

TEST(ValidateJson, NoBreachPassesForLackOfWords) {
    EXPECT_THAT(check(R"({"id": "a", "levels": [], "either": 1})"), testing::Not(testing::IsEmpty()));
    EXPECT_THAT(check(R"({"id": "a", "levels": [], "names": {"A": 1}})"), testing::Not(testing::IsEmpty()));
    EXPECT_THAT(validate_json({{"A", 1}}, {{"propertyNames", {{"pattern", "^[a-z]+$"}}}}),
                testing::Not(testing::IsEmpty()));
}

// What is said of the only member, `value`, when its schema is `rule`.
std::string said(const json& rule, const json& value) {
    const auto problems =
        validate_json({{"value", value}}, {{"type", "object"}, {"properties", {{"value", rule}}}});
    std::string out;
    for (const auto& p : problems) out += (out.empty() ? "" : "\n") + p.pointer + " " + p.message;
    return out;
}

TEST(ValidateJson, SaysInPlainWordsWhatIsWantedAndWhatIsThere) {
    const json name{{"type", "string"}, {"pattern", "^[a-z0-9]+(-[a-z0-9]+)*$"}, {"description", "A name."}};
    EXPECT_EQ(said(name, "A B"),
              "/value 'A B' is not written as it should be; wanted: A name (lower case, digits and single "
              "dashes)");
    EXPECT_EQ(said({{"pattern", "^https://[^@]+$"}}, "https://user:ge@heim@lms.example.org"),
              "/value 'https://...@lms.example.org' is not written as it should be; wanted: pattern "
              "^https://[^@]+$");
    EXPECT_EQ(said(name, 5), "/value should be text, not the number 5; wanted: A name");
    EXPECT_EQ(said({{"type", {"string", "null"}}}, true), "/value should be text or null, not true");
    EXPECT_EQ(said({{"type", "integer"}}, "7"), "/value should be a whole number, not the text '7'");
    EXPECT_EQ(said({{"type", "object"}}, json::array()), "/value should be an object, not a list");
    EXPECT_EQ(said({{"enum", {"a", 1, nullptr}}}, "b"), "/value should be one of 'a', 1, null, not 'b'");
    EXPECT_EQ(said({{"type", "string"}, {"enum", {"a"}}}, 3), "/value should be text, not the number 3");
    EXPECT_EQ(said({{"const", "a"}}, "b"), "/value should be 'a', not 'b'");
    EXPECT_EQ(said({{"minLength", 1}}, ""), "/value is empty");
    EXPECT_EQ(said({{"minLength", 3}}, "a"), "/value should have at least 3 characters, not 'a'");
    EXPECT_EQ(said({{"maxLength", 1}}, "ab"), "/value should have at most 1 character, not 'ab'");
    EXPECT_EQ(said({{"minItems", 1}}, json::array()), "/value is empty");
    EXPECT_EQ(said({{"maxItems", 1}}, {1, 2}), "/value should have at most 1 entry, and has 2");
    EXPECT_EQ(said({{"minProperties", 1}}, json::object()), "/value is empty");
    EXPECT_EQ(said({{"minimum", 1}}, 0), "/value should be at least 1, not 0");
    EXPECT_EQ(said({{"exclusiveMaximum", 1}}, 1), "/value should be less than 1, not 1");
    EXPECT_EQ(said({{"uniqueItems", true}}, {"a", "b", "a"}),
              "/value/2 is there twice: entry 1 of the list is the same");
    EXPECT_EQ(said({{"anyOf", {{{"type", "string"}}, {{"type", "null"}}}}}, 1),
              "/value has none of the forms that are allowed here");
}

TEST(ValidateJson, NoParentRepeatsItsChild) {
    const json number{{"type", "integer"}};
    EXPECT_EQ(said({{"additionalProperties", {{"items", number}}}}, {{"a", {1, "x"}}}),
              "/value/a/1 should be a whole number, not the text 'x'");
    EXPECT_EQ(said({{"patternProperties", {{"^a", number}}}}, {{"ab", "x"}}),
              "/value/ab should be a whole number, not the text 'x'");
    EXPECT_EQ(said({{"allOf", {number}}}, "x"), "/value should be a whole number, not the text 'x'");
    EXPECT_EQ(said({{"if", {{"type", "string"}}}, {"then", {{"minLength", 2}}}}, "x").find("conditional"),
              std::string::npos);
}

TEST(ValidateJson, FollowsReferencesToTheWords) {
    const json rules{{"type", "object"},
                     {"definitions", {{"day", {{"type", "string"}, {"description", "A day."}}}}},
                     {"properties", {{"from", {{"$ref", "#/definitions/day"}}}}}};
    const auto problems = validate_json({{"from", 1}}, rules);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].message, "should be text, not the number 1; wanted: A day");
}

TEST(ValidateJson, NoLongValueIsEchoedAndNoSecret) {
    const std::string text(3000, 'A');
    EXPECT_LT(said({{"pattern", "^[a-z]+$"}}, text).size(), 200U);
    EXPECT_LT(said({{"pattern", "^[a-z]+$"}}, std::string(1 << 20, 'a')).size(), 200U)
        << "nor is the stack overrun";
    EXPECT_EQ(said({{"type", "string"}}, std::string(1 << 20, 'a')), "");
    EXPECT_EQ(said({{"pattern", "^[a-z]+$"}, {"writeOnly", true}}, "HUNTER2").find("HUNTER2"),
              std::string::npos);
    EXPECT_EQ(said({{"enum", {"a"}}}, "line\nbreak").find('\n'), std::string::npos);
}

TEST(ValidateJson, LeavesWhatIsSoundToOtherChecks) {
    json sound;
    validate_json({{"id", "A"}, {"extra", 1}, {"levels", {{{"rank", 1}}, 5, {{"rank", "x"}, {"b", 1}}}}},
                  schema(), {}, &sound);
    EXPECT_EQ(sound, json::parse(R"({"levels": [{"rank": 1}, null, {"b": 1}]})"));
    validate_json({{"levels", json::array()}}, schema(), {}, &sound);
    EXPECT_EQ(sound, json::parse(R"({"levels": []})"));
    validate_json(json::array(), schema(), {}, &sound);
    EXPECT_TRUE(sound.is_null());
    validate_json(json::object(), {{"type", 5}}, {}, &sound);
    EXPECT_TRUE(sound.is_null());
}

TEST(Locate, FallsBackToTheNearestValueAround) {
    Problems problems{{Problem::Severity::error, "x", "/a/0/b", "", 0},
                      {Problem::Severity::error, "x", "/c", "", 0},
                      {Problem::Severity::error, "x", "/a", "", 9}};
    locate(problems, "{\n\"a\": [\n{}]}");
    const auto at = [](const char* pointer, int line) {
        return testing::AllOf(Field(&Problem::pointer, pointer), Field(&Problem::line, line));
    };
    EXPECT_THAT(problems, testing::ElementsAre(at("/c", 1), at("/a/0/b", 3), at("/a", 9)));
}

TEST(ValidateJson, WithoutTheTextThereAreNoLines) {
    EXPECT_THAT(validate_json({{"id", 1}, {"levels", json::array()}}, schema()),
                testing::Contains(problem("/id", 0)));
}

TEST(ValidateJson, TypesAreNotConverted) {
    EXPECT_FALSE(validate_json({{"id", "a"}, {"levels", {{{"rank", "1"}}}}}, schema()).empty());
}

TEST(ValidateJson, ABrokenSchemaIsAProblemAndNoException) {
    EXPECT_THAT(validate_json(json::object(), {{"type", 5}}),
                testing::ElementsAre(Field(&Problem::code, "schema_unusable")));
}

}  // namespace
}  // namespace capbridge
