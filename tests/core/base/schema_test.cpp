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
    EXPECT_THAT(problems[0].message, testing::HasSubstr("id"));
}

TEST(ValidateJson, AnUnknownMemberIsNamed) {
    const auto problems = check("{\"id\": \"a\", \"levels\": [], \"extra\": 1}");
    ASSERT_THAT(problems, testing::ElementsAre(problem("", 1)));
    EXPECT_THAT(problems[0].message, testing::HasSubstr("extra"));
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
