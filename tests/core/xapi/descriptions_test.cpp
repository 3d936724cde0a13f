#include "core/xapi/descriptions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample.hpp"

namespace capbridge::xapi {
namespace {

TEST(DefinitionsOf, EachActivityThatBringsOne) {
    EXPECT_THAT(definitions_of(small_statement()), testing::IsEmpty());
    const auto one = definitions_of(full_statement());
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0].id, "https://lms.example/course/1");
    EXPECT_EQ(json::parse(one[0].definition), full_statement()["object"]["definition"]);

    auto inner = small_statement();
    inner["objectType"] = "SubStatement";
    inner["object"] = {{"id", "urn:a"}, {"definition", {{"name", {{"en", "A"}}}}}};
    inner["context"]["contextActivities"]["parent"] = {{"id", "urn:b"}, {"definition", {{"type", "urn:t"}}}};
    auto outer = small_statement();
    outer["object"] = inner;
    outer["context"]["contextActivities"]["other"] = {
        {{"id", "urn:a"}, {"definition", {{"name", {{"de", "Ah"}}}}}},
        {{"id", "urn:c"}, {"definition", json::object()}}};
    const auto more = definitions_of(outer);
    ASSERT_EQ(more.size(), 2u);
    EXPECT_EQ(more[0].id, "urn:a");
    EXPECT_EQ(json::parse(more[0].definition), json::parse(R"({"name":{"en":"A","de":"Ah"}})"));
    EXPECT_EQ(more[1].id, "urn:b");
}

TEST(MergeDefinition, JoinsLanguagesAndExtensionsAndTakesTheLaterWord) {
    const auto merged = merge_definition(
        R"({"name":{"en":"Old","de":"Alt"},"type":"urn:old","extensions":{"urn:a":{"x":1}},"moreInfo":"urn:m"})",
        R"({"name":{"en":"New","fr":"Neuf"},"type":"urn:new","extensions":{"urn:a":{"y":2},"urn:b":null}})");
    EXPECT_EQ(json::parse(merged),
              json::parse(R"({"name":{"en":"New","de":"Alt","fr":"Neuf"},"type":"urn:new",
        "extensions":{"urn:a":{"y":2},"urn:b":null},"moreInfo":"urn:m"})"));
}

TEST(MergeDefinition, GivesBackWhatIsKnownWhenNothingIsNew) {
    const std::string known =
        R"({ "type":"urn:t", "name" : {"en":"A","de":"B"},"choices":[{"id":"a","description":{"en":"x","de":"y"}}]})";
    EXPECT_EQ(merge_definition(known, known), known);
    for (const char* told : {"{}", R"({"name":{"de":"B"}})", R"({"type":"urn:t"})",
                             R"({"choices":[{"id":"a","description":{"en":"x"}}]})",
                             R"({"choices":[{"id":"a"}]})", "", "{", "[1]", "null"})
        EXPECT_EQ(merge_definition(known, told), known) << told;
}

TEST(MergeDefinition, IsTheSameTextHoweverItWasTold) {
    EXPECT_EQ(merge_definition("", R"({"b":1, "a":2})"), merge_definition("", R"({"a":2,"b":1})"));
    EXPECT_EQ(merge_definition(R"({"name":{"en":"A"}})", R"({"type":"urn:t"})"),
              merge_definition(R"({"type":"urn:t"})", R"({"name":{"en":"A"}})"));
    EXPECT_EQ(merge_definition("", ""), "");
    EXPECT_EQ(merge_definition("not json", R"({"a":1})"), R"({"a":1})");
}

TEST(MergeDefinition, ComponentsKeepTheirOtherLanguages) {
    const auto merged =
        json::parse(merge_definition(R"({"choices":[{"id":"a","description":{"en":"A"}},{"id":"gone"}]})",
                                     R"({"choices":[{"id":"b"},{"id":"a","description":{"de":"Ah"}}]})"));
    EXPECT_EQ(merged["choices"],
              json::parse(R"([{"id":"b"},{"id":"a","description":{"de":"Ah","en":"A"}}])"));
    EXPECT_NO_THROW(merge_definition(R"({"choices":[1,{"id":5,"description":7}],"name":"x"})",
                                     R"({"choices":[null,{"id":"a"}],"name":{"en":"x"}})"));
}

TEST(NamesOf, AgentsAndGroupsThatCanBeTold) {
    auto s = full_statement();
    s["context"]["instructor"]["name"] = "Ann";
    s["context"]["contextAgents"] =
        json::parse(R"([{"agent":{"name":"Ann","mbox":"mailto:teacher@trust.example"}}])");
    s["object"] = {{"objectType", "Group"}, {"name", "nobody"}, {"member", json::array()}};
    std::vector<std::string> told;
    for (const auto& each : names_of(s)) told.push_back(each.agent + "=" + each.name);
    EXPECT_THAT(told, testing::UnorderedElementsAre("mbox|mailto:team@trust.example=Team",
                                                    "account|https://lms.example/|17=A",
                                                    "mbox|mailto:teacher@trust.example=Ann"));
    EXPECT_THAT(names_of(small_statement()), testing::IsEmpty());
    EXPECT_THAT(names_of(json::parse(R"({"actor":{"name":5,"mbox":7}})")), testing::IsEmpty());
}

TEST(PersonOf, HasAListOfEverything) {
    EXPECT_EQ(
        person_of({{"objectType", "Agent"}, {"name", "Ann"}, {"mbox", "mailto:a@b"}}, {"A. Smith", "Ann"}),
        json::parse(R"({"objectType":"Person","name":["A. Smith","Ann"],"mbox":["mailto:a@b"]})"));
    EXPECT_EQ(person_of({{"name", "Ann"}, {"openid", "urn:a"}}, {}),
              json::parse(R"({"objectType":"Person","name":["Ann"],"openid":["urn:a"]})"));
    EXPECT_EQ(person_of({{"account", {{"homePage", "urn:h"}, {"name", "17"}}}}, {}),
              json::parse(R"({"objectType":"Person","account":[{"homePage":"urn:h","name":"17"}]})"));
    EXPECT_EQ(person_of(5, {}), (json{{"objectType", "Person"}}));
}

}  // namespace
}  // namespace capbridge::xapi
