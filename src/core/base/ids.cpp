#include "core/base/ids.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace capbridge {
namespace {

std::string digest(const EVP_MD* kind, std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out, &size, kind, nullptr) != 1)
        throw std::runtime_error("EVP_Digest");
    return {reinterpret_cast<char*>(out), size};
}

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string stamp_uuid(std::string bytes, unsigned version) {
    bytes.resize(16);
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0F) | (version << 4));
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3F) | 0x80);
    return uuid_text(bytes);
}

}  // namespace

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < 36; ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : nibble(text[i]) < 0) return false;
    }
    return true;
}

std::string uuid_bytes(std::string_view uuid) {
    if (!is_uuid(uuid)) return {};
    std::string out;
    out.reserve(16);
    for (std::size_t i = 0; i < 36;) {
        if (uuid[i] == '-') {
            ++i;
            continue;
        }
        out += static_cast<char>(nibble(uuid[i]) * 16 + nibble(uuid[i + 1]));
        i += 2;
    }
    return out;
}

std::string uuid_text(std::string_view bytes) {
    auto text = to_hex(bytes.substr(0, 16));
    for (const std::size_t dash : {8u, 13u, 18u, 23u}) text.insert(std::min(dash, text.size()), 1, '-');
    return text;
}

std::string lower_uuid(std::string_view uuid) {
    std::string out(uuid);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string uuid_v4() {
    return stamp_uuid(random_bytes(16), 4);
}

std::string uuid_v5(std::string_view namespace_uuid, std::string_view name) {
    return stamp_uuid(digest(EVP_sha1(), uuid_bytes(namespace_uuid) + std::string(name)), 5);
}

std::string sha256(std::string_view bytes) {
    // Fetched once: EVP_sha256() makes each digest look for its provider anew, which costs more than a
    // record's bytes do.
    static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return digest(fetched != nullptr ? fetched : EVP_sha256(), bytes);
}
std::string sha256_hex(std::string_view bytes) {
    return to_hex(sha256(bytes));
}
std::string sha2_hex(std::string_view bytes, std::size_t hex_digits) {
    switch (hex_digits) {
        case 56:
            return to_hex(digest(EVP_sha224(), bytes));
        case 64:
            return sha256_hex(bytes);
        case 96:
            return to_hex(digest(EVP_sha384(), bytes));
        case 128:
            return to_hex(digest(EVP_sha512(), bytes));
        default:
            return {};
    }
}
std::string sha1_hex(std::string_view bytes) {
    return to_hex(digest(EVP_sha1(), bytes));
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out, &size) == nullptr)
        throw std::runtime_error("HMAC");
    return to_hex({reinterpret_cast<char*>(out), size});
}

std::string to_hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2 + 4);  // the dashes of a UUID
    out.resize(bytes.size() * 2);
    auto* to = out.data();
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
    return out;
}

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
        throw std::runtime_error("RAND_bytes");
    return out;
}

std::string random_token(std::size_t bytes) {
    std::string out = base64(random_bytes(bytes));
    while (!out.empty() && out.back() == '=') out.pop_back();
    std::replace(out.begin(), out.end(), '+', '-');
    std::replace(out.begin(), out.end(), '/', '_');
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    // EVP_DecodeBlock skips blanks and reads '=' anywhere as zero bits.
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    const auto digits = text.substr(0, text.size() - padding);
    const auto digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/';
    };
    if (!std::all_of(digits.begin(), digits.end(), digit)) return std::nullopt;
    std::string out(text.size() / 4 * 3 + 1, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(size) - padding);
    // The last digit has bits that no byte needs: were they free, several texts would be one value (RFC
    // 4648, 3.5).
    if (padding > 0 &&
        base64(std::string_view(out).substr(out.size() / 3 * 3)) != text.substr(text.size() - 4))
        return std::nullopt;
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace capbridge
