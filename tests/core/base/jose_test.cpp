#include "core/base/jose.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/signer.hpp"

namespace capbridge {
namespace {

const Instant noon = *parse_instant("2026-03-01T12:00:00Z");
const std::int64_t noon_s = unix_ms(noon) / 1000;
constexpr std::string_view issuer = "https://id.example/realm";
constexpr std::string_view audience = "capbridge";

json good_claims() {
    return {
        {"iss", issuer}, {"aud", audience}, {"exp", noon_s + 300}, {"nbf", noon_s - 10}, {"sub", "client-7"}};
}

KeySet keys_of(const std::vector<json>& jwks) {
    auto keys = KeySet::read(json{{"keys", jwks}}.dump());
    EXPECT_TRUE(keys) << keys.error().text();
    return std::move(*keys);
}

json named(json jwk, const char* kid) {
    jwk["kid"] = kid;
    return jwk;
}

bool accepted(const KeySet& keys, const std::string& token) {
    const auto claims = keys.verify(token, issuer, audience, noon);
    if (!claims) {
        EXPECT_EQ(claims.error().code, "bad_token");
        EXPECT_EQ(claims.error().message.find("client-7"), std::string::npos) << "no claim in a message";
    }
    return claims.has_value();
}

TEST(ReadJws, TakesACompactSerialisationApart) {
    const auto compact = test_signer().sign({{"alg", "RS256"}, {"typ", "JWT"}}, "{\"a\":1}");
    const auto jws = read_jws(compact);
    ASSERT_TRUE(jws) << jws.error().text();
    EXPECT_EQ(jws->algorithm(), "RS256");
    EXPECT_EQ(jws->payload, "{\"a\":1}");
    EXPECT_EQ(jws->header["typ"], "JWT");
    EXPECT_EQ(jws->compact, compact);
}

TEST(ReadJws, RefusesWhatIsNone) {
    const auto alg = base64url(R"({"alg":"RS256"})");
    for (const std::string& text :
         {std::string(), std::string("."), std::string(".."), std::string("a.b"), alg + ".e30",
          alg + ".e30.c2ln.x", alg + ".e3 0.c2ln", alg + ".e30=.c2ln", alg + ".+/+/.c2ln", alg + ".e.c2ln",
          alg + ".e30.c2l\n", base64url("[]") + ".e30.c2ln", base64url("{") + ".e30.c2ln",
          base64url("{}") + ".e30.c2ln", base64url(R"({"alg":5})") + ".e30.c2ln",
          base64url(R"({"alg":"RS256","alg":"none"})") + ".e30.c2ln",
          base64url(R"({"alg":"RS256","crit":["exp"]})") + ".e30.c2ln",
          base64url(std::string(100, '[')) + ".e30.c2ln"}) {
        const auto jws = read_jws(text);
        ASSERT_FALSE(jws) << text;
        EXPECT_EQ(jws.error().code, "bad_jws");
    }
}

TEST(VerifyByCertificate, ComparesWithTheKeyOfTheFirstOne) {
    const auto& signer = test_signer();
    for (const auto& [algorithm, digest] :
         {std::pair{"RS256", "SHA256"}, {"RS384", "SHA384"}, {"RS512", "SHA512"}}) {
        const json header{{"alg", algorithm}, {"x5c", {signer.certificate(), "of another, not looked at"}}};
        EXPECT_TRUE(verify_by_certificate(*read_jws(signer.sign(header, "payload", digest)))) << algorithm;
    }
    auto wrapped = signer.certificate();
    wrapped.insert(64, "\r\n");
    EXPECT_TRUE(verify_by_certificate(*read_jws(signer.sign({{"alg", "RS256"}, {"x5c", {wrapped}}}, "p"))))
        << "lines as in a PEM file";
}

TEST(VerifyByCertificate, RefusesAnotherKeyAnotherPayloadAndAnotherDigest) {
    const auto& signer = test_signer();
    const json header{{"alg", "RS256"}, {"x5c", {signer.certificate()}}};
    const auto code = [](const std::string& compact) {
        const auto status = verify_by_certificate(*read_jws(compact));
        return status ? "" : status.error().code;
    };
    EXPECT_EQ(code(Signer::rsa().sign(header, "payload")), "bad_signature");
    EXPECT_EQ(code(signer.sign(header, "payload", "SHA384")), "bad_signature");
    const auto good = signer.sign(header, "payload");
    const auto first = good.find('.'), last = good.rfind('.');
    EXPECT_EQ(code(good.substr(0, first + 1) + base64url("another") + good.substr(last)), "bad_signature");
    EXPECT_EQ(code(good.substr(0, last + 1)), "bad_signature") << "no signature at all";
    json none = header;
    none["alg"] = "none";
    EXPECT_EQ(code(signer.sign(none, "payload")), "bad_signature");
}

TEST(VerifyByCertificate, RefusesCertificatesThatAreNone) {
    const auto& signer = test_signer();
    for (const json& x5c : {json(), json("text"), json::array(), json{5}, json{""}, json{"!!"},
                            json{"bm90IERFUg=="}, json{Signer::ec().certificate()}}) {
        const auto status =
            verify_by_certificate(*read_jws(signer.sign({{"alg", "RS256"}, {"x5c", x5c}}, "p")));
        ASSERT_FALSE(status) << x5c;
        EXPECT_EQ(status.error().code, "bad_certificate") << x5c;
    }
}

TEST(KeySetRead, RefusesWhatHasNoKeyToVerifyWith) {
    const auto secret = json{{"kty", "oct"}, {"k", base64url("a secret of thirty-two bytes....")}};
    auto encrypts = test_signer().jwk();
    encrypts["use"] = "enc";
    auto wraps = test_signer().jwk();
    wraps["key_ops"] = {"wrapKey"};
    auto off_curve = Signer::ec().jwk();
    off_curve["y"] = off_curve["x"];
    for (const json& set : {json{{"keys", json::array()}}, json{{"keys", 5}}, json::object(), json::array(),
                            json{{"keys", {secret}}}, json{{"keys", {encrypts}}}, json{{"keys", {wraps}}},
                            json{{"keys", {off_curve}}}, json{{"keys", {Signer::rsa(1024).jwk()}}},
                            json{{"keys", {5, nullptr, {{"kty", "RSA"}}}}}}) {
        const auto keys = KeySet::read(set.dump());
        ASSERT_FALSE(keys) << set;
        EXPECT_EQ(keys.error().code, "bad_key_set");
    }
    EXPECT_FALSE(KeySet::read("{"));
    EXPECT_FALSE(KeySet::read(json{{"keys", std::vector<json>(101, test_signer().jwk())}}.dump()));
}

TEST(KeySetVerify, TakesTheAsymmetricAlgorithms) {
    const auto p256 = Signer::ec("P-256"), p384 = Signer::ec("P-384"), p521 = Signer::ec("P-521");
    const auto keys = keys_of({test_signer().jwk(), p256.jwk(), p384.jwk(), p521.jwk()});
    const auto claims = good_claims().dump();
    for (const auto& [algorithm, digest] : {std::pair{"RS256", "SHA256"},
                                            {"RS384", "SHA384"},
                                            {"RS512", "SHA512"},
                                            {"PS256", "SHA256"},
                                            {"PS384", "SHA384"},
                                            {"PS512", "SHA512"}})
        EXPECT_TRUE(accepted(keys, test_signer().sign({{"alg", algorithm}}, claims, digest))) << algorithm;
    EXPECT_TRUE(accepted(keys, p256.sign({{"alg", "ES256"}}, claims, "SHA256")));
    EXPECT_TRUE(accepted(keys, p384.sign({{"alg", "ES384"}}, claims, "SHA384")));
    EXPECT_TRUE(accepted(keys, p521.sign({{"alg", "ES512"}}, claims, "SHA512")));
    EXPECT_FALSE(accepted(keys, p384.sign({{"alg", "ES256"}}, claims, "SHA256"))) << "not the curve of ES256";
    EXPECT_EQ((*keys.verify(p256.sign({{"alg", "ES256"}}, claims), issuer, audience, noon))["sub"],
              "client-7");
}

TEST(KeySetVerify, RefusesNoneAndWhatThePublicKeyCouldForge) {
    const auto keys = keys_of({test_signer().jwk()});
    const auto claims = good_claims().dump();
    EXPECT_FALSE(accepted(keys, base64url(R"({"alg":"none"})") + "." + base64url(claims) + "."));
    for (const char* algorithm :
         {"none", "None", "HS256", "HS384", "HS512", "rs256", "RS256 ", "EdDSA", "dir"})
        EXPECT_FALSE(accepted(keys, test_signer().sign({{"alg", algorithm}}, claims))) << algorithm;
    EXPECT_FALSE(accepted(keys, Signer::rsa().sign({{"alg", "RS256"}}, claims))) << "nobody's key";
    // A key that the token brings itself is nobody's either.
    const auto other = Signer::rsa();
    EXPECT_FALSE(accepted(
        keys, other.sign({{"alg", "RS256"}, {"jwk", other.jwk()}, {"x5c", {other.certificate()}}}, claims)));
    const auto good = test_signer().sign({{"alg", "RS256"}}, claims);
    EXPECT_TRUE(accepted(keys, good));
    EXPECT_FALSE(accepted(keys, good.substr(0, good.size() - 4)));
    EXPECT_FALSE(accepted(keys, ""));
    EXPECT_FALSE(accepted(keys, "a.b.c"));
}

TEST(KeySetVerify, LooksForTheKeyThatIsNamed) {
    const auto a = Signer::rsa(), b = Signer::rsa();
    const auto keys = keys_of({named(a.jwk(), "a"), named(b.jwk(), "b")});
    const auto claims = good_claims().dump();
    EXPECT_TRUE(accepted(keys, b.sign({{"alg", "RS256"}, {"kid", "b"}}, claims)));
    EXPECT_FALSE(accepted(keys, b.sign({{"alg", "RS256"}, {"kid", "a"}}, claims)));
    EXPECT_FALSE(accepted(keys, b.sign({{"alg", "RS256"}, {"kid", "c"}}, claims)));
    EXPECT_TRUE(accepted(keys, b.sign({{"alg", "RS256"}}, claims))) << "any key when none is named";
    auto only_512 = a.jwk();
    only_512["alg"] = "RS512";
    const auto narrow = keys_of({only_512});
    EXPECT_FALSE(accepted(narrow, a.sign({{"alg", "RS256"}}, claims)));
    EXPECT_TRUE(accepted(narrow, a.sign({{"alg", "RS512"}}, claims, "SHA512")));
}

TEST(KeySetVerify, HoldsTheClaimsToIssuerAudienceAndTime) {
    const auto keys = keys_of({test_signer().jwk()});
    const auto with = [&](const char* claim, const json& value) {
        auto claims = good_claims();
        claims[claim] = value;
        return accepted(keys, test_signer().sign({{"alg", "RS256"}}, claims.dump()));
    };
    const auto without = [&](const char* claim) {
        auto claims = good_claims();
        claims.erase(claim);
        return accepted(keys, test_signer().sign({{"alg", "RS256"}}, claims.dump()));
    };
    EXPECT_FALSE(with("iss", "https://id.example/other"));
    EXPECT_FALSE(with("iss", json::array({issuer})));
    EXPECT_FALSE(without("iss"));
    EXPECT_FALSE(with("aud", "another"));
    EXPECT_FALSE(with("aud", json::array()));
    EXPECT_FALSE(with("aud", json::array({"another", 5})));
    EXPECT_TRUE(with("aud", json::array({"another", audience})));
    EXPECT_FALSE(without("aud"));
    EXPECT_TRUE(with("exp", noon_s - 59));
    EXPECT_FALSE(with("exp", noon_s - 60));
    EXPECT_FALSE(with("exp", std::to_string(noon_s + 300)));
    EXPECT_FALSE(without("exp"));
    EXPECT_TRUE(with("nbf", noon_s + 60));
    EXPECT_FALSE(with("nbf", noon_s + 61));
    EXPECT_FALSE(with("nbf", "soon"));
    EXPECT_TRUE(without("nbf"));
    EXPECT_TRUE(with("exp", 1e300));
    EXPECT_FALSE(accepted(keys, test_signer().sign({{"alg", "RS256"}}, "[]")));
    EXPECT_FALSE(accepted(keys, test_signer().sign({{"alg", "RS256"}}, "no JSON")));
}

TEST(KeySetVerify, AnEmptyIssuerOrAudienceMatchesNothing) {
    const auto keys = keys_of({test_signer().jwk()});
    auto claims = good_claims();
    claims["iss"] = "";
    claims["aud"] = "";
    const auto token = test_signer().sign({{"alg", "RS256"}}, claims.dump());
    EXPECT_FALSE(keys.verify(token, "", "", noon));
}

}  // namespace
}  // namespace capbridge
