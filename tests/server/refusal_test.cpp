// What a refused request is told (RFC 9457; xAPI 1.0.3 part 3, 3.2), and that nothing of it is stored.
#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

class RefusalTest : public LrsTest {
protected:
    inline static const std::string problem = "Accept: application/json;q=0.5, application/problem+json\r\n";
    json problem_of(const std::string& body, const std::string& headers = {}) {
        const auto answer = ask("POST", "/xapi/statements", body, problem + headers);
        EXPECT_EQ("application/problem+json", answer.header("content-type")) << answer.body;
        EXPECT_EQ(answer.status, answer.parsed()["status"]);
        EXPECT_NE("", answer.header("x-experience-api-consistent-through"));
        EXPECT_TRUE(found("").empty());
        return answer.parsed();
    }
};

TEST_F(RefusalTest, EveryBadStatementOfABatchHasItsIndexPointerRuleAndSection) {
    auto no_verb = statement(), bad_score = statement();
    no_verb.erase("verb");
    bad_score["result"]["score"]["scaled"] = 7;
    const auto told = problem_of(json::array({statement(), no_verb, statement(), bad_score}).dump());
    EXPECT_EQ(400, told["status"]);
    EXPECT_EQ("invalid_statement", told["code"]);
    for (const auto* member : {"type", "title", "detail"}) EXPECT_NE("", told.value(member, ""));
    ASSERT_EQ(2u, told["errors"].size()) << told.dump(1);
    EXPECT_EQ(1, told["errors"][0]["index"]);
    EXPECT_EQ("", told["errors"][0]["pointer"]);
    EXPECT_EQ(3, told["errors"][1]["index"]);
    EXPECT_EQ("/result/score/scaled", told["errors"][1]["pointer"]);
    for (const auto& error : told["errors"]) {
        EXPECT_NE("", error.value("rule", ""));
        EXPECT_NE("", error.value("detail", ""));
        EXPECT_TRUE(error.value("section", "").starts_with("xAPI 1.0.3 part 2, ")) << error.dump();
    }
    edition = "2.0.0";
    EXPECT_TRUE(problem_of(bad_score.dump())["errors"][0].value("section", "").starts_with("IEEE 9274.1.1"));
}

TEST_F(RefusalTest, ASingleStatementIsIndexZero) {
    auto bad = statement();
    bad["actor"]["mbox"] = "ada@example.org";
    const auto told = problem_of(bad.dump());
    ASSERT_EQ(1u, told["errors"].size());
    EXPECT_EQ(0, told["errors"][0]["index"]);
    EXPECT_EQ("/actor/mbox", told["errors"][0]["pointer"]);
}

TEST_F(RefusalTest, OldClientsGetThePlainAnswer) {
    auto bad = statement();
    bad.erase("verb");
    for (const auto* accept : {"", "Accept: */*\r\n", "Accept: application/json\r\n"}) {
        const auto answer = ask("POST", "/xapi/statements", json::array({bad}).dump(), accept);
        EXPECT_EQ(400, answer.status);
        EXPECT_EQ("application/json", answer.header("content-type"));
        EXPECT_EQ("invalid_statement", answer.parsed()["code"]);
        EXPECT_NE(std::string::npos, answer.parsed().value("message", "").find("/0"));
    }
}

TEST_F(RefusalTest, WhatIsNoStatementAtAll) {
    const std::string deep = std::string(5000, '[') + std::string(5000, ']');
    for (const auto& body : {std::string("{"), std::string("nothing"), std::string("7"), std::string("null"),
                             std::string("\"\xFF\xFE\""), deep, std::string(R"({"id":1,"id":2})"),
                             std::string("[7]"), std::string("[null,[]]"), std::string("{}")}) {
        const auto told = problem_of(body);
        EXPECT_EQ(400, told["status"]) << body.substr(0, 40);
        EXPECT_NE("", told.value("detail", "")) << body.substr(0, 40);
    }
    EXPECT_EQ(400, problem_of("x", "Content-Type: text/plain\r\n")["status"]);
}

