// Cross-checks: a small framework that is right, and one edit at a time that makes it wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/framework/framework.hpp"

namespace capbridge::framework {
namespace {

const std::string tiny = R"({
"id": "tiny", "version": "1.0.0", "iri": "https://e.example/tiny", "title": "Tiny",
"source": {"title": "T", "publisher": "P", "date": "2026"},
"archetypes": [
{"id": "doer", "name": "Doer", "definition": "Does.", "responsibilities": []},
{"id": "thinker", "name": "Thinker", "definition": "Thinks.", "responsibilities": []}],
"groups": [{"id": "g", "name": "G"}],
"factors": [
{"id": "f1", "name": "F1", "group": "g"},
{"id": "f2", "name": "F2", "group": null}],
"levels": [
{"id": "low", "kind": "knowledge", "rank": 1, "implies": [], "name": "Low", "description": "Low."},
{"id": "high", "kind": "knowledge", "rank": 2, "implies": ["low"], "name": "High", "description": "High."},
{"id": "can", "kind": "skill", "rank": 1, "implies": [], "name": "Can", "description": "Can."}],
"tiers": [{"id": "foundational", "name": "F", "description": "F.", "tables": ["1"]}, {"id": "advanced", "name": "A", "description": "A.", "tables": ["2"]}],
"applicability": {"doer": ["f1"]},
"applicability_notes": [], "flags": {},
"topics": [
{"id": "t1", "name": "T1"}, {"id": "t2", "name": "T2"}],
"requirements": [
{"id": "r1", "table": "1", "ordinal": 1, "tier": "foundational", "archetypes": ["doer", "thinker"], "group": null, "factor": "f2", "kind": "knowledge", "level": "low", "topic": "t1", "title": "R1", "statement": "S1", "flags": []},
{"id": "r2", "table": "2", "ordinal": 1, "tier": "advanced", "archetypes": ["doer"], "group": "g", "factor": "f1", "kind": "knowledge", "level": "high", "topic": "t1", "title": "R2", "statement": "S2", "flags": []},
{"id": "r3", "table": "2", "ordinal": 2, "tier": "advanced", "archetypes": ["doer"], "group": "g", "factor": "f1", "kind": "skill", "level": "can", "topic": "t2", "title": "R3", "statement": "S3", "flags": []}],
"questions": [
{"id": "q1", "table": "3", "ordinal": 1, "archetype": "thinker", "factor": "f1", "group": "g", "title": "Q", "flags": []}]
})";

// The tiny framework with `from`, on the 1-based `line`, made `to`.
std::string edited(int line, const std::string& from, const std::string& to) {
    std::size_t begin = 0;
    for (int i = 1; i < line; ++i) begin = tiny.find('\n', begin) + 1;
    const auto at = tiny.find(from, begin);
    EXPECT_LT(at, tiny.find('\n', begin)) << "line " << line << " has no " << from;
    auto out = tiny;
    return out.replace(at, from.size(), to);
}

Problems check(const std::string& text) {
    return check_framework(*parse_json(text), text);
}

auto problem(const std::string& code, const std::string& pointer, int line) {
    return testing::AllOf(testing::Field(&Problem::code, code), testing::Field(&Problem::pointer, pointer),
                          testing::Field(&Problem::line, line),
                          testing::Field(&Problem::severity, Problem::Severity::error));
}

TEST(CheckFramework, AcceptsWhatIsRight) {
    EXPECT_THAT(check(tiny), testing::IsEmpty());
    const auto loaded = load_framework(tiny, "tiny.json");
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->requirements.size(), 3u);
    EXPECT_TRUE(loaded->implies(loaded->requirements[1], loaded->requirements[0]));
}

struct Edit {
    int line;
    std::string from, to, code, pointer;
};

