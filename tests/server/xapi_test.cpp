// The statements resource (xAPI 1.0.3 part 3): headers, parameters, statuses, pages. The bridge is a fake
// one.
#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

const std::string id1 = FakeBridge::row(1).id, id2 = FakeBridge::row(2).id;

TEST_F(ServerTest, AboutAnswersAnybody) {
    const auto answer = get("/xapi/about", "");
    EXPECT_EQ(200, answer.status);
    EXPECT_EQ("2.0.0", answer.parsed()["version"][0]);
    EXPECT_EQ("2.0.0", answer.header("x-experience-api-version"));
}

TEST_F(ServerTest, TheVersionHeaderIsNeededAndAnswered) {
    const auto missing = get("/xapi/statements", basic("all"));
    EXPECT_EQ(400, missing.status);
    EXPECT_NE(std::string::npos, missing.body.find("X-Experience-API-Version"));
    const auto with = [&](const std::string& value) {
        return get("/xapi/statements", basic("all") + "X-Experience-API-Version: " + value + "\r\n");
    };
    EXPECT_EQ("1.0.3", with("1.0").header("x-experience-api-version"));
    EXPECT_EQ("1.0.3", with("1.0.1").header("x-experience-api-version"));
    EXPECT_EQ("2.0.0", with("2.0.0").header("x-experience-api-version"));
    for (const auto* bad : {"0.9", "1.1.0", "1.0.", "1.0.x", "3.0.0", "banana"})
        EXPECT_EQ(400, with(bad).status) << bad;
    // Of a client older than 1.0, which sent no such header.
    EXPECT_EQ("0.95", missing.header("x-experience-api-version"));
    EXPECT_EQ("2.0.0", with("banana").header("x-experience-api-version"));
    EXPECT_EQ("", get("/api/v1/matrix", basic("query")).header("x-experience-api-version"));
}

TEST_F(ServerTest, PostGivesTheIdsInOrder) {
    const auto answer = xapi("POST", "/xapi/statements", "[{},{}]");
    EXPECT_EQ(200, answer.status);
    EXPECT_EQ(json({id1, id2}), answer.parsed());
    EXPECT_EQ("2026-03-01T10:00:01.000Z", answer.header("x-experience-api-consistent-through"));
    EXPECT_EQ("https://bridge.example.org", bridge.authorities.back()["account"]["homePage"]);
    EXPECT_EQ("all", bridge.authorities.back()["account"]["name"]);
    EXPECT_EQ(json::array({id1}), xapi("POST", "/xapi/statements", "{}").parsed());
}

TEST_F(ServerTest, PutNeedsAnIdAndGives204) {
    EXPECT_EQ(400, xapi("PUT", "/xapi/statements", "{}").status);
    EXPECT_EQ(400, xapi("PUT", "/xapi/statements?statementId=nonsense", "{}").status);
    EXPECT_EQ(400, xapi("PUT", "/xapi/statements?statementId=" + id1, "[{}]").status);
    const auto answer = xapi("PUT", "/xapi/statements?statementId=" + id1, "{}");
    EXPECT_EQ(204, answer.status);
    EXPECT_EQ("", answer.body);
    EXPECT_EQ(id1, bridge.put_ids.back());
}

TEST_F(ServerTest, WhatTheBridgeRefusesGetsItsStatus) {
    const std::vector<std::pair<std::string, int>> expected{
        {"invalid_statement", 400}, {"statement_conflict", 409}, {"duplicate_in_batch", 400},
        {"too_large", 413},         {"store_busy", 503},         {"store_full", 503}};
    for (const auto& [code, status] : expected) {
        bridge.post_error = Error{code, "Says why.", "/0/actor", 0};
        const auto answer = xapi("POST", "/xapi/statements", "{}");
        EXPECT_EQ(status, answer.status) << code;
        EXPECT_EQ(json({{"code", code}, {"message", "Says why."}, {"where", "/0/actor"}}), answer.parsed());
    }
}

TEST_F(ServerTest, ABodyThatIsNoStatementNeverReachesTheBridge) {
    for (const auto* body : {"{", "nothing", "7", "\"text\"", R"({"id":1,"id":2})", "\"\xff\""}) {
        EXPECT_EQ(400, xapi("POST", "/xapi/statements", body).status) << body;
    }
    EXPECT_TRUE(bridge.posted.empty());
}

