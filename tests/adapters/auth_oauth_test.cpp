// Profiles with access tokens: their life, what a token service may answer, and how often it is asked.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "adapters/auth_fixture.hpp"
#include "core/base/ids.hpp"
#include "core/base/jose.hpp"
#include "core/base/jose_sign.hpp"
#include "core/base/text.hpp"
#include "core/net/url.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

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
        share = std::make_shared<SourceShare>();  // which remembers a refusal
        service_.reset();
        const auto out = one(get(server.url("/api"), "lms"));
        EXPECT_EQ(error_class, out.error_class) << answer;
        EXPECT_NE(out.user.npos, out.user.find(says)) << out.user;
        EXPECT_EQ(out.user.npos, out.user.find(kSecret)) << out.user;
        EXPECT_EQ(0, out.status);
    }
}

TEST_F(OAuth, ATokenIsAskedForNoLongerThanItsCallLasts) {
    LoopbackServer slow{[&](const LoopbackRequest&) {
        slow.wait(10s);
        return http_answer("200 OK");
    }};
    auto members = client_credentials();
    members["token_url"] = slow.url("/token");
    profile(members);
    tuning.time_left = [] { return std::optional(std::chrono::milliseconds(700)); };
    const auto began = std::chrono::steady_clock::now();
    const auto out = one(get(server.url("/api"), "lms"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_EQ("retry", out.error_class);
    const auto authority = net::read_url(slow.url("/"))->authority();
    EXPECT_NE(out.user.npos, out.user.find("token service (" + authority + ")")) << out.user;
    EXPECT_NE(out.user.npos, out.user.find("left of the call")) << out.user;
    // That says nothing about the service: the next call asks it.
    members["token_url"] = server.url("/token");
    tuning.time_left = nullptr;
    profile(members);
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
}

TEST_F(OAuth, ShortSecretsAndTokensAreNotTaken) {
    auto members = client_credentials();
    members["secret_file"] = secret_file("short", "1234567");
    profile(members);
    EXPECT_NE(fault().npos, fault().find("fewer than 8 bytes")) << fault();
    profile(client_credentials());
    service_of_tokens.refusal = http_answer("200 OK", R"({"access_token":"abcdefg","token_type":"bearer"})");
    const auto out = one(get(server.url("/api"), "lms"));
    EXPECT_EQ("auth", out.error_class);
    EXPECT_EQ(out.user.npos, out.user.find("abcdefg"));
}

TEST_F(OAuth, ATokenServiceThatRefusesIsLeftAloneForAWhile) {
    profile(client_credentials());
    auto now = *parse_instant("2026-03-01T09:00:00Z");
    tuning.now = [&] { return now; };
    service_of_tokens.refusal = http_answer("401 No", R"({"error":"invalid_client"})");
    const auto ask = [&] {
        service_.reset();  // over conversations
        const auto out = one(get(server.url("/api"), "lms"));
        EXPECT_EQ("auth", out.error_class);
        EXPECT_NE(out.user.npos, out.user.find("invalid_client")) << out.user;
        return service_of_tokens.asked.size();
    };
    for (int i = 0; i < 5; ++i) EXPECT_EQ(1, ask());
    now += 61s;
    EXPECT_EQ(2, ask());
    now += 61s;
    EXPECT_EQ(2, ask()) << "twice as long for the second";
    now += 61s;
    EXPECT_EQ(3, ask());
    // Another secret is another question.
    service_of_tokens.refusal.clear();
    secret_file("s", "another-secret");
    service_.reset();
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    // One that is busy says for how long.
    share = std::make_shared<SourceShare>();
    service_.reset();
    service_of_tokens.refusal = http_answer("429 Slow down", "", "Retry-After: 30\r\n");
    const auto before = service_of_tokens.asked.size();
    for (int i = 0; i < 3; ++i) EXPECT_EQ("retry", one(get(server.url("/api"), "lms")).error_class);
    now += 20s;
    EXPECT_EQ("retry", one(get(server.url("/api"), "lms")).error_class);
    EXPECT_EQ(1, service_of_tokens.asked.size() - before);
    now += 11s;
    service_of_tokens.refusal.clear();
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
}

TEST_F(OAuth, TokenRequestsComeOutOfTheBudget) {
    settings.http["calls_per_day"] = 3;
    profile(client_credentials());
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ("data", one(get(server.url("/api"), "lms")).body);
    EXPECT_EQ("retry", one(get(server.url("/api"), "lms")).error_class);
    EXPECT_EQ(3, server.requests().size());
    share = std::make_shared<SourceShare>();
    settings.http["calls_per_day"] = 1;
    service_.reset();
    EXPECT_EQ("retry", one(get(server.url("/api"), "lms")).error_class);  // for the token, and then no more
    service_.reset();
    EXPECT_EQ("retry", one(get(server.url("/api"), "lms")).error_class);
    EXPECT_EQ(4, server.requests().size());
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

}  // namespace
}  // namespace capbridge::adapters
