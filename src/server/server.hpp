// The HTTP edge (Boost.Beast, callbacks) and the admin socket. Owns its io threads; stop() ends accepting,
// lets answers finish for a few seconds, then returns. The rest of the program never sees Boost.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/engine/bridge.hpp"
#include "core/engine/tokens.hpp"
#include "server/forwarded.hpp"
#include "server/tls.hpp"

namespace capbridge::server {

// Who an OAuth 2 bearer token speaks for; nothing for a token that does not hold. Called from several
// threads.
using CheckToken = std::function<std::optional<engine::TokenPrincipal>(std::string_view token)>;

class Live;

struct Options {
    std::string host = "127.0.0.1";
    unsigned short port = 8480;          // 0: any free one
    std::filesystem::path admin_socket;  // mode 0600; empty: none
    int threads = 2;
    std::vector<std::string> cors_origins;  // whose browser content may use /xapi; "*" = any; empty = none
    CheckToken check_token;                 // null: bearer tokens are refused
    std::uint64_t most_package_bytes = std::uint64_t{2} << 30;  // of one that is uploaded
    std::optional<TlsSettings> tls = {};                        // none: plain HTTP
    Edge edge = {};
    std::string version = "unknown";  // of this program
    std::shared_ptr<Live> live = {};  // given: what changes while it runs (live.hpp), instead of the above
};

class Server {
public:
    // Binds at once; errors "address_in_use", "bad_address".
    static Result<std::unique_ptr<Server>> start(engine::Bridge& bridge, const Options& options);
    virtual ~Server() = default;
    [[nodiscard]] virtual unsigned short port() const = 0;
    // Reads the files, anew when they are the same ones: connections from now on have what is in them; those
    // that are open stay. On an error ("tls", "needs_restart": it was started without) the old ones stay in
    // force. Any thread.
    virtual Status set_tls(const TlsSettings& settings) = 0;
    [[nodiscard]] virtual std::optional<TlsFacts> tls() const = 0;
    // What a watchdog asks: "" while the threads that read requests, the store's writer and the projector
    // answer, else which of them does not.
    [[nodiscard]] virtual std::string hung() const = 0;
    // For people who watch the service: "12 entries behind; 3 connections", or why it is not ready.
    [[nodiscard]] virtual std::string summary() const = 0;
    virtual void stop() = 0;
};

}  // namespace capbridge::server
