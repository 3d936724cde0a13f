// Bearer tokens: who is let in, with which scopes, and that nobody's name comes out.
#include "core/engine/tokens.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/base/signer.hpp"

namespace capbridge::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* issuer = "https://login.trust.example/realms/learning";
const Instant now = *parse_instant("2026-06-01T09:00:00Z");

TokenIssuer settings() {
    TokenIssuer out;
    out.issuer = issuer;
    out.audience = "capbridge";
    out.keys = json{{"keys", {test_signer().jwk()}}}.dump();
    return out;
}
json claims() {
    return {{"iss", issuer},
            {"aud", "capbridge"},
            {"sub", "anna.nurse@trust.example"},
            {"exp", unix_ms(now) / 1000 + 300},
            {"scope", "statements/write state"}};
}
std::string token(const json& claims, const Signer& signer = test_signer()) {
    return signer.sign({{"alg", "RS256"}, {"typ", "JWT"}}, claims.dump());
}
TokenIssuers issuers(TokenIssuer one = settings()) {
    auto made = TokenIssuers::make({std::move(one)});
    EXPECT_TRUE(made) << made.error().text();
    return std::move(*made);
}
std::vector<std::string> scopes(const TokenIssuers& known, const json& claims) {
    const auto principal = known.check_token(token(claims), now);
    EXPECT_TRUE(principal) << principal.error().text();
    return principal ? principal->scopes : std::vector<std::string>{"refused"};
}

TEST(TokensTest, AGoodTokenIsSomebodyWithoutAName) {
    const auto known = issuers();
    const auto principal = known.check_token(token(claims()), now);
    ASSERT_TRUE(principal) << principal.error().text();
    EXPECT_THAT(principal->who,
                testing::MatchesRegex("token:login\\.trust\\.example/realms/learning/[0-9a-f]{16}"));
    EXPECT_THAT(principal->scopes, ElementsAre("statements/write", "state"));
    EXPECT_EQ(principal->source, "");
    EXPECT_EQ(principal->who, known.check_token(token(claims()), now)->who)
        << "the same person, the same who";
    auto other = claims();
    other["sub"] = "bea.nurse@trust.example";
    EXPECT_NE(principal->who, known.check_token(token(other), now)->who);
}

TEST(TokensTest, WhatIsNotGoodIsRefusedWithoutSayingWhose) {
    const auto known = issuers();
    const auto refused = [&](const std::string& text) {
        const auto principal = known.check_token(text, now);
        EXPECT_FALSE(principal) << text;
        if (principal) return;
        EXPECT_EQ(principal.error().code, "bad_token");
        EXPECT_EQ(principal.error().text().find("anna"), std::string::npos);
    };
    refused("");
    refused("a.b.c");
    refused(std::string(1u << 20, 'a'));
    refused(token(claims(), Signer::rsa()));
    const auto with = [&](const char* member, const json& value) {
        auto changed = claims();
        changed[member] = value;
        refused(token(changed));
    };
    with("iss", "https://other.example");
    with("iss", 5);
    with("aud", "another service");
    with("exp", unix_ms(now) / 1000 - 300);
    with("sub", "");
    auto nobody = claims();
    nobody.erase("sub");
    refused(token(nobody));
    nobody["client_id"] = "lms-7";
    EXPECT_TRUE(known.check_token(token(nobody), now));
    auto good = token(claims());
    good[good.size() / 2] = good[good.size() / 2] == 'A' ? 'B' : 'A';
    refused(good);
    EXPECT_FALSE(TokenIssuers::make({})->check_token(token(claims()), now));
}

TEST(TokensTest, WithoutAMapOnlyNamesThatMeanOneThingCount) {
    auto with_scope = [](const json& scope) {
        auto out = claims();
        out["scope"] = scope;
        return out;
    };
    const auto known = issuers();
    EXPECT_THAT(scopes(known, with_scope("openid profile email all admin read")), IsEmpty());
    EXPECT_THAT(scopes(known, with_scope("  all/read  define all/read ")), ElementsAre("all/read", "define"));
    EXPECT_THAT(scopes(known, with_scope({"statements/read/mine", 7, "profile"})),
                ElementsAre("statements/read/mine"));
    EXPECT_THAT(scopes(known, with_scope(7)), IsEmpty());
    auto none = claims();
    none.erase("scope");
    EXPECT_THAT(scopes(known, none), IsEmpty());
}

