// Auth profiles against a server that looks at what arrives: signing, tokens and their renewal, and that no
// secret and no token comes back to the adapter, in whatever the server says.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "adapters/http/settings.hpp"
#include "adapters/http_service_fixture.hpp"
#include "core/base/ids.hpp"
#include "core/base/jose.hpp"
#include "core/base/jose_sign.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

class AuthProfiles : public HttpServiceTest {
protected:
    void profile(json members) {
        settings.http["auth"]["lms"] = std::move(members);
        service_.reset();
    }
    std::string fault() {
        const auto opened = open();
        return opened ? "" : opened.error().text();
    }
};

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
    ::setenv("CAPBRIDGE_TEST_SECRET", "from-the-environment", 1);
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
             {{{"type", "bearer"}, {"secret_credential", "x"}}, "CREDENTIALS_DIRECTORY"},
             {{{"type", "bearer"}, {"secret_env", "A"}, {"secret_file", "b"}}, "give one of"},
             {{{"type", "bearer"}, {"secret", "in the configuration"}}, "secret"},
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

// A token service and an API in one: tokens are t1, t2, ...; the API takes only the newest.
class TokenService {
public:
    LoopbackServer server{[this](const LoopbackRequest& r) { return answer(r); }};
    std::atomic<int> given{0}, expires_in{3600};
    std::string refresh = "refresh-token-number-0";
    std::string refusal;
    std::vector<std::string> asked;
    static std::string token(int n) { return "access-token-number-" + std::to_string(n); }

private:
    std::string answer(const LoopbackRequest& r) {
        if (r.target == "/never") return http_answer("401 No");
        if (r.target == "/api") {
            return r.header("Authorization") == "Bearer " + token(given) ? http_answer("200 OK", "data")
                                                                         : http_answer("401 No");
        }
        asked.push_back(r.body + " " + r.header("Authorization"));
        if (!refusal.empty()) return refusal;
        json body{
            {"access_token", token(++given)}, {"token_type", "Bearer"}, {"expires_in", expires_in.load()}};
        if (r.body.find("grant_type=refresh_token") != r.body.npos) {
            if (r.body.find("refresh_token=" + refresh) == r.body.npos)
                return http_answer("400 Bad", R"({"error":"invalid_grant"})");
            refresh = "refresh-token-number-" + std::to_string(given);
            body["refresh_token"] = refresh;
        }
        return http_answer("200 OK", body.dump());
    }
};

class OAuth : public AuthProfiles {
protected:
    TokenService service_of_tokens;
    LoopbackServer& server = service_of_tokens.server;
    void SetUp() override { name_host(server); }
    json client_credentials() {
        return {{"type", "oauth2_client_credentials"},
                {"token_url", server.url("/token")},
                {"client_id", "bridge id"},
                {"secret_file", secret_file("s")},
                {"scope", "read"}};
    }
};

TEST_F(OAuth, ATokenServesUntilItsEndAndIsRenewedOnceAfterA401) {
    profile(client_credentials());
    auto now = *parse_instant("2026-03-01T09:00:00Z");
    tuning.now = [&] { return now; };
    for (int i = 0; i < 3; ++i) EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    ASSERT_EQ(1, service_of_tokens.asked.size());
    EXPECT_EQ(
        "grant_type=client_credentials&scope=read Basic " + base64("bridge%20id:" + url_encode(kSecret)),
        service_of_tokens.asked[0]);
    service_.reset();  // the next conversation of the same source
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ(1, service_of_tokens.asked.size());
    now += 3550s;  // some time before its end
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ(2, service_of_tokens.asked.size());
    ++service_of_tokens.given;  // revoked over there
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ(3, service_of_tokens.asked.size());
    // One that is refused for good is tried twice, no more.
    const auto before = server.requests().size();
    EXPECT_EQ(401, one(get(server.url("/never"), "lms")).status);
    EXPECT_EQ(3, server.requests().size() - before);  // with the token, for a new one, with that
}

TEST_F(OAuth, ManyAtOnceAskForOneToken) {
    profile(client_credentials());
    std::vector<HttpQuestion> questions(20, get(server.url("/api"), "lms"));
    for (const auto& out : run(questions)) EXPECT_EQ("data", out.body);
    EXPECT_EQ(1, service_of_tokens.asked.size());
    ++service_of_tokens.given;
    for (const auto& out : run(questions)) EXPECT_EQ(200, out.status);
    EXPECT_EQ(2, service_of_tokens.asked.size());
}

TEST_F(OAuth, TheClientMayNameItselfInTheForm) {
    auto members = client_credentials();
    members["client_auth"] = "post";
    profile(members);
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ("grant_type=client_credentials&scope=read&client_id=bridge%20id&client_secret=" +
                  std::string(kSecret) + " ",
              service_of_tokens.asked[0]);
}

