// The Agents, Activities and About resources (xAPI 1.0.3 part 3, 2.4, 2.5 and 2.8), and HEAD of each.
#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

using DescriptionsTest = LrsTest;

TEST_F(DescriptionsTest, AnAgentIsAPersonWithTheNamesItWasGiven) {
    auto named = agent();
    const auto unknown = ask("GET", "/xapi/agents?" + agent_parameter_of(named));
    EXPECT_EQ(200, unknown.status);
    EXPECT_EQ("Person", unknown.parsed()["objectType"]);
    EXPECT_EQ(json::array({"mailto:ada@example.org"}), unknown.parsed()["mbox"]);
    for (const auto* name : {"Ada", "Ada L.", "Ada"}) {
        auto given = statement();
        given["actor"]["name"] = name;
        ASSERT_EQ(200, post(given).status);
    }
    auto names = ask("GET", "/xapi/agents?" + agent_parameter_of(named)).parsed()["name"];
    std::sort(names.begin(), names.end());
    EXPECT_EQ(json({"Ada", "Ada L."}), names);
    const auto account = json{{"account", {{"homePage", "https://lms.example.org"}, {"name", "17"}}}};
    EXPECT_EQ(json::array({account["account"]}),
              ask("GET", "/xapi/agents?" + agent_parameter_of(account)).parsed()["account"]);
}

TEST_F(DescriptionsTest, WhatIsNoAgentIs400) {
    for (const auto* bad :
         {"", "7", "{}", "[]", "text", R"({"mbox":"ada@example.org"})", R"({"mbox":"mailto:"})",
          R"({"openid":"no iri"})", R"({"mbox_sha1sum":"12"})", R"({"account":{"name":"x"}})",
          R"({"mbox":"mailto:a@b.c","openid":"https://a.b"})",
          R"({"objectType":"Person","mbox":"mailto:a@b.c"})", R"({"mbox":["mailto:a@b.c"]})"}) {
        const auto answer = ask("GET", "/xapi/agents?agent=" + url_encode(bad));
        EXPECT_EQ(400, answer.status) << bad;
        EXPECT_EQ("agent", answer.parsed()["where"]) << bad;
    }
    EXPECT_EQ(400, ask("GET", "/xapi/agents").status);
    EXPECT_EQ(400, ask("GET", "/xapi/agents?" + agent_parameter_of(agent()) + "&name=x").status);
}

TEST_F(DescriptionsTest, AnActivityIsAllThatStatementsToldOfIt) {
    const std::string target = "/xapi/activities?activityId=https%3A%2F%2Fexample.org%2Fa";
    EXPECT_EQ(json({{"objectType", "Activity"}, {"id", "https://example.org/a"}}),
              ask("GET", target).parsed());
    auto first = statement(), second = statement();
    first["object"]["definition"] = {{"name", {{"en", "Quiz"}}}, {"type", "https://example.org/type"}};
    second["context"]["contextActivities"]["parent"] =
        json::array({{{"id", "https://example.org/a"}, {"definition", {{"name", {{"cy", "Cwis"}}}}}}});
    ASSERT_EQ(200, post(json::array({first, second})).status);
    EXPECT_EQ(json({{"name", {{"cy", "Cwis"}, {"en", "Quiz"}}}, {"type", "https://example.org/type"}}),
              ask("GET", target).parsed()["definition"]);
    EXPECT_EQ(400, ask("GET", "/xapi/activities").status);
    EXPECT_EQ(400, ask("GET", "/xapi/activities?activityId=nonsense").status);
}

TEST_F(DescriptionsTest, HeadIsGetWithoutTheBody) {
    ASSERT_EQ(200, post(statement()).status);
    for (const auto& target :
         {std::string("/xapi/about"), std::string("/xapi/statements"),
          std::string("/xapi/activities?activityId=x:y"), "/xapi/agents?" + agent_parameter_of(agent()),
          "/xapi/agents/profile?" + agent_parameter_of(agent()),
          std::string("/xapi/activities/profile?activityId=x:y"),
          "/xapi/activities/state?activityId=x:y&" + agent_parameter_of(agent())}) {
        const auto head = ask("HEAD", target), get = ask("GET", target);
        EXPECT_EQ(200, head.status) << target;
        EXPECT_EQ("", head.body);
        EXPECT_EQ(get.header("content-length"), head.header("content-length")) << target;
        EXPECT_EQ(get.header("content-type"), head.header("content-type")) << target;
        EXPECT_EQ(get.header("x-experience-api-version"), head.header("x-experience-api-version"));
    }
    EXPECT_EQ(404, ask("HEAD", "/xapi/statements?statementId=" + uuid_v4()).status);
}

TEST_F(DescriptionsTest, EveryResourceButAboutNeedsAVersion) {
    for (const auto* path :
         {"statements", "agents", "activities", "agents/profile", "activities/profile", "activities/state"}) {
        const auto answer = get(std::string("/xapi/") + path, authorization);
        EXPECT_EQ(400, answer.status) << path;
        EXPECT_EQ("0.95", answer.header("x-experience-api-version")) << path;
        EXPECT_EQ(
            400,
            get(std::string("/xapi/") + path, authorization + "X-Experience-API-Version: 1.1.0\r\n").status);
    }
    const auto about = get("/xapi/about", "");
    EXPECT_EQ(200, about.status);
    const auto versions = about.parsed()["version"];
    for (const auto* wanted : {"1.0.3", "2.0.0"})
        EXPECT_NE(versions.end(), std::find(versions.begin(), versions.end(), wanted));
    EXPECT_EQ(400, get("/xapi/about?colour=red", "").status);
}

}  // namespace
}  // namespace capbridge::server::testing
