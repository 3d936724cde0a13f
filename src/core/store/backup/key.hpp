// What makes a repository of backups unreadable to others: a master key, made once with the repository and
// kept in its repository.json, sealed by what the owner holds (a key file, or a passphrase by Argon2id).
// libsodium: secretbox (XSalsa20-Poly1305) for content, keyed BLAKE2b for names, so that a name tells
// nothing of what it names. A repository without a key names content by its plain BLAKE2b-256, as `b2sum -l
// 256` does. Values; any thread.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace capbridge::store {

struct BackupKey {
    std::string names, content;  // 32 bytes each
};

// What a key file says: a key made by make_key_file(), or else its first line as a passphrase of at least 12
// characters. Errors "not_found", "bad_key_file".
Result<std::string> read_key_file(const std::filesystem::path& file);
// Never over a file that is there. Error "exists", "unwritable".
Status make_key_file(const std::filesystem::path& file);

// A new repository's member "encryption", and its key. `secret` is what read_key_file() gave.
struct NewKey {
    std::string sealed;  // JSON
    BackupKey key;
};
Result<NewKey> make_key(const std::string& secret);
// Errors "wrong_key", "repository_damaged".
Result<BackupKey> open_key(const json& sealed, const std::string& secret);

// 32 bytes; without a key the plain digest.
std::string name_of(const std::optional<BackupKey>& key, std::string_view bytes);
std::string encrypt(const BackupKey& key, std::string_view bytes);
std::optional<std::string> decrypt(const BackupKey& key, std::string_view sealed);

}  // namespace capbridge::store