TEST(CheckFramework, EachMistakeHasItsCodePointerAndLine) {
    const std::vector<Edit> edits{
        {9, "\"g\"", "\"x\"", "unknown_group", "/factors/0/group"},
        {16, "doer", "nobody", "unknown_archetype", "/applicability/nobody"},
        {16, "[\"f1\"]", "[\"f1\", \"x\"]", "unknown_factor", "/applicability/doer/1"},
        {21, "[\"doer\", \"thinker\"]", "[\"doer\", \"x\"]", "unknown_archetype",
         "/requirements/0/archetypes/1"},
        {21, "\"group\": null", "\"group\": \"x\"", "unknown_group", "/requirements/0/group"},
        {21, "\"f2\"", "\"x\"", "unknown_factor", "/requirements/0/factor"},
        {21, "\"low\"", "\"mastery\"", "unknown_level", "/requirements/0/level"},
        {21, "\"t1\"", "\"x\"", "unknown_topic", "/requirements/0/topic"},
        {21, "\"foundational\"", "\"x\"", "unknown_tier", "/requirements/0/tier"},
        {25, "\"thinker\"", "\"x\"", "unknown_archetype", "/questions/0/archetype"},
        {25, "\"f1\"", "\"x\"", "unknown_factor", "/questions/0/factor"},
        {13, "[\"low\"]", "[\"low\", \"x\"]", "unknown_level", "/levels/1/implies/1"},
        {6, "\"thinker\"", "\"doer\"", "duplicate_id", "/archetypes/1/id"},
        {10, "\"f2\"", "\"f1\"", "duplicate_id", "/factors/1/id"},
        {13, "\"high\"", "\"low\"", "duplicate_id", "/levels/1/id"},
        {19, "\"t2\"", "\"t1\"", "duplicate_id", "/topics/1/id"},
        {23, "\"r3\"", "\"r1\"", "duplicate_id", "/requirements/2/id"},
        {22, "\"f1\"", "\"f2\"", "factor_not_applicable", "/requirements/1/factor"},
        {22, "[\"doer\"]", "[\"thinker\"]", "factor_not_applicable", "/requirements/1/factor"},
        {23, "\"ordinal\": 2", "\"ordinal\": 3", "ordinal_gap", "/requirements/2/ordinal"},
        {23, "\"ordinal\": 2", "\"ordinal\": 1", "ordinal_gap", "/requirements/2/ordinal"},
        {25, "\"ordinal\": 1", "\"ordinal\": 2", "ordinal_gap", "/questions/0/ordinal"},
        {12, "[]", "[\"high\"]", "level_order", "/levels/0/implies/0"},
        {12, "[]", "[\"low\"]", "level_order", "/levels/0/implies/0"},
        {13, "[\"low\"]", "[\"low\", \"can\"]", "level_order", "/levels/1/implies/1"},
        {23, "\"can\"", "\"low\"", "level_kind", "/requirements/2/level"},
        {22, "\"knowledge\"", "\"skill\"", "level_kind", "/requirements/1/level"},
    };
    for (const auto& edit : edits) {
        EXPECT_THAT(check(edited(edit.line, edit.from, edit.to)),
                    testing::Contains(problem(edit.code, edit.pointer, edit.line)))
            << edit.code << " " << edit.to;
    }
}

TEST(CheckFramework, AMistakeIsToldOnce) {
    EXPECT_THAT(check(edited(21, "\"low\"", "\"mastery\"")), testing::SizeIs(1));
    EXPECT_THAT(check(edited(23, "\"ordinal\": 2", "\"ordinal\": 3")), testing::SizeIs(1));
}

TEST(CheckFramework, NullsOfTheSourceAreNoUnknowns) {
    EXPECT_THAT(check(edited(21, "\"low\"", "null")), testing::IsEmpty());
    EXPECT_THAT(check(edited(21, "\"f2\"", "null")), testing::IsEmpty());
}

TEST(CheckFramework, FoundationalItemsNeedNoTick) {
    EXPECT_THAT(check(edited(21, "\"f2\"", "\"f1\"")), testing::IsEmpty())
        << "f1 is not ticked for the thinker";
}

