#include "core/net/secret.hpp"

#include <cstdlib>
#include <filesystem>

#include "core/base/files.hpp"
#include "core/base/text.hpp"

namespace capbridge::net {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_secret_bytes = 64u << 10;

Result<std::string> read_secret_file(const fs::path& file) {
    std::error_code ec;
    const auto status = fs::status(file, ec);
    if (status.type() == fs::file_type::not_found)
        return fail("secret", "the secret's file is not there", file.string());
    if (ec) return fail("secret", "the secret's file cannot be reached: " + ec.message(), file.string());
    if (!fs::is_regular_file(status))
        return fail("secret", "this is a folder or a device, and no file with a secret", file.string());
    constexpr auto open_to_all = fs::perms::others_read | fs::perms::others_write;
    if ((status.permissions() & open_to_all) != fs::perms::none)
        return fail("secret", "everybody may read or change the secret's file: chmod o-rw it", file.string());
    const auto text = read_file(file, most_secret_bytes);
    if (!text) return fail("secret", "the secret's file " + text.error().message, file.string());
    auto secret = trim(*text);
    if (secret.empty()) return fail("secret", "the secret's file is empty", file.string());
    return secret;
}

}  // namespace

Result<std::string> read_secret(const SecretPlace& place) {
    if (!place.env.empty()) {
        const char* value = std::getenv(place.env.c_str());
        auto secret = trim(value == nullptr ? "" : value);
        if (secret.empty())
            return fail("secret",
                        "the environment variable " + place.env + " of the secret is not set or empty");
        return secret;
    }
    if (!place.credential.empty()) {
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
        if (folder == nullptr || *folder == '\0')
            return fail("secret", "the credential '" + place.credential +
                                      "' has no place: systemd sets CREDENTIALS_DIRECTORY for a service with "
                                      "LoadCredential=");
        if (place.credential.find('/') != std::string::npos || place.credential.starts_with('.'))
            return fail("secret", "a credential's name is one file name");
        return read_secret_file(fs::path(folder) / place.credential);
    }
    if (!place.file.empty()) return read_secret_file(place.file);
    return std::string();
}

}  // namespace capbridge::net
