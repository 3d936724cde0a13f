// Who may do what: credentials, scopes, sessions, and the way in for a browser.
#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

TEST_F(ServerTest, WithoutACredentialTheApiSaysHowToSendOne) {
    for (const auto* target : {"/api/v1/matrix", "/api/v1/people/1/record", "/xapi/statements"}) {
        const auto answer = get(target, version);
        EXPECT_EQ(401, answer.status) << target;
        EXPECT_TRUE(answer.header("www-authenticate").starts_with("Basic realm=\"capbridge\"")) << target;
    }
    EXPECT_TRUE(bridge.asked.empty());
}

TEST_F(ServerTest, WrongCredentialsAreAll401) {
    for (const auto& header :
         {basic("query", "wrong"), basic("nobody"), std::string("Authorization: Basic ???\r\n"),
          std::string("Authorization: Bearer query\r\n"), basic("", "")}) {
        EXPECT_EQ(401, get("/api/v1/matrix", header).status) << header;
    }
    EXPECT_EQ(200, get("/api/v1/matrix", "authorization: basic " + base64("query:secret") + "\r\n").status);
}

TEST_F(ServerTest, ScopesAreKeptApart) {
    EXPECT_EQ(403, get("/api/v1/matrix", basic("writer")).status);
    EXPECT_EQ(403, get("/xapi/statements", basic("writer") + version).status);
    EXPECT_EQ(403, get("/xapi/statements", basic("query") + version).status);
    EXPECT_EQ(200, get("/xapi/statements", basic("reader") + version).status);
    const auto body = version + "Content-Type: application/json\r\n";
    EXPECT_EQ(403, send("POST", "/xapi/statements", basic("reader") + body, "{}").status);
    EXPECT_EQ(200, send("POST", "/xapi/statements", basic("writer") + body, "{}").status);
    EXPECT_EQ("credential:writer", bridge.who.back());
    EXPECT_EQ(200, get("/api/v1/matrix", basic("all")).status);
}

TEST_F(ServerTest, ASessionMayReadTheQueryApiAndNothingElse) {
    const std::string cookie = "Cookie: theme=dark; capbridge_session=good-session\r\n";
    EXPECT_EQ(200, get("/api/v1/matrix", cookie).status);
    EXPECT_EQ("session", bridge.who.back());
    EXPECT_EQ(401, get("/xapi/statements", cookie + version).status);
    EXPECT_EQ(401,
              send("POST", "/xapi/statements", cookie + version + "Content-Type: application/json\r\n", "{}")
                  .status);
    EXPECT_EQ(401, get("/api/v1/matrix", "Cookie: capbridge_session=stale\r\n").status);
}

TEST_F(ServerTest, ThePageIsNotAskedForAPassword) {
    const auto answer = get("/api/v1/matrix", "X-Capbridge-Page: 1\r\n");
    EXPECT_EQ(401, answer.status);
    EXPECT_EQ("Session realm=\"capbridge\"", answer.header("www-authenticate"));
}

TEST_F(ServerTest, ALoginLinkWorksOnceAndOnlyWhenItsButtonIsPressed) {
    for (int preview = 0; preview < 2; ++preview) {
        const auto page = get("/login/good-link", "");
        EXPECT_EQ(200, page.status);
        EXPECT_NE(std::string::npos, page.body.find("method=\"post\" action=\"/login/good-link\""));
        EXPECT_EQ("", page.header("set-cookie"));
    }
    const auto in = send("POST", "/login/good-link", "");
    EXPECT_EQ(303, in.status);
    EXPECT_EQ("/", in.header("location"));
    const auto cookie = in.header("set-cookie");
    EXPECT_TRUE(cookie.starts_with(
        "capbridge_session=good-session; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800"))
        << cookie;
    const auto again = send("POST", "/login/good-link", "");
    EXPECT_EQ(403, again.status);
    EXPECT_EQ("", again.header("set-cookie"));
}

TEST_F(ServerTest, BehindTlsTheCookieIsSecure) {
    Options options;
    options.edge.trusted_proxies.networks = *Networks::read({"127.0.0.1"});
    start({}, options);
    const auto in = send("POST", "/login/good-link", "X-Forwarded-Proto: https\r\n");
    EXPECT_TRUE(in.header("set-cookie").ends_with("; Secure"));
}

TEST_F(ServerTest, ALinksTextCannotBreakOutOfThePage) {
    const auto page = get("/login/%22%3E%3Cscript%3E", "");
    EXPECT_EQ(200, page.status);
    EXPECT_EQ(std::string::npos, page.body.find("<script"));
}

TEST_F(ServerTest, TheFrontPageNeedsASession) {
    const auto outside = get("/", "");
    EXPECT_NE(std::string::npos, outside.body.find("capbridge login-link"));
    const auto inside = get("/", "Cookie: capbridge_session=good-session\r\n");
    EXPECT_NE(std::string::npos, inside.body.find("main.js"));
    EXPECT_EQ(std::string::npos, inside.body.find("capbridge login-link"));
}

TEST_F(ServerTest, LogoutTakesTheCookieAway) {
    const auto out = send("POST", "/logout", "");
    EXPECT_EQ(303, out.status);
    EXPECT_NE(std::string::npos, out.header("set-cookie").find("Max-Age=0"));
}

TEST_F(ServerTest, AssetsAreServedWithTheirTypeAndAskedForAgain) {
    const auto script = get("/main.js", "");
    EXPECT_EQ(200, script.status);
    EXPECT_EQ("text/javascript; charset=utf-8", script.header("content-type"));
    EXPECT_EQ(304, get("/main.js", "If-None-Match: " + script.header("etag") + "\r\n").status);
    EXPECT_EQ("text/css; charset=utf-8", get("/app.css", "").header("content-type"));
    EXPECT_EQ(404, get("/../CMakeLists.txt", "").status);
}

}  // namespace
}  // namespace capbridge::server::testing