TEST(TokensTest, AMapSaysWhatTheirScopesMean) {
    auto one = settings();
    one.scope_claim = "/realm_access/roles";
    one.scopes = TokenIssuer::ScopeMap{{"lrs-writer", {"statements/write", "state"}}, {"lrs-admin", {"all"}}};
    const auto known = issuers(one);
    auto roles = claims();
    roles["realm_access"] = {{"roles", {"lrs-writer", "statements/read"}}};
    EXPECT_THAT(scopes(known, roles), ElementsAre("statements/write", "state"));
    roles["realm_access"]["roles"].push_back("lrs-admin");
    EXPECT_THAT(scopes(known, roles), ElementsAre("statements/write", "state", "all"));
    roles["realm_access"] = "nothing of the kind";
    EXPECT_THAT(scopes(known, roles), IsEmpty());
}

TEST(TokensTest, OfASourceThereIsNothingBeyondIt) {
    auto one = settings();
    one.source = "7f0e8b8e-54f4-4d0c-9a3e-000000000001";
    one.scopes = TokenIssuer::ScopeMap{{"everything", {"all"}}};
    auto all = claims();
    all["scope"] = "everything";
    const auto principal = issuers(one).check_token(token(all), now);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->source, one.source);
    EXPECT_THAT(principal->scopes,
                ElementsAre("statements/write", "statements/read", "state", "define", "profile"));
    one.scopes = TokenIssuer::ScopeMap{{"everything", {"admin"}}};
    const auto refused = TokenIssuers::make({settings(), one});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "bad_parameter");
    EXPECT_EQ(refused.error().where, "/1/scopes");
}

TEST(TokensTest, OneIssuerForTwoAudiences) {
    auto second = settings();
    second.audience = "capbridge-test";
    second.source = "7f0e8b8e-54f4-4d0c-9a3e-000000000002";
    const auto known = TokenIssuers::make({settings(), second});
    ASSERT_TRUE(known);
    auto other = claims();
    other["aud"] = {"somebody", "capbridge-test"};
    EXPECT_EQ(known->check_token(token(other), now)->source, second.source);
    EXPECT_EQ(known->check_token(token(claims()), now)->source, "");
}

TEST(TokensTest, SettingsThatCannotWorkAreRefused) {
    auto one = settings();
    one.keys = "{}";
    EXPECT_EQ(TokenIssuers::make({one}).error().code, "bad_key_set");
    EXPECT_EQ(TokenIssuers::make({one}).error().where, "/0/keys");
    one = settings();
    one.scopes = TokenIssuer::ScopeMap{{"a", {"everything"}}};
    EXPECT_EQ(TokenIssuers::make({one}).error().where, "/0/scopes");
    one = settings();
    one.scope_claim = "/a~";
    EXPECT_EQ(TokenIssuers::make({one}).error().where, "/0/scope_claim");
}

TEST(TokensTest, AnEmptyMapGrantsNothing) {
    auto one = settings();
    one.scopes = TokenIssuer::ScopeMap{};
    EXPECT_THAT(scopes(issuers(one), claims()), IsEmpty());
    EXPECT_THAT(scopes(issuers(), claims()), ElementsAre("statements/write", "state")) << "no map at all";
}

TEST(TokensTest, OfASourceNothingIsMine) {
    auto one = settings();
    one.source = "7f0e8b8e-54f4-4d0c-9a3e-000000000001";
    auto mine = claims();
    mine["scope"] = "statements/read/mine state";
    EXPECT_THAT(scopes(issuers(one), mine), ElementsAre("state"));
    one.scopes = TokenIssuer::ScopeMap{{"reader", {"statements/read/mine"}}};
    const auto refused = TokenIssuers::make({one});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "/0/scopes");
}

}  // namespace
}  // namespace capbridge::engine
