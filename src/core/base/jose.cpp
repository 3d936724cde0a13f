#include "core/base/jose.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/ids.hpp"
#include "core/base/jose_cjose.hpp"

namespace capbridge {
namespace {

struct Free {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(BIGNUM* p) const { BN_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// OpenSSL keeps a queue of errors per thread; what fails here is told by a value.
struct ErrorQueue {
    ~ErrorQueue() { ERR_clear_error(); }
};

// RFC 4648, section 5, without padding: the only form that a JWS may have.
std::optional<std::string> from_base64url(std::string_view text) {
    std::string plain(text);
    if (plain.find_first_of("+/=") != std::string::npos) return std::nullopt;
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    while (plain.size() % 4 != 0) plain += '=';
    return from_base64(plain);
}

Result<Owned<X509>> first_certificate(const json& header) {
    const auto bad = [](const char* why) {
        return fail("bad_certificate", std::string("the signature's certificate (x5c) ") + why);
    };
    const auto chain = header.find("x5c");
    if (chain == header.end() || !chain->is_array() || chain->empty() || !chain->front().is_string())
        return bad("must be an array of base64 texts");
    auto text = chain->front().get<std::string>();
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == ' '; });  // cut out of a PEM file
    const auto der = from_base64(text);
    if (!der) return bad("is not base64");
    const auto* at = reinterpret_cast<const unsigned char*>(der->data());
    Owned<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der->size())));
    if (!certificate) return bad("is not an X.509 certificate");
    return certificate;
}

std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* taken = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &taken) != 1) return {};
    const Owned<BIGNUM> number(taken);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
}

// Null unless it is an RSA key.
jose::Key rsa_key_of(X509* certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) return nullptr;
    auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
    if (n.empty() || e.empty()) return nullptr;
    cjose_jwk_rsa_keyspec spec{};
    spec.n = reinterpret_cast<std::uint8_t*>(n.data());
    spec.nlen = n.size();
    spec.e = reinterpret_cast<std::uint8_t*>(e.data());
    spec.elen = e.size();
    cjose_err error{};
    return jose::Key(cjose_jwk_create_RSA_spec(&spec, &error));
}

}  // namespace

std::string Jws::algorithm() const {
    return get_string(header, "alg");
}

Result<Jws> read_jws(std::string_view compact) {
    const auto bad = [](const char* why) { return fail("bad_jws", std::string("the JWS ") + why); };
    const auto first = compact.find('.');
    const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
    if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
        return bad("is not a compact serialisation: three parts with a dot between them (RFC 7515, 7.1)");
    const auto header = from_base64url(compact.substr(0, first));
    auto payload = from_base64url(compact.substr(first + 1, second - first - 1));
    if (!header || !payload || !from_base64url(compact.substr(second + 1)))
        return bad("has a part that is not base64url");
    auto parsed = parse_json(*header, {1u << 20, 16});
    if (!parsed || !parsed->is_object()) return bad("has a header that is not a JSON object");
    if (get_string(*parsed, "alg").empty()) return bad("names no algorithm");
    // RFC 7515, 4.1.11: whoever does not know an extension named here must refuse. We know none.
    if (parsed->contains("crit")) return bad("has critical extensions, and none is understood here");
    return Jws{std::move(*parsed), std::move(*payload), std::string(compact)};
}

Status verify_by_certificate(const Jws& jws) {
    const ErrorQueue errors;
    CAPBRIDGE_LET(const auto certificate, first_certificate(jws.header));
    const auto algorithm = jws.algorithm();
    if (algorithm != "RS256" && algorithm != "RS384" && algorithm != "RS512")
        return fail("bad_signature", "the algorithm must be RS256, RS384 or RS512");
    const auto key = rsa_key_of(certificate.get());
    if (!key) return fail("bad_certificate", "the signature's certificate (x5c) has no RSA key");
    if (!jose::signature_fits(jws.compact, key.get()))
        return fail("bad_signature", "the signature does not fit the key of its certificate (x5c)");
    return {};
}

}  // namespace capbridge
