// Files in a folder of another system, by SFTP or FTPS (libcurl). The other side is known by its host key or
// its certificate, or nothing is sent. One folder, flat; one connection that is kept; used by one thread.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::net {

struct FileServer {
    std::string url;                           // sftp://HOST[:PORT]/path/ or ftps://HOST[:PORT]/path/
    bool explicit_tls = false;                 // ftps: the plain port, and TLS before anything else is said
    std::string user, secret;                  // the secret is the password, or the passphrase of the key
    std::string key_file;                      // sftp: private key
    std::string known_hosts, host_key_sha256;  // sftp: one of them; the second in base64, without padding
    std::string ca_file;                       // ftps: instead of the system's
    std::chrono::seconds timeout{600};         // of one file
    const std::atomic<bool>* cancel = nullptr;
};

struct RemoteFile {
    std::string name;
    std::string line;  // as the server lists it: rights, size, date; changes when the file does
    // Does the server list this size? (Lists differ from server to server; each writes it as a number.)
    [[nodiscard]] bool has_size(std::uint64_t bytes) const;
};

struct Downloaded {
    std::uint64_t bytes = 0;
    std::optional<Instant> modified;
};

// The files among `names`, each with its line of the long list; folders and links are left out.
std::vector<RemoteFile> paired(const std::vector<std::string>& names, const std::vector<std::string>& lines);

class FileClient {
public:
    virtual ~FileClient() = default;
    // Errors: "bad_url", "unreachable", "tls" (certificate), "host_key" (not the one that is known), "login",
    // "not_found", "timeout", "too_large", "cancelled", "transfer" (anything else on the way), "unwritable".
    // Names that are no plain file names (slashes, control characters, not UTF-8) are left out of a list.
    virtual Result<std::vector<RemoteFile>> list() = 0;
    virtual Result<Downloaded> download(const std::string& name, const std::filesystem::path& to,
                                        std::uint64_t most_bytes) = 0;
    virtual Status remove(const std::string& name) = 0;
};
std::unique_ptr<FileClient> make_file_client(FileServer server);

}  // namespace capbridge::net
