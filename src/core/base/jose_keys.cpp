#include <openssl/err.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/jose.hpp"
#include "core/base/jose_cjose.hpp"

namespace capbridge {
namespace {

constexpr std::size_t most_keys = 100;        // an issuer has a handful
constexpr std::size_t least_rsa_bits = 2048;  // RFC 7518, 3.3
constexpr double grace_seconds = 60;          // clocks differ

struct PublicKey {
    jose::Key key;
    std::string kid, alg;  // "" when the set does not say
    std::string family;    // which algorithms it can verify: "RSA", "P-256", "P-384", "P-521"
};

// The only algorithms that are ever verified. "none" and the symmetric HS* (for which anybody who knows the
// public key could make a token) are not among them.
std::string_view family_of(std::string_view algorithm) {
    static constexpr std::string_view rsa[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"};
    if (std::find(std::begin(rsa), std::end(rsa), algorithm) != std::end(rsa)) return "RSA";
    if (algorithm == "ES256") return "P-256";
    if (algorithm == "ES384") return "P-384";
    if (algorithm == "ES512") return "P-521";
    return {};
}

bool is_for_signatures(const json& jwk) {
    if (const auto use = jwk.find("use"); use != jwk.end() && *use != "sig") return false;
    const auto operations = jwk.find("key_ops");
    return operations == jwk.end() ||
           (operations->is_array() &&
            std::find(operations->begin(), operations->end(), "verify") != operations->end());
}

// Null for a key that is of no use here (of another kind, too short, for encryption, malformed).
PublicKey read_key(const json& jwk) {
    PublicKey out;
    if (!jwk.is_object() || !is_for_signatures(jwk)) return out;
    const auto kind = get_string(jwk, "kty");
    // Only the public members: a private key that somebody published by mistake is not kept in memory.
    json plain{{"kty", kind}};
    if (kind == "RSA") {
        plain["n"] = get_string(jwk, "n");
        plain["e"] = get_string(jwk, "e");
    } else if (kind == "EC") {
        for (const char* member : {"crv", "x", "y"}) plain[member] = get_string(jwk, member);
    } else {
        return out;
    }
    const auto text = plain.dump();
    cjose_err error{};
    jose::Key key(cjose_jwk_import(text.data(), text.size(), &error));
    if (!key) return out;
    if (kind == "RSA" && cjose_jwk_get_keysize(key.get(), &error) < least_rsa_bits) return out;
    out.key = std::move(key);
    out.kid = get_string(jwk, "kid");
    out.alg = get_string(jwk, "alg");
    out.family = kind == "RSA" ? kind : get_string(jwk, "crv");
    return out;
}

bool meant_for(const json& claims, std::string_view audience) {
    const auto aud = claims.find("aud");
    if (aud == claims.end()) return false;
    if (!aud->is_array()) return *aud == audience;
    return std::find(aud->begin(), aud->end(), audience) != aud->end();
}

tl::unexpected<Error> refuse(const char* why) {
    return fail("bad_token", why);
}

Status check_claims(const json& claims, std::string_view issuer, std::string_view audience, Instant now) {
    if (issuer.empty() || get_string(claims, "iss") != issuer)
        return refuse("the token is of another issuer");
    if (audience.empty() || !meant_for(claims, audience))
        return refuse("the token is meant for another audience");
    const double seconds = static_cast<double>(unix_ms(now)) / 1000;
    const auto expires = claims.find("exp");
    if (expires == claims.end() || !expires->is_number()) return refuse("the token says no time of expiry");
    if (!(seconds < expires->get<double>() + grace_seconds)) return refuse("the token has expired");
    if (const auto from = claims.find("nbf"); from != claims.end()) {
        if (!from->is_number()) return refuse("the token's 'nbf' is not a time");
        if (!(seconds + grace_seconds >= from->get<double>())) return refuse("the token is not valid yet");
    }
    return {};
}

}  // namespace

struct KeySet::Impl {
    std::vector<PublicKey> keys;
};

KeySet::KeySet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeySet::~KeySet() = default;
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;

Result<KeySet> KeySet::read(std::string_view jwks_json) {
    const auto parsed = parse_json(jwks_json, {1u << 20, 16});
    if (!parsed) return fail("bad_key_set", "the key set is not JSON: " + parsed.error().message);
    const auto keys = parsed->is_object() ? parsed->find("keys") : parsed->end();
    if (!parsed->is_object() || keys == parsed->end() || !keys->is_array())
        return fail("bad_key_set", "the key set must be an object with an array 'keys' (RFC 7517, 5)");
    if (keys->size() > most_keys) return fail("bad_key_set", "the key set has more than 100 keys");
    auto impl = std::make_unique<Impl>();
    for (const auto& jwk : *keys) {
        if (auto key = read_key(jwk); key.key) impl->keys.push_back(std::move(key));
    }
    ERR_clear_error();
    if (impl->keys.empty())
        return fail("bad_key_set",
                    "the key set has no RSA key of 2048 bits or more and no EC key to verify with");
    return KeySet(std::move(impl));
}

Result<json> KeySet::verify(std::string_view token, std::string_view issuer, std::string_view audience,
                            Instant now) const {
    const auto jws = read_jws(token);
    if (!jws) return refuse("the token is not a signed JWT");
    const auto algorithm = jws->algorithm();
    const auto family = family_of(algorithm);
    if (family.empty()) return refuse("the token's algorithm is not accepted");
    const auto kid = get_string(jws->header, "kid");
    const bool fits = std::any_of(impl_->keys.begin(), impl_->keys.end(), [&](const PublicKey& key) {
        return key.family == family && (key.alg.empty() || key.alg == algorithm) &&
               (kid.empty() || key.kid == kid) && jose::signature_fits(token, key.key.get());
    });
    ERR_clear_error();
    if (!fits) return refuse("the token's signature fits no key of the issuer");
    auto claims = parse_json(jws->payload, {1u << 20, 16});
    if (!claims || !claims->is_object()) return refuse("the token's claims are not a JSON object");
    CAPBRIDGE_TRY(check_claims(*claims, issuer, audience, now));
    return std::move(*claims);
}

}  // namespace capbridge
