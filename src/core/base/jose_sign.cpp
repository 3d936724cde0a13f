#include "core/base/jose_sign.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge {
namespace {

struct Free {
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// OpenSSL keeps a queue of errors per thread; what fails here is told by a value.
struct ErrorQueue {
    ~ErrorQueue() { ERR_clear_error(); }
};

constexpr int half_bytes = 32;  // of an ES256 signature: r and s

std::string base64url(std::string_view bytes) {
    auto text = base64(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    return text;
}

// RFC 7518, 3.4: the two numbers side by side, not the DER that OpenSSL writes.
std::string side_by_side(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string out(2 * half_bytes, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(out.data());
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, half_bytes) != half_bytes ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + half_bytes, half_bytes) != half_bytes)
        return {};
    return out;
}

// No terminal is asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

}  // namespace

struct SigningKey::Impl {
    Owned<EVP_PKEY> key;
};

SigningKey::SigningKey(std::unique_ptr<Impl> impl, std::string algorithm)
    : impl_(std::move(impl)), algorithm_(std::move(algorithm)) {}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

Result<SigningKey> SigningKey::read(std::string_view pem) {
    const ErrorQueue errors;
    const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Owned<EVP_PKEY> key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, &no_passphrase, nullptr)
                             : nullptr);
    if (!key) return fail("bad_key", "the key is no PEM private key without a passphrase");
    std::string algorithm;
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) >= 2048) {
        algorithm = "RS256";
    } else if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
        char curve[64] = {};
        std::size_t size = 0;
        if (EVP_PKEY_get_group_name(key.get(), curve, sizeof curve, &size) == 1 &&
            std::string_view(curve, size) == "prime256v1")
            algorithm = "ES256";
    }
    if (algorithm.empty())
        return fail("bad_key", "the key must be RSA of 2048 bits or more, or EC on the curve P-256");
    return SigningKey(std::make_unique<Impl>(Impl{std::move(key)}), std::move(algorithm));
}

Result<std::string> SigningKey::sign(json header, const json& claims) const {
    const ErrorQueue errors;
    header["alg"] = algorithm_;
    header["typ"] = "JWT";
    const auto input = base64url(header.dump()) + "." + base64url(claims.dump());
    const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, input.size()) != 1)
        return fail("bad_key", "the key cannot sign");
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                       input.size()) != 1)
        return fail("bad_key", "the key cannot sign");
    signature.resize(size);
    if (algorithm_ == "ES256") signature = side_by_side(signature);
    if (signature.empty()) return fail("bad_key", "the key cannot sign");
    return input + "." + base64url(signature);
}

}  // namespace capbridge
