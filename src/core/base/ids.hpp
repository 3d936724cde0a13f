// Identifiers and digests: UUIDs (RFC 4122), SHA-1 and SHA-2, random secrets, base64. OpenSSL underneath.
// Any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace capbridge {

bool is_uuid(std::string_view text);  // 8-4-4-4-12 hex digits, any case
std::string uuid_v4();                // lower case
std::string uuid_v5(std::string_view namespace_uuid, std::string_view name);
std::string uuid_bytes(std::string_view uuid);          // 16 bytes; "" when it is not a UUID
std::string uuid_text(std::string_view sixteen_bytes);  // lower case
std::string lower_uuid(std::string_view uuid);

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 hex digits
// The SHA-2 whose hex has that many digits: 56 (SHA-224), 64, 96 or 128 (SHA-512); "" for any other number.
std::string sha2_hex(std::string_view bytes, std::size_t hex_digits);
std::string sha1_hex(std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);  // RFC 2104, 64 hex digits
std::string to_hex(std::string_view bytes);

std::string random_bytes(std::size_t count);
std::string random_token(std::size_t bytes);  // URL-safe text with that much entropy
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace capbridge