TEST_F(ServerTest, OtherTypesThanJsonAndMultipartMixedAre400) {
    const auto typed = [&](const std::string& type) {
        return send("POST", "/xapi/statements",
                    basic("all") + version + (type.empty() ? "" : "Content-Type: " + type + "\r\n"), "{}")
            .status;
    };
    EXPECT_EQ(400, typed("multipart/form-data; boundary=x"));
    EXPECT_EQ(400, typed("text/plain"));
    EXPECT_EQ(400, typed(""));
    EXPECT_EQ(200, typed("Application/JSON; charset=utf-8"));
}

TEST_F(ServerTest, GetByIdGivesTheStatementUnlessItIsVoided) {
    bridge.statements = 3;
    const auto answer = xapi("GET", "/xapi/statements?statementId=" + id1);
    EXPECT_EQ(200, answer.status);
    EXPECT_EQ(id1, answer.parsed()["id"]);
    EXPECT_TRUE(answer.parsed().contains("stored"));
    EXPECT_EQ("Sun, 01 Mar 2026 10:00:00 GMT", answer.header("last-modified"));
    EXPECT_NE("", answer.header("x-experience-api-consistent-through"));
    EXPECT_EQ(404, xapi("GET", "/xapi/statements?statementId=" + id2).status);
    EXPECT_EQ(200, xapi("GET", "/xapi/statements?voidedStatementId=" + id2).status);
    EXPECT_EQ(404, xapi("GET", "/xapi/statements?voidedStatementId=" + id1).status);
    EXPECT_EQ(404, xapi("GET", "/xapi/statements?statementId=" + FakeBridge::row(77).id).status);
}

TEST_F(ServerTest, ParametersAreCheckedAndNamed) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"colour=red", "colour"},
        {"Verb=x:y", "Verb"},
        {"statementId=1", "statementId"},
        {"limit=-1", "limit"},
        {"limit=many", "limit"},
        {"ascending=yes", "ascending"},
        {"since=yesterday", "since"},
        {"registration=1", "registration"},
        {"agent=%7B", "agent"},
        {"agent=%7B%22name%22%3A%22Ada%22%7D", "agent"},
        {"agent=%7B%22mbox%22%3A7%7D", "agent"},
        {"verb=passed", "verb"},
        {"format=xml", "format"},
        {"cursor=zzz", "cursor"},
        {"limit=1&limit=2", "limit"},
        {"method=PUT", "method"},
        {"statementId=" + id1 + "&verb=x:y", "verb"},
        {"statementId=" + id1 + "&voidedStatementId=" + id2, "statementId"}};
    for (const auto& [query, name] : bad) {
        const auto answer = xapi("GET", "/xapi/statements?" + query);
        EXPECT_EQ(400, answer.status) << query;
        EXPECT_EQ(name, answer.parsed()["where"]) << query << answer.body;
    }
    EXPECT_TRUE(bridge.queries.empty());
    EXPECT_EQ(400, xapi("POST", "/xapi/statements?statementId=" + id1, "{}").status);
}

TEST_F(ServerTest, FiltersReachTheJournal) {
    EXPECT_EQ(200, xapi("GET", "/xapi/statements?verb=http%3A%2F%2Fa%2Fb&activity=x:y&registration=" + id1 +
                                   "&related_agents=true&related_activities=true&ascending=true&limit=7"
                                   "&since=2026-03-01T10:00:00%2B01:00&until=2026-03-02T00:00:00Z&agent=" +
                                   url_encode(R"({"mbox":"mailto:ada@example.org"})"))
                       .status);
    bridge.statements = 1;
    EXPECT_EQ(200, xapi("GET", "/xapi/statements?verb=http%3A%2F%2Fa%2Fb&activity=x:y&registration=" + id1 +
                                   "&related_agents=true&related_activities=true&ascending=true&limit=7"
                                   "&since=2026-03-01T10:00:00%2B01:00&until=2026-03-02T00:00:00Z&agent=" +
                                   url_encode(R"({"mbox":"mailto:ada@example.org"})"))
                       .status);
    ASSERT_EQ(1u, bridge.queries.size()) << "an empty journal is not even asked";
    const auto& q = bridge.queries.back();
    EXPECT_EQ("http://a/b", q.verb);
    EXPECT_EQ("x:y", q.activity);
    EXPECT_EQ(id1, q.registration);
    EXPECT_TRUE(q.agent_key && q.agent_key->find("ada@example.org") != std::string::npos);
    EXPECT_TRUE(q.related_agents && q.related_activities && q.ascending);
    EXPECT_EQ("2026-03-01T09:00:00.000Z", format_instant(*q.since));
    EXPECT_EQ(8u, q.limit);
    EXPECT_EQ(1, q.up_to_seq);
}

