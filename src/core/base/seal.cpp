#include "core/base/seal.hpp"

#include <openssl/evp.h>

#include <memory>

#include "core/base/ids.hpp"

namespace capbridge {
namespace {

constexpr std::size_t nonce_bytes = 12, tag_bytes = 16;
constexpr std::string_view version = "1:";

struct Free {
    void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

// Not the digest of the secret alone, which others may use for other things.
std::string key_of(std::string_view secret) {
    return sha256("capbridge seal 1\n" + std::string(secret));
}

unsigned char* bytes(std::string& s) {
    return reinterpret_cast<unsigned char*>(s.data());
}
const unsigned char* bytes(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

}  // namespace

std::string seal(std::string_view secret, std::string_view text) {
    const Context context(EVP_CIPHER_CTX_new());
    const auto key = key_of(secret);
    auto nonce = random_bytes(nonce_bytes);
    std::string out(text.size(), '\0'), tag(tag_bytes, '\0');
    int size = 0;
    if (!context ||
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(std::string_view(key)),
                           bytes(nonce)) != 1 ||
        EVP_EncryptUpdate(context.get(), bytes(out), &size, bytes(text), static_cast<int>(text.size())) !=
            1 ||
        EVP_EncryptFinal_ex(context.get(), bytes(tag), &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, tag.data()) != 1)
        return {};
    return std::string(version) + base64(nonce + tag + out);
}

std::optional<std::string> unseal(std::string_view secret, std::string_view sealed) {
    if (!sealed.starts_with(version)) return std::nullopt;
    const auto raw = from_base64(sealed.substr(version.size()));
    if (!raw || raw->size() < nonce_bytes + tag_bytes) return std::nullopt;
    const std::string_view nonce(raw->data(), nonce_bytes);
    std::string tag = raw->substr(nonce_bytes, tag_bytes);
    const std::string_view body = std::string_view(*raw).substr(nonce_bytes + tag_bytes);
    const Context context(EVP_CIPHER_CTX_new());
    const auto key = key_of(secret);
    std::string out(body.size(), '\0'), rest(tag_bytes, '\0');
    int size = 0;
    if (!context ||
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(std::string_view(key)),
                           bytes(nonce)) != 1 ||
        EVP_DecryptUpdate(context.get(), bytes(out), &size, bytes(body), static_cast<int>(body.size())) !=
            1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(context.get(), bytes(rest), &size) != 1)
        return std::nullopt;
    return out;
}

}  // namespace capbridge
