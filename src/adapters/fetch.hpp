// Filling a source's drop folder from another system before a pull (config/schemas/source-http.schema.json,
// `fetch`): SFTP or FTPS. Only files that are new or listed otherwise than the last time are fetched. A file
// arrives under another name in a sub-folder, which no adapter sees, and is renamed when it is whole: the
// server listed it the same before and after, with as many bytes as came. Nothing is deleted over there
// unless delete_after says so, and then only what has arrived. One thread at a time for each source.
#pragma once
#include <atomic>

#include "adapters/state.hpp"
#include "core/base/problem.hpp"
#include "core/engine/ports.hpp"
#include "core/net/file_client.hpp"
#include "core/net/secret.hpp"

namespace capbridge::adapters {

struct FetchSettings {
    net::FileServer server;  // without its secret
    net::SecretPlace secret;
    std::string pattern;  // as of a shell; "" = all
    bool delete_after = false;
    std::uint64_t most_file_bytes = 1024ull << 20;
};

// Problems go to `problems`, with pointers /fetch/...
FetchSettings read_fetch_settings(const json& fetch, Problems& problems);

struct FetchReport {
    int listed = 0, fetched = 0, unchanged = 0, left = 0;  // left: still growing, too large or too young
};

// Errors: "adapter_config", "adapter_auth", "adapter_retry", "adapter_cancelled". Nothing to do without
// `fetch` in the settings.
Result<FetchReport> fetch_files(const engine::SourceSettings& settings, engine::SourceMemory& memory,
                                const std::atomic<bool>* cancel);

}  // namespace capbridge::adapters
