// Browser content of other origins (xAPI 1.0.3 part 3, 1.3): who is let in, and to what.
#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

const std::string ours = "Origin: https://content.example.org\r\n",
                  others = "Origin: https://evil.example\r\n";
const std::string preflight =
    "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n";

class CorsTest : public ServerTest {
protected:
    void with_origins(std::vector<std::string> origins) {
        Options options;
        options.cors_origins = std::move(origins);
        start({}, options);
    }
};

TEST_F(CorsTest, OffUnlessConfigured) {
    EXPECT_EQ(405, send("OPTIONS", "/xapi/statements", ours + preflight).status);
    const auto answer = get("/xapi/statements", basic("all") + version + ours);
    EXPECT_EQ(200, answer.status);
    EXPECT_EQ("", answer.header("access-control-allow-origin"));
    EXPECT_EQ("", answer.header("vary"));
}

TEST_F(CorsTest, APreflightNeedsNoCredential) {
    with_origins({"https://content.example.org"});
    for (const auto* path : {"/xapi/statements", "/xapi/activities/state", "/xapi/activities"}) {
        const auto answer = send("OPTIONS", path, ours + preflight);
        EXPECT_EQ(204, answer.status) << path;
        EXPECT_EQ("https://content.example.org", answer.header("access-control-allow-origin"));
        EXPECT_NE(std::string::npos, answer.header("access-control-allow-methods").find("PUT"));
        for (const auto* header : {"Authorization", "X-Experience-API-Version", "If-Match", "Content-Type"})
            EXPECT_NE(std::string::npos, answer.header("access-control-allow-headers").find(header));
        EXPECT_EQ("", answer.header("access-control-allow-credentials"));
    }
}

TEST_F(CorsTest, AnswersOfAllKindsCanBeRead) {
    with_origins({"https://content.example.org"});
    for (const auto& headers : {basic("all") + version, version, basic("writer") + version, basic("all")}) {
        const auto answer = get("/xapi/statements", headers + ours);
        EXPECT_EQ("https://content.example.org", answer.header("access-control-allow-origin"))
            << answer.status;
        EXPECT_EQ("Origin", answer.header("vary"));
        for (const auto* header : {"ETag", "Last-Modified", "X-Experience-API-Version", "Consistent-Through"})
            EXPECT_NE(std::string::npos, answer.header("access-control-expose-headers").find(header));
    }
    // Before the body is read.
    Client stranger(server->port());
    stranger.send("POST /xapi/statements HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n" + ours + "\r\n");
    EXPECT_EQ("https://content.example.org", stranger.receive().header("access-control-allow-origin"));
}

TEST_F(CorsTest, OtherOriginsAndOtherPathsStayClosed) {
    with_origins({"https://content.example.org"});
    EXPECT_EQ(405, send("OPTIONS", "/xapi/statements", others + preflight).status);
    EXPECT_EQ("",
              get("/xapi/statements", basic("all") + version + others).header("access-control-allow-origin"));
    EXPECT_EQ("", get("/api/v1/matrix", basic("query") + ours).header("access-control-allow-origin"));
    EXPECT_NE(204, send("OPTIONS", "/api/v1/matrix", ours + preflight).status);
    EXPECT_EQ(405, send("OPTIONS", "/xapi/statements", ours).status) << "no preflight";
}

TEST_F(CorsTest, AStarIsAnyOrigin) {
    with_origins({"*"});
    EXPECT_EQ("https://evil.example", get("/xapi/about", others).header("access-control-allow-origin"));
}

}  // namespace
}  // namespace capbridge::server::testing
