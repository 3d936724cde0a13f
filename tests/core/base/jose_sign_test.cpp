// Signing tokens, checked by OpenSSL itself; and what is no key.
#include "core/base/jose_sign.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/jose.hpp"
#include "core/base/seal.hpp"

namespace capbridge {
namespace {

std::string pem_of(EVP_PKEY* key) {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

std::string bytes_of(std::string text) {
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    while (text.size() % 4 != 0) text += '=';
    return from_base64(text).value_or("");
}

std::string der_of(const std::string& pair) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(pair.data());
    ECDSA_SIG* signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const auto size = i2d_ECDSA_SIG(signature, &der);
    std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return out;
}

bool fits(const std::string& token, EVP_PKEY* key, bool ec) {
    const auto dot = token.rfind('.');
    const auto input = token.substr(0, dot);
    auto signature = bytes_of(token.substr(dot + 1));
    if (ec && signature.size() != 64) return false;
    if (ec) signature = der_of(signature);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool good =
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                         reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

TEST(SigningKey, SignsWithRsaAndP256) {
    for (const bool ec : {false, true}) {
        EVP_PKEY* key = ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
        const auto signer = SigningKey::read(pem_of(key));
        ASSERT_TRUE(signer);
        EXPECT_EQ(ec ? "ES256" : "RS256", signer->algorithm());
        for (int i = 0; i < 20; ++i) {  // r and s of every length
            const auto token = signer->sign({{"kid", "k"}}, {{"n", i}});
            ASSERT_TRUE(token);
            EXPECT_TRUE(fits(*token, key, ec));
            const auto jws = read_jws(*token);
            ASSERT_TRUE(jws);
            EXPECT_EQ(signer->algorithm(), jws->algorithm());
            EXPECT_EQ("k", jws->header["kid"]);
            EXPECT_EQ(json({{"n", i}}), json::parse(jws->payload));
        }
        EVP_PKEY_free(key);
    }
}

TEST(SigningKey, OtherKeysAreRefused) {
    for (EVP_PKEY* key :
         {EVP_RSA_gen(1024), EVP_EC_gen("P-384"), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}) {
        EXPECT_FALSE(SigningKey::read(pem_of(key)));
        EVP_PKEY_free(key);
    }
    for (const auto* text :
         {"", "secret", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
        const auto refused = SigningKey::read(text);
        ASSERT_FALSE(refused);
        EXPECT_EQ("bad_key", refused.error().code);
    }
}

TEST(Seal, OpensWithItsSecretOnlyAndOnlyUnchanged) {
    const auto sealed = seal("secret", "refresh-token");
    EXPECT_EQ(sealed.npos, sealed.find("refresh"));
    EXPECT_EQ("refresh-token", unseal("secret", sealed));
    EXPECT_NE(sealed, seal("secret", "refresh-token"));  // another nonce
    EXPECT_EQ(std::nullopt, unseal("Secret", sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_NE("refresh-token", unseal("secret", changed).value_or("")) << i;
    }
    for (const auto* text : {"", "1:", "1:AAAA", "2:AAAA", "refresh-token"})
        EXPECT_EQ(std::nullopt, unseal("secret", text));
    EXPECT_EQ("", unseal("secret", seal("secret", "")));
}

}  // namespace
}  // namespace capbridge