TEST_F(RefusalTest, AnIdWithAnotherContentIsAConflict) {
    const auto given = statement();
    ASSERT_EQ(200, post(given).status);
    EXPECT_EQ(200, post(given).status) << "the same again";
    auto other = given;
    other["verb"]["id"] = "http://adlnet.gov/expapi/verbs/failed";
    const auto answer = ask("POST", "/xapi/statements", json::array({statement(), other}).dump(), problem);
    EXPECT_EQ(409, answer.status);
    EXPECT_EQ("statement_conflict", answer.parsed()["code"]);
    EXPECT_EQ(given["id"], answer.parsed()["where"]);
    EXPECT_EQ(1u, found("").size());
    const auto twice = ask("POST", "/xapi/statements", json::array({other, other}).dump(), problem);
    EXPECT_EQ(400, twice.status);
    EXPECT_EQ(1, twice.parsed()["errors"][0]["index"]);
}

TEST_F(RefusalTest, DocumentsAreRefusedTheSameWay) {
    const auto answer = ask("GET", "/xapi/activities/state?activityId=x:y", "", problem);
    EXPECT_EQ(400, answer.status);
    EXPECT_EQ("application/problem+json", answer.header("content-type"));
    EXPECT_EQ("agent", answer.parsed()["where"]);
    EXPECT_EQ("bad_parameter", answer.parsed()["code"]);
}

TEST_F(ServerTest, TooLargeABodyIsToldToXapiClientsInTheirOwnWay) {
    HttpLimits limits;
    limits.body_bytes = 1000;
    start(limits);
    const auto answer = send(
        "POST", "/xapi/statements",
        basic("all") + version + "Content-Type: application/json\r\nAccept: application/problem+json\r\n",
        std::string(5000, ' '));
    EXPECT_EQ(413, answer.status);
    EXPECT_EQ("1.0.3", answer.header("x-experience-api-version"));
    EXPECT_EQ("application/problem+json", answer.header("content-type"));
    EXPECT_EQ(413, answer.parsed()["status"]);
    EXPECT_TRUE(bridge.posted.empty());
}

TEST_F(ServerTest, AFullDiskIsTheServersFault) {
    bridge.post_error = Error{"store_full", "The disk is full.", "", 0};
    const auto answer = send(
        "POST", "/xapi/statements",
        basic("all") + version + "Content-Type: application/json\r\nAccept: application/problem+json\r\n",
        "{}");
    EXPECT_EQ(503, answer.status);
    EXPECT_EQ(503, answer.parsed()["status"]);
    EXPECT_FALSE(answer.parsed().contains("errors"));
}

TEST_F(RefusalTest, AWeightOfZeroMeansNotWanted) {
    const auto type_for = [&](const std::string& accept) {
        return ask("POST", "/xapi/statements", "{}", "Accept: " + accept + "\r\n").header("content-type");
    };
    for (const auto* accept :
         {"application/problem+json;q=0", "application/json, Application/Problem+JSON; q=0.000",
          "application/problem+jsonx"})
        EXPECT_EQ("application/json", type_for(accept)) << accept;
    for (const auto* accept : {"application/problem+json;q=0.001", "a/b;q=0, application/problem+json"})
        EXPECT_EQ("application/problem+json", type_for(accept)) << accept;
}

TEST_F(RefusalTest, OfParametersItSaysWhatIsWrong) {
    const auto none = ask("POST", "/xapi/statements?colour=red", statement().dump());
    EXPECT_EQ(400, none.status);
    EXPECT_NE(std::string::npos, none.parsed().value("message", "").find("takes no parameters"));
    const auto nul = ask("GET", "/xapi/statements?verb=x%3Ay%00");
    EXPECT_EQ(400, nul.status);
    EXPECT_NE(std::string::npos, nul.parsed().value("message", "").find("NUL"));
    for (const auto* numbers :
         {"9223372036854775807:1", "1:9223372036854775807", "0:1", "-1:1", "1:99999999999999999999"})
        EXPECT_EQ(400, ask("GET", "/xapi/statements?cursor=" + url_encode(base64(numbers))).status)
            << numbers;
}

}  // namespace
}  // namespace capbridge::server::testing