TEST_F(ServerTest, NoLimitAndZeroAreTheServersMost) {
    bridge.statements = 1;
    for (const auto* query : {"", "?limit=0", "?limit=100000"}) {
        EXPECT_EQ(200, xapi("GET", std::string("/xapi/statements") + query).status);
        EXPECT_EQ(501u, bridge.queries.back().limit) << query;
    }
}

TEST_F(ServerTest, MoreWalksThroughAllOfTheFirstPagesStatementsAndNoOther) {
    for (const bool ascending : {false, true}) {
        bridge.statements = 7;
        bridge.ahead = 0;
        std::string target = "/xapi/statements?limit=3&verb=x%3Ay";
        if (ascending) target += "&ascending=true";
        std::vector<std::string> ids;
        int pages = 0;
        while (!target.empty() && ++pages < 10) {
            const auto answer = xapi("GET", target);
            ASSERT_EQ(200, answer.status) << target << answer.body;
            const auto page = answer.parsed();
            for (const auto& statement : page["statements"]) ids.push_back(statement["id"]);
            target = page["more"];
            EXPECT_TRUE(target.empty() || target.starts_with("/xapi/statements?")) << target;
            bridge.ahead = 4;  // stored while the client reads
            EXPECT_EQ("x:y", bridge.queries.back().verb);
        }
        EXPECT_EQ(3, pages);
        std::vector<std::string> expected;
        for (int i = 1; i <= 7; ++i) expected.push_back(FakeBridge::row(ascending ? i : 8 - i).id);
        EXPECT_EQ(expected, ids);
    }
}

TEST_F(ServerTest, NothingFoundIsAnEmptyPage) {
    EXPECT_EQ("{\"statements\":[],\"more\":\"\"}", xapi("GET", "/xapi/statements").body);
}

TEST_F(ServerTest, AttachmentsTrueAnswersMultipartWithTheJsonFirst) {
    bridge.statements = 1;
    const auto answer = xapi("GET", "/xapi/statements?attachments=true");
    EXPECT_TRUE(answer.header("content-type").starts_with("multipart/mixed; boundary="));
    EXPECT_NE(std::string::npos, answer.body.find("Content-Type: application/json\r\n\r\n{\"statements\":["));
    EXPECT_EQ("application/json", xapi("GET", "/xapi/statements?attachments=false").header("content-type"));
}

TEST_F(ServerTest, FormatIdsKeepsOnlyWhatIdentifies) {
    bridge.statements = 1;
    const auto statement = xapi("GET", "/xapi/statements?format=ids").parsed()["statements"][0];
    EXPECT_EQ(json({{"objectType", "Agent"}, {"mbox", "mailto:ada@example.org"}}), statement["actor"]);
    EXPECT_EQ(json({{"id", "http://adlnet.gov/expapi/verbs/passed"}}), statement["verb"]);
    EXPECT_EQ(json({{"id", "https://example.org/a"}}), statement["object"]);
}

TEST_F(ServerTest, FormatCanonicalPicksOneLanguage) {
    bridge.statements = 1;
    const auto in = [&](const std::string& languages) {
        return get("/xapi/statements?format=canonical",
                   basic("all") + version + "Accept-Language: " + languages + "\r\n")
            .parsed()["statements"][0];
    };
    EXPECT_EQ(json({{"cy", "pasiwyd"}}), in("cy, en;q=0.5")["verb"]["display"]);
    EXPECT_EQ(json({{"en-GB", "Quiz"}}), in("cy;q=0.2, en-US;q=0.8")["object"]["definition"]["name"]);
    EXPECT_EQ(1u, in("de")["verb"]["display"].size());
}

}  // namespace
}  // namespace capbridge::server::testing