TEST_F(OAuth, RefusalsOfTheTokenServiceHaveTheirClassAndShowNothing) {
    profile(client_credentials());
    struct Case {
        std::string answer;
        const char *error_class, *says;
    };
    const auto echo = std::string(R"({"error":"invalid_client","error_description":")") + kSecret + "\"}";
    for (const auto& [answer, error_class, says] : std::vector<Case>{
             {http_answer("401 No", echo), "auth", "invalid_client, HTTP 401"},
             {http_answer("400 Bad", std::string(R"({"error":")") + kSecret + "\"}"), "auth", "HTTP 400"},
             {http_answer("500 Oh", echo), "retry", "HTTP 500"},
             {http_answer("302 Found", "", "Location: /elsewhere\r\n"), "config", "no token service"},
             {http_answer("200 OK", "<html>"), "auth", "no bearer token"},
             {http_answer("200 OK", R"({"access_token":"a\r\nb"})"), "auth", "no bearer token"},
             {http_answer("200 OK", R"({"access_token":"abc","token_type":"mac"})"), "auth", "no bearer"}}) {
        service_of_tokens.refusal = answer;
        const auto out = one(get(server.url("/api"), "lms"));
        EXPECT_EQ(error_class, out.error_class) << answer;
        EXPECT_NE(out.user.npos, out.user.find(says)) << out.user;
        EXPECT_EQ(out.user.npos, out.user.find(kSecret)) << out.user;
        EXPECT_EQ(0, out.status);
    }
}

TEST_F(OAuth, ARotatedRefreshTokenIsKeptUnreadable) {
    ProcessMemory memory;
    settings.memory = &memory;
    profile({{"type", "oauth2_refresh"},
             {"token_url", server.url("/token")},
             {"client_id", "bridge"},
             {"refresh_token_file", secret_file("r", "refresh-token-number-0")}});
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    const auto kept = memory.get("host/refresh_token/lms").value_or("");
    EXPECT_NE("", kept);
    EXPECT_EQ(kept.npos, kept.find("refresh-token"));
    // After a restart the configured one is long void: the kept one goes on.
    service_.reset();
    share = std::make_shared<SourceShare>();
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ("refresh-token-number-2", service_of_tokens.refresh);
    // The administrator gave a new one: what was kept for the old one does not count.
    service_of_tokens.refresh = "refresh-token-fresh";
    secret_file("r", "refresh-token-fresh");
    service_.reset();
    share = std::make_shared<SourceShare>();
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
}

std::string pem_of(EVP_PKEY* key) {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    EVP_PKEY_free(key);
    return text;
}

TEST_F(OAuth, AKeyStandsForTheClient) {
    for (const auto& [pem, algorithm] :
         {std::pair(pem_of(EVP_RSA_gen(2048)), "RS256"), std::pair(pem_of(EVP_EC_gen("P-256")), "ES256")}) {
        profile({{"type", "private_key_jwt"},
                 {"token_url", server.url("/token")},
                 {"client_id", "bridge"},
                 {"key_file", secret_file("key.pem", pem)},
                 {"key_id", "k1"},
                 {"algorithm", algorithm}});
        EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
        const auto& form = service_of_tokens.asked.back();
        const auto at = form.find("client_assertion=") + 17;
        const auto jws = read_jws(form.substr(at, form.find_first_of("& ", at) - at));
        ASSERT_TRUE(jws) << form;
        EXPECT_EQ(algorithm, jws->algorithm());
        EXPECT_EQ("k1", jws->header["kid"]);
        const auto claims = json::parse(jws->payload);
        EXPECT_EQ("bridge", claims["iss"]);
        EXPECT_EQ("bridge", claims["sub"]);
        EXPECT_EQ(server.url("/token"), claims["aud"]);
        EXPECT_EQ(300, claims["exp"].get<int>() - claims["iat"].get<int>());
        EXPECT_EQ(form.npos, form.find("PRIVATE"));
    }
    profile({{"type", "private_key_jwt"},
             {"token_url", server.url("/token")},
             {"client_id", "bridge"},
             {"key_file", secret_file("key.pem", pem_of(EVP_EC_gen("P-256")))},
             {"algorithm", "RS256"}});
    EXPECT_NE("", fault());
    profile({{"type", "private_key_jwt"},
             {"token_url", server.url("/token")},
             {"client_id", "bridge"},
             {"key_file", secret_file("key.pem", pem_of(EVP_RSA_gen(1024)))}});
    EXPECT_NE("", fault());
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

TEST_F(AuthProfiles, AProfileIsForItsHostsOnly) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    profile({{"type", "bearer"}, {"secret_file", secret_file("s")}, {"hosts", {"lms.example.org"}}});
    EXPECT_EQ("config", one(get(server.url(), "lms")).error_class);
    EXPECT_EQ("ok", one(get(server.url())).error_class);
}

}  // namespace
}  // namespace capbridge::adapters
