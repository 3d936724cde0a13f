#include "core/store/backup/key.hpp"

#include <sodium.h>

#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::store {
namespace {

constexpr std::string_view key_file_mark = "capbridge-backup-key-1 ";
constexpr std::size_t key_bytes = crypto_secretbox_KEYBYTES, shortest_passphrase = 12;
// Of Argon2id, kept with each repository: a second of one core or so, in 128 MiB.
constexpr unsigned long long passes = 3;
constexpr std::size_t memory_bytes = std::size_t{128} << 20;

unsigned char* bytes_of(std::string& s) {
    return reinterpret_cast<unsigned char*>(s.data());
}
const unsigned char* bytes_of(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

std::string box(std::string_view key, std::string_view text) {
    std::string out = random_bytes(crypto_secretbox_NONCEBYTES);
    out.resize(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size());
    crypto_secretbox_easy(bytes_of(out) + crypto_secretbox_NONCEBYTES, bytes_of(text), text.size(),
                          bytes_of(out), bytes_of(key));
    return out;
}

std::optional<std::string> unbox(std::string_view key, std::string_view sealed) {
    constexpr auto extra = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (sealed.size() < extra) return std::nullopt;
    std::string out(sealed.size() - extra, '\0');
    const auto* from = bytes_of(sealed);
    if (crypto_secretbox_open_easy(bytes_of(out), from + crypto_secretbox_NONCEBYTES,
                                   sealed.size() - crypto_secretbox_NONCEBYTES, from, bytes_of(key)) != 0)
        return std::nullopt;
    return out;
}

// The key that seals the master key.
Result<std::string> outer_key(const std::string& secret, const std::string& salt, unsigned long long ops,
                              std::size_t memory) {
    std::string out(key_bytes, '\0');
    if (secret.starts_with(key_file_mark)) {  // random already: no need to make guessing slow
        crypto_generichash(bytes_of(out), out.size(), bytes_of(std::string_view(secret)), secret.size(),
                           bytes_of(std::string_view(salt)), salt.size());
        return out;
    }
    if (crypto_pwhash(bytes_of(out), out.size(), secret.data(), secret.size(),
                      bytes_of(std::string_view(salt)), ops, memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail("no_memory", "there is no memory to make a key of the passphrase: " +
                                     std::to_string(memory >> 20) + " MiB are needed");
    return out;
}

BackupKey derived(const std::string& master) {
    BackupKey out{std::string(key_bytes, '\0'), std::string(key_bytes, '\0')};
    crypto_kdf_derive_from_key(bytes_of(out.names), key_bytes, 1, "capbbkup",
                               bytes_of(std::string_view(master)));
    crypto_kdf_derive_from_key(bytes_of(out.content), key_bytes, 2, "capbbkup",
                               bytes_of(std::string_view(master)));
    return out;
}

}  // namespace

Result<std::string> read_key_file(const std::filesystem::path& file) {
    CAPBRIDGE_LET(auto text, read_file(file, 64u << 10));
    const auto line = std::string(trim(text.substr(0, text.find('\n'))));
    if (line.starts_with(key_file_mark)) {
        const auto key = from_base64(std::string_view(line).substr(key_file_mark.size()));
        if (key && key->size() == key_bytes) return line;
        return fail("bad_key_file", "the key in this file is not whole: put back your copy of it",
                    file.string());
    }
    if (line.size() < shortest_passphrase)
        return fail("bad_key_file",
                    "the first line must be a passphrase of at least 12 characters, or a key made by "
                    "'capbridge backup key FILE'",
                    file.string());
    return line;
}

Status make_key_file(const std::filesystem::path& file) {
    std::error_code ec;
    if (std::filesystem::exists(file, ec))
        return fail("exists", "there is a file already: a key is never written over", file.string());
    return write_file(file, std::string(key_file_mark) + base64(random_bytes(key_bytes)) + "\n", 0600);
}

Result<NewKey> make_key(const std::string& secret) {
    if (sodium_init() < 0) return fail("internal", "libsodium does not start");
    const auto salt = random_bytes(crypto_pwhash_SALTBYTES), master = random_bytes(key_bytes);
    CAPBRIDGE_LET(const auto outer, outer_key(secret, salt, passes, memory_bytes));
    const bool is_key = secret.starts_with(key_file_mark);
    const json sealed = {{"cipher", "xsalsa20-poly1305"},
                         {"names", "blake2b-256 keyed"},
                         {"key_from", is_key ? "key file" : "passphrase, argon2id"},
                         {"salt", base64(salt)},
                         {"passes", passes},
                         {"memory_bytes", memory_bytes},
                         {"sealed_key", base64(box(outer, master))}};
    return NewKey{sealed.dump(), derived(master)};
}

Result<BackupKey> open_key(const json& sealed, const std::string& secret) {
    if (sodium_init() < 0) return fail("internal", "libsodium does not start");
    const auto salt = from_base64(get_string(sealed, "salt"));
    const auto boxed = from_base64(get_string(sealed, "sealed_key"));
    const auto number = [&](const char* name) -> std::uint64_t {
        const auto it = sealed.find(name);
        return it != sealed.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
    };
    const auto ops = number("passes"), memory = number("memory_bytes");
    if (!salt || salt->size() != crypto_pwhash_SALTBYTES || !boxed || ops < 1 || ops > 100 ||
        memory < crypto_pwhash_MEMLIMIT_MIN || memory > (std::size_t{4} << 30))
        return fail("repository_damaged",
                    "what repository.json says of the key is not whole: put it back from a copy of the "
                    "repository (it never changes)");
    CAPBRIDGE_LET(const auto outer, outer_key(secret, *salt, ops, memory));
    const auto master = unbox(outer, *boxed);
    if (!master || master->size() != key_bytes)
        return fail("wrong_key", "this key does not open the repository: give the key file (or passphrase: " +
                                     get_string(sealed, "key_from") + ") that it was made with");
    return derived(*master);
}

std::string name_of(const std::optional<BackupKey>& key, std::string_view bytes) {
    std::string out(crypto_generichash_BYTES, '\0');
    crypto_generichash(bytes_of(out), out.size(), bytes_of(bytes), bytes.size(),
                       key ? bytes_of(std::string_view(key->names)) : nullptr, key ? key->names.size() : 0);
    return out;
}

std::string encrypt(const BackupKey& key, std::string_view bytes) {
    return box(key.content, bytes);
}

std::optional<std::string> decrypt(const BackupKey& key, std::string_view sealed) {
    return unbox(key.content, sealed);
}

}  // namespace capbridge::store