TEST(CheckFramework, TheShapeComesFirst) {
    EXPECT_THAT(check(edited(22, "\"ordinal\": 1", "\"ordinal\": 0")),
                testing::ElementsAre(problem("schema", "/requirements/1/ordinal", 22)));
    EXPECT_THAT(check(edited(21, "\"knowledge\"", "\"faith\"")),
                testing::ElementsAre(problem("schema", "/requirements/0/kind", 21)));
    EXPECT_THAT(check(edited(21, "[\"doer\", \"thinker\"]", "\"doer\"")),
                testing::Contains(problem("schema", "/requirements/0/archetypes", 21)));
    EXPECT_THAT(check("{}"), testing::Contains(testing::Field(&Problem::code, "schema")));
    EXPECT_THAT(check("[]"), testing::Contains(testing::Field(&Problem::code, "schema")));
}

TEST(CheckFramework, ASchemaErrorHidesNoOther) {
    auto text = edited(22, "\"ordinal\": 1", "\"ordinal\": \"one\"");
    text.replace(text.find("\"can\", \"topic\""), 5, "\"x\"");
    text.replace(text.find("\"name\": \"F2\""), 12, "\"nam\": 1");
    text.replace(text.find("\"thinker\", \"factor\""), 9, "\"nobody\"");
    EXPECT_THAT(check(text), testing::UnorderedElementsAre(
                                 problem("schema", "/requirements/1/ordinal", 22),
                                 problem("schema", "/factors/1", 10), problem("schema", "/factors/1/nam", 10),
                                 problem("unknown_level", "/requirements/2/level", 23),
                                 problem("unknown_archetype", "/questions/0/archetype", 25)));
}

// Every value of the document made each of these, and every member left out: no exception, and no silence
// about a wrong type.
void spoil(const json& whole, const json::json_pointer& at, const std::function<void(const json&)>& visit) {
    for (const json& wrong :
         {json(nullptr), json(7), json(-1e300), json("~/ "), json::array({nullptr}),
          json::array({json::array()}), json{{"a/b~", nullptr}}, json(true), json(std::string(20000, 'a'))}) {
        json copy = whole;
        copy[at] = wrong;
        visit(copy);
    }
    const auto& here = whole[at];
    if (here.is_object()) {
        for (const auto& [name, value] : here.items()) {
            json copy = whole;
            copy[at].erase(name);
            visit(copy);
            spoil(whole, at / name, visit);
        }
    } else if (here.is_array() && !here.empty()) {
        spoil(whole, at / std::size_t{0}, visit);
    }
}

TEST(CheckFramework, NoDocumentMakesItThrow) {
    int documents = 0;
    spoil(*parse_json(tiny), json::json_pointer(), [&](const json& document) {
        ++documents;
        EXPECT_NO_THROW(check_framework(document, document.dump(1))) << document.dump();
    });
    EXPECT_GT(documents, 300);
}

TEST(CheckFramework, WithoutTheTextThereIsNoLine) {
    EXPECT_THAT(check_framework(*parse_json(edited(21, "\"low\"", "\"x\""))),
                testing::ElementsAre(problem("unknown_level", "/requirements/0/level", 0)));
}

TEST(LoadFramework, ARefusedFileListsEveryMistakeWithNameAndLine) {
    auto text = edited(23, "\"can\"", "\"x\"");
    text.replace(text.find("\"t1\", \"title\": \"R1\""), 4, "\"t9\"");
    const auto loaded = load_framework(text, "own.json");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, "invalid_document");
    EXPECT_THAT(
        loaded.error().message,
        testing::AllOf(
            testing::HasSubstr("own.json:21: /requirements/0/topic: unknown topic 't9' [unknown_topic]"),
            testing::HasSubstr("own.json:23: /requirements/2/level: unknown level 'x' [unknown_level]")));
}

TEST(LoadFramework, TextThatIsNoJsonIsToldWithNameAndLine) {
    const auto loaded = load_framework("{\n\"id\": oops}", "own.json");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, "invalid_json");
    EXPECT_EQ(loaded.error().where, "own.json");
    EXPECT_EQ(loaded.error().line, 2);
    EXPECT_EQ(load_framework("{\"id\":1,\n\"id\":2}", "own.json").error().code, "duplicate_key");
}

}  // namespace
}  // namespace capbridge::framework
