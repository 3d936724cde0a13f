// The alternate request syntax (xAPI 1.0.3 part 3, 1.3), which 2.0 does not have.
#include "server/xapi/alternate_syntax.hpp"

#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

const std::string form_type = "Content-Type: application/x-www-form-urlencoded\r\n";

class AlternateSyntaxTest : public LrsTest {
protected:
    // Everything in the form, nothing in the header.
    Answer form(const std::string& path, const std::string& method,
                const std::vector<std::pair<std::string, std::string>>& fields, bool with_version = true) {
        std::string body = with_version ? "X-Experience-API-Version=1.0.3&" : "";
        body += "Authorization=" + url_encode(authorization.substr(15, authorization.size() - 17));
        for (const auto& [name, value] : fields) body += "&" + url_encode(name) + "=" + url_encode(value);
        return send("POST", path + "?method=" + method, form_type, body);
    }
};

TEST_F(AlternateSyntaxTest, AStatementIsPutAndReadWithTheCredentialInTheForm) {
    const auto given = statement();
    const std::string id = given["id"];
    EXPECT_EQ(204, form("/xapi/statements", "PUT", {{"statementId", id}, {"content", given.dump()}}).status);
    const auto read = form("/xapi/statements", "GET", {{"statementId", id}});
    EXPECT_EQ(200, read.status);
    EXPECT_EQ(id, read.parsed()["id"]);
    EXPECT_EQ("1.0.3", read.header("x-experience-api-version"));
    EXPECT_EQ(200, form("/xapi/statements", "POST", {{"content", statement().dump()}}).status);
}

TEST_F(AlternateSyntaxTest, DocumentsComeAndGoByIt) {
    const std::vector<std::pair<std::string, std::string>> key{
        {"activityId", "https://example.org/a"}, {"agent", agent().dump()}, {"stateId", "here & there"}};
    auto with = key;
    with.emplace_back("content", "a=b&c=d \xC3\xA9 100%");
    with.emplace_back("Content-Type", "text/plain; charset=utf-8");
    EXPECT_EQ(204, form("/xapi/activities/state", "PUT", with).status);
    const auto read = form("/xapi/activities/state", "GET", key);
    EXPECT_EQ("a=b&c=d \xC3\xA9 100%", read.body);
    EXPECT_EQ("text/plain; charset=utf-8", read.header("content-type"));
    for (const auto& type : {"text/" + std::string(70'000, 'x'), std::string("text/caf\xC3\xA9"),
                             std::string("text/plain\0", 11)}) {
        auto other = key;
        other.emplace_back("content", "x");
        other.emplace_back("Content-Type", type);
        EXPECT_EQ(400, form("/xapi/activities/state", "PUT", other).status) << "it would be a header";
    }
    EXPECT_EQ(read.body, form("/xapi/activities/state", "GET", key).body);
    with.emplace_back("If-Match", "\"0000000000000000000000000000000000000000\"");
    EXPECT_EQ(412, form("/xapi/activities/state", "PUT", with).status);
    EXPECT_EQ(204, form("/xapi/activities/state", "DELETE", key).status);
    EXPECT_EQ(404, form("/xapi/activities/state", "GET", key).status);
    // A path that knows no POST of its own.
    EXPECT_EQ(200, form("/xapi/activities", "GET", {{"activityId", "https://example.org/a"}}).status);
}

TEST_F(AlternateSyntaxTest, WhatIsNotAsTheSyntaxSaysIs400) {
    const auto content = statement().dump();
    const auto post = [&](const std::string& query, const std::string& body) {
        return ask("POST", "/xapi/statements?" + query, body, form_type).status;
    };
    const auto id = uuid_v4();
    EXPECT_EQ(400, post("method=PUT&statementId=" + id, "content=" + url_encode(content)));
    EXPECT_EQ(400, post("method=PUT&method=PUT", "statementId=" + id + "&content=" + url_encode(content)));
    EXPECT_EQ(400, post("method=PATCH", "content=" + url_encode(content)));
    EXPECT_EQ(400, post("method=HEAD", "limit=1"));
    EXPECT_EQ(400, post("method=PUT", "statementId=" + id)) << "no content";
    EXPECT_EQ(400, post("method=PUT", content)) << "no form";
    EXPECT_EQ(400, post("method=POST", "content=%FF%FE"));
    EXPECT_EQ(400, post("method=POST", "content=1&content=2"));
    EXPECT_EQ(400, post("method=GET", "limit=1&colour=red"));
    EXPECT_EQ(400, post("method=GET", "X-Experience-API-Version=0.8"));
    EXPECT_EQ(400, post("method=GET", "If-Match=a%0D%0AX-Other%3A%20b"));
    EXPECT_EQ(400, ask("PUT", "/xapi/statements?method=POST", content).status) << "only a POST carries it";
    EXPECT_EQ(400, ask("POST", "/xapi/statements?method=POST", content).status) << "application/json";
    EXPECT_EQ(200, post("method=GET", "limit=1"));
    EXPECT_TRUE(found("").empty());
}

TEST_F(AlternateSyntaxTest, TwoPointZeroHasNone) {
    const auto content = "content=" + url_encode(statement().dump());
    edition = "2.0.0";
    EXPECT_EQ(400, ask("POST", "/xapi/statements?method=POST", content, form_type).status);
    edition = "1.0.3";
    EXPECT_EQ(400, ask("POST", "/xapi/statements?method=POST", "X-Experience-API-Version=2.0.0&" + content,
                       form_type)
                       .status);
    EXPECT_TRUE(found("").empty());
}

TEST_F(AlternateSyntaxTest, WhoBringsNoCredentialIsAStrangerStill) {
    start();
    EXPECT_EQ(
        401, send("POST", "/xapi/statements?method=GET", form_type, "X-Experience-API-Version=1.0.3").status);
    EXPECT_EQ(401, send("POST", "/xapi/statements?method=GET", form_type,
                        "X-Experience-API-Version=1.0.3&Authorization=Basic%20bm9ib2R5OnNlY3JldA%3D%3D")
                       .status);
    EXPECT_EQ(400, form("/xapi/statements", "GET", {}, false).status) << "no version anywhere";
    Client client(server->port());
    client.send("POST /xapi/statements?method=PUT HTTP/1.1\r\nHost: a\r\n" + form_type +
                "Content-Length: 8000000\r\n\r\n");
    EXPECT_EQ(413, client.receive().status) << "a stranger's form may be small only";
}

TEST(AlternateSyntaxRequestTest, TheFormWinsOverTheHeader) {
    Request request{
        "POST",
        "/xapi/statements",
        "method=PUT",
        {{"content-type", "application/x-www-form-urlencoded"}, {"if-match", "\"a\""}, {"accept", "x/y"}},
        "statementId=1%262&content=%7B%7D&If-Match=%22b%22"};
    ASSERT_TRUE(is_alternate(request));
    ASSERT_TRUE(read_alternate(request));
    EXPECT_EQ("PUT", request.method);
    EXPECT_EQ("statementId=1%262", request.query);
    EXPECT_EQ("{}", request.body);
    EXPECT_EQ("\"b\"", request.header("if-match"));
    EXPECT_EQ("x/y", request.header("accept"));
    EXPECT_EQ("application/json", request.header("content-type"));
    EXPECT_FALSE(is_alternate({"POST", "/xapi/statements", "statementId=method", {}, {}}));
    EXPECT_FALSE(is_alternate({"GET", "/xapi/statements", "method=PUT", {}, {}}));
}

}  // namespace
}  // namespace capbridge::server::testing
