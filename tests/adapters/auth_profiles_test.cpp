// Auth profiles against a server that looks at what arrives: signing, and that no secret and no token comes
// back to the adapter, in whatever the server says.
#include "adapters/auth_fixture.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

TEST_F(AuthProfiles, BasicBearerAndFormTokenAreAdded) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    profile({{"type", "basic"}, {"user", "key"}, {"secret_file", secret_file("s")}});
    one(get(server.url(), "lms"));
    EXPECT_EQ("Basic " + base64(std::string("key:") + kSecret),
              server.requests().back().header("Authorization"));
    profile({{"type", "bearer"}, {"secret_file", secret_file("s")}});
    one(get(server.url(), "lms"));
    EXPECT_EQ(std::string("Bearer ") + kSecret, server.requests().back().header("Authorization"));
    profile({{"type", "bearer"}, {"secret_file", secret_file("s")}, {"header", "X-Api-Key"}});
    one(get(server.url(), "lms"));
    EXPECT_EQ(kSecret, server.requests().back().header("X-Api-Key"));
    one(get(server.url()));
    EXPECT_EQ("", server.requests().back().header("X-Api-Key"));  // asked without a profile

    profile(
        {{"type", "form_token"}, {"parameter", "wstoken"}, {"secret_file", secret_file("t", "a+b&c=dddd")}});
    one(post(server.url("/rest"), "wsfunction=core_x", "lms"));
    EXPECT_EQ("wsfunction=core_x&wstoken=a%2Bb%26c%3Ddddd", server.requests().back().body);
    EXPECT_EQ("application/x-www-form-urlencoded", server.requests().back().header("Content-Type"));
    EXPECT_EQ(server.requests().back().target, "/rest");
    EXPECT_EQ("config", one(get(server.url("/rest"), "lms")).error_class);  // never in an address
}

TEST_F(AuthProfiles, SecretsComeFromFilesCredentialsAndVariables) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    ::setenv("CREDENTIALS_DIRECTORY", files.path.c_str(), 1);
    ::setenv("CAPBRIDGE_TEST_SECRET", " from-the-environment\r\n", 1);
    secret_file("lms.token", "from-systemd");
    profile({{"type", "bearer"}, {"secret_credential", "lms.token"}});
    one(get(server.url(), "lms"));
    EXPECT_EQ("Bearer from-systemd", server.requests().back().header("Authorization"));
    profile({{"type", "bearer"}, {"secret_env", "CAPBRIDGE_TEST_SECRET"}});
    one(get(server.url(), "lms"));
    EXPECT_EQ("Bearer from-the-environment", server.requests().back().header("Authorization"));
    ::unsetenv("CREDENTIALS_DIRECTORY");
    ::unsetenv("CAPBRIDGE_TEST_SECRET");
}

TEST_F(AuthProfiles, WhatCannotWorkIsSaidBeforeAnythingIsSent) {
    const auto open_file = secret_file("open");
    ::setenv("CAPBRIDGE_BLANK", " \n", 1);
    ::chmod(open_file.c_str(), 0644);
    struct Case {
        json profile;
        const char* says;
    };
    for (const auto& [bad, says] : std::vector<Case>{
             {{{"type", "bearer"}}, "give secret_file"},
             {{{"type", "bearer"}, {"secret_file", "/nonexistent"}}, "not there"},
             {{{"type", "bearer"}, {"secret_file", open_file}}, "chmod o-rw"},
             {{{"type", "bearer"}, {"secret_env", "CAPBRIDGE_UNSET"}}, "CAPBRIDGE_UNSET"},
             {{{"type", "bearer"}, {"secret_env", "CAPBRIDGE_BLANK"}}, "CAPBRIDGE_BLANK"},
             {{{"type", "bearer"}, {"secret_credential", "x"}}, "CREDENTIALS_DIRECTORY"},
             {{{"type", "bearer"}, {"secret_env", "A"}, {"secret_file", "b"}}, "give one of"},
             {{{"type", "bearer"}, {"secret", "in the configuration"}}, "secret"},
             {{{"type", "basic"}, {"user", "u"}, {"secret_file", secret_file("seven", "1234567")}},
              "fewer than 8 bytes"},
             {{{"type", "basic"}, {"secret_file", secret_file("s")}}, "needs 'user'"},
             {{{"type", "bearer"}, {"secret_file", secret_file("s")}, {"user", "x"}}, "no such member"},
             {{{"type", "kerberos"}}, "type"},
             {{{"type", "private_key_jwt"},
               {"token_url", "https://a.example.org/t"},
               {"client_id", "x"},
               {"key_file", secret_file("s")}},
              "PEM"},
             {{{"type", "oauth2_client_credentials"},
               {"token_url", "http://a.example.org/t"},
               {"client_id", "x"},
               {"secret_file", secret_file("s")}},
              "https"}}) {
        profile(bad);
        const auto said = fault();
        EXPECT_NE(said.npos, said.find(says)) << bad << " said: " << said;
        EXPECT_NE(said.npos, said.find("adapter_config")) << said;
        EXPECT_EQ(said.npos, said.find("in the configuration"));
    }
}

