// keys_of where the statement is unusual; the usual one is in statement_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/xapi/statement.hpp"
#include "sample.hpp"

namespace capbridge::xapi {
namespace {

using Kind = Key::Kind;

std::vector<std::string> values(const json& statement, Kind kind) {
    std::vector<std::string> out;
    for (const auto& key : keys_of(statement)) {
        if (key.kind == kind) out.push_back(key.value);
    }
    return out;
}

TEST(KeysOf, ContextAgentsAndGroupsAreRelated) {
    auto s = small_statement();
    s["context"] = json::parse(R"({
        "contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:coach@trust.example"}}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group",
            "openid": "https://id.example/team", "member": [{"mbox": "mailto:player@trust.example"}]}}]})");
    EXPECT_THAT(
        values(s, Kind::any_agent),
        testing::UnorderedElementsAre("mbox|mailto:ann@trust.example", "mbox|mailto:coach@trust.example",
                                      "openid|https://id.example/team", "mbox|mailto:player@trust.example"));
    EXPECT_THAT(values(s, Kind::actor), testing::ElementsAre("mbox|mailto:ann@trust.example"));
}

TEST(KeysOf, AGroupOfThousandsHasEachKeyOnce) {
    auto s = small_statement();
    json members = json::array();
    for (int i = 0; i < 3000; ++i)
        members.push_back({{"mbox", "mailto:" + std::to_string(i % 1000) + "@trust.example"}});
    s["actor"] = {{"objectType", "Group"}, {"member", members}};
    auto actors = values(s, Kind::actor);
    EXPECT_THAT(actors, testing::SizeIs(1000));
    std::sort(actors.begin(), actors.end());
    EXPECT_EQ(std::unique(actors.begin(), actors.end()), actors.end());
    EXPECT_THAT(values(s, Kind::any_agent), testing::SizeIs(1000));
    EXPECT_THAT(values(s, Kind::object_activity), testing::SizeIs(1));
}

TEST(KeysOf, TheSameActivityInObjectAndContextIsTwoKeys) {
    auto s = small_statement();
    s["context"]["contextActivities"]["parent"] = json::array({s["object"], s["object"]});
    EXPECT_THAT(values(s, Kind::object_activity), testing::SizeIs(1));
    EXPECT_THAT(values(s, Kind::any_activity), testing::SizeIs(1));
}

TEST(KeysOf, OfAnythingAtAllThrowsNothing) {
    for (const char* text :
         {"null", "[]", "1", "\"x\"", "{}", R"({"verb":[],"actor":5,"object":[],"context":[1]})",
          R"({"context":{"contextActivities":{"parent":[1,null,[]]},"contextAgents":{"a":1},
                                 "contextGroups":[1,{"group":5}],"registration":7}})",
          R"({"actor":{"account":5,"member":{"a":1}},"object":{"objectType":7}})"}) {
        EXPECT_NO_THROW(keys_of(json::parse(text))) << text;
        EXPECT_THAT(keys_of(json::parse(text)), testing::IsEmpty()) << text;
    }
}

}  // namespace
}  // namespace capbridge::xapi
