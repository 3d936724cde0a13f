// Keys of the moment for tests, and what is signed with them: compact JWS, JWK, certificate.
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/ids.hpp"

namespace capbridge {

inline std::string base64url(std::string_view bytes) {
    std::string out = base64(bytes);
    while (!out.empty() && out.back() == '=') out.pop_back();
    std::replace(out.begin(), out.end(), '+', '-');
    std::replace(out.begin(), out.end(), '/', '_');
    return out;
}

class Signer {
public:
    static Signer rsa(unsigned bits = 2048) {
        return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}));
    }
    static Signer ec(const char* curve = "P-256") {
        return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
    }

    // header.payload.signature, whatever the header says of the algorithm's name; `digest` and the key
    // decide.
    [[nodiscard]] std::string sign(const nlohmann::json& header, std::string_view payload,
                                   const char* digest = "SHA256") const {
        const std::string input = base64url(header.dump()) + "." + base64url(payload);
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        EVP_PKEY_CTX* key_context = nullptr;
        EVP_DigestSignInit_ex(context, &key_context, digest, nullptr, nullptr, key_.get(), nullptr);
        if (header.value("alg", "").starts_with("PS")) {
            EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
            EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST);
        }
        const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
        std::size_t size = 0;
        EVP_DigestSign(context, nullptr, &size, bytes, input.size());
        std::string signature(size, '\0');
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                       input.size());
        signature.resize(size);
        EVP_MD_CTX_free(context);
        return input + "." + base64url(is_ec() ? raw_ecdsa(signature) : signature);
    }

    [[nodiscard]] nlohmann::json jwk() const {
        if (is_ec()) {
            return {{"kty", "EC"},
                    {"crv", curve()},
                    {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size())},
                    {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size())}};
        }
        return {{"kty", "RSA"}, {"n", number(OSSL_PKEY_PARAM_RSA_N)}, {"e", number(OSSL_PKEY_PARAM_RSA_E)}};
    }

    // A self-signed certificate as x5c has it: base64 of the DER.
    [[nodiscard]] std::string certificate() const {
        X509* x509 = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), 0);
        X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
        X509_set_pubkey(x509, key_.get());
        X509_sign(x509, key_.get(), EVP_sha256());
        unsigned char* der = nullptr;
        const int size = i2d_X509(x509, &der);
        const std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
        X509_free(x509);
        return base64(bytes);
    }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    explicit Signer(EVP_PKEY* key) : key_(key) {}
    [[nodiscard]] bool is_ec() const { return EVP_PKEY_base_id(key_.get()) == EVP_PKEY_EC; }
    [[nodiscard]] std::size_t coordinate_size() const {
        return static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get()) + 7) / 8;
    }
    [[nodiscard]] const char* curve() const {
        const int bits = EVP_PKEY_get_bits(key_.get());
        return bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521";
    }
    [[nodiscard]] std::string number(const char* name, std::size_t size = 0) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        const auto text = base64url(padded(value, size));
        BN_free(value);
        return text;
    }
    static std::string padded(const BIGNUM* value, std::size_t size) {
        std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(value))), '\0');
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
        return bytes;
    }
    // OpenSSL writes DER, a JWS has the two numbers side by side (RFC 7518, 3.4).
    [[nodiscard]] std::string raw_ecdsa(const std::string& der) const {
        const auto* at = reinterpret_cast<const unsigned char*>(der.data());
        ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
        const auto raw = padded(ECDSA_SIG_get0_r(pair), coordinate_size()) +
                         padded(ECDSA_SIG_get0_s(pair), coordinate_size());
        ECDSA_SIG_free(pair);
        return raw;
    }
    std::unique_ptr<EVP_PKEY, Free> key_;
};

// One key for all tests of a program: making one takes a while.
inline const Signer& test_signer() {
    static const Signer signer = Signer::rsa();
    return signer;
}

}  // namespace capbridge