TEST_F(AuthProfiles, HmacSignsWhatTheConfigurationSays) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    tuning.now = [] { return *parse_instant("2026-03-01T09:00:00Z"); };
    profile({{"type", "hmac"},
             {"secret_file", secret_file("s")},
             {"header", "X-Signature"},
             {"prefix", "v1="},
             {"key_id", "bridge"},
             {"canonical", "{method}\n{path}?{query}\n{timestamp}\n{body_sha256}\n{unknown}"},
             {"headers", {{"X-Key", "{key_id}"}, {"X-Timestamp", "{timestamp}"}, {"X-Date", "{date}"}}}});
    one(post(server.url("/a%20b?c=d"), "body", "lms"));
    const auto got = server.requests().back();
    EXPECT_EQ("bridge", got.header("X-Key"));
    EXPECT_EQ("1772355600", got.header("X-Timestamp"));
    EXPECT_EQ("Sun, 01 Mar 2026 09:00:00 GMT", got.header("X-Date"));
    EXPECT_EQ("v1=" + hmac_sha256_hex(kSecret,
                                      "POST\n/a%20b?c=d\n1772355600\n" + sha256_hex("body") + "\n{unknown}"),
              got.header("X-Signature"));
}

// Whatever the server sends back, the adapter sees no byte of a secret.
TEST_F(OAuth, EchoesShowNoSecretAndNoToken) {
    LoopbackServer echo([](const LoopbackRequest& r) {
        const auto sent = r.header("Authorization") + " " + r.body + " " + r.header("X-Api-Key");
        const auto bare = sent.substr(sent.find(' ') + 1);
        return http_answer("400 Bad", json{{"you sent", sent}, {"text", r.text}}.dump(),
                           "Set-Cookie: session=1\r\nX-Echo: " + sent + "\r\nWWW-Authenticate: " + bare +
                               "\r\nX-Fine: yes\r\n");
    });
    settings.http["hosts"] = {"127.0.0.1:" + std::to_string(echo.port)};
    settings.http["auth"] = {
        {"oauth", client_credentials()},
        {"basic", {{"type", "basic"}, {"user", "key"}, {"secret_file", secret_file("s", "sec/ret+one two")}}},
        {"bearer", {{"type", "bearer"}, {"secret_file", secret_file("b", "bearer-token-1")}}},
        {"form",
         {{"type", "form_token"},
          {"parameter", "wstoken"},
          {"secret_file", secret_file("f", "form/token+1")}}},
        {"key",
         {{"type", "bearer"}, {"header", "X-Api-Key"}, {"secret_file", secret_file("k", "api-key-12")}}}};
    for (const auto& [name, unused] : settings.http["auth"].items()) {
        const auto out = one(post(echo.url(), "a=1", name));
        ASSERT_EQ(400, out.status) << name << out.user;
        std::string all = out.user + "\n" + out.body;
        for (const auto& [header, value] : out.headers) all += "\n" + header + ": " + value;
        for (const auto& secret :
             {std::string(kSecret), std::string("sec/ret+one two"), base64("key:sec/ret+one two"),
              std::string("bearer-token-1"), std::string("form/token+1"), url_encode("form/token+1"),
              std::string("api-key-12"), TokenService::token(1)})
            EXPECT_EQ(all.npos, all.find(secret)) << name << "\n" << all;
        EXPECT_EQ("", header_of(out, "set-cookie"));
        EXPECT_EQ("", header_of(out, "www-authenticate"));
        EXPECT_EQ("yes", header_of(out, "x-fine"));
        EXPECT_NE(all.npos, all.find("you sent"));
    }
}

TEST_F(AuthProfiles, ARedirectThatLosesAFormsTokenIsAFaultOfTheConfiguration) {
    LoopbackServer other([](const auto&) { return http_answer("200 OK", "[]"); });
    LoopbackServer server([&](const LoopbackRequest& r) {
        const auto target = r.target == "/307away" ? other.url() : "/there";
        if (r.target == "/there") return http_answer("200 OK", r.method + " " + r.body);
        return http_answer(r.target.substr(1, 3) + " See", "", "Location: " + target + "\r\n");
    });
    name_host(server);
    settings.http["hosts"] = {"127.0.0.1:" + std::to_string(other.port)};
    profile({{"type", "form_token"}, {"parameter", "wstoken"}, {"secret_file", secret_file("t")}});
    for (const auto* path : {"/301", "/302", "/303", "/307away"}) {
        const auto out = one(post(server.url(path), "a=1", "lms"));
        EXPECT_EQ("config", out.error_class) << path;
        EXPECT_NE(out.user.npos, out.user.find("redirect")) << out.user;
    }
    EXPECT_TRUE(other.requests().empty());
    EXPECT_EQ("POST a=1&wstoken=" + std::string(28, '*'), one(post(server.url("/308"), "a=1", "lms")).body);
    EXPECT_EQ("GET ", one(post(server.url("/303"), "a=1")).body);
}

TEST_F(AuthProfiles, AProfileIsForItsHostsOnly) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    profile({{"type", "bearer"}, {"secret_file", secret_file("s")}, {"hosts", {"lms.example.org"}}});
    EXPECT_EQ("config", one(get(server.url(), "lms")).error_class);
    EXPECT_EQ("ok", one(get(server.url())).error_class);
}

}  // namespace
}  // namespace capbridge::adapters
