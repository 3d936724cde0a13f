// The HTTP edge (Boost.Beast, callbacks) and the admin socket. Owns its io threads; stop() ends accepting,
// lets answers finish for a few seconds, then returns. The rest of the program never sees Boost.
#pragma once
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

namespace capbridge::server {

// Who an OAuth 2 bearer token speaks for; nothing for a token that does not hold. Called from several
// threads.
using CheckToken = std::function<std::optional<engine::TokenPrincipal>(std::string_view token)>;

struct Options {
    std::string host = "127.0.0.1";
    unsigned short port = 8480;          // 0: any free one
    std::filesystem::path admin_socket;  // mode 0600; empty: none
    int threads = 2;
    std::vector<std::string> cors_origins;  // whose browser content may use /xapi; "*" = any; empty = none
    CheckToken check_token;                 // null: bearer tokens are refused
};

class Server {
public:
    // Binds at once; errors "address_in_use", "bad_address".
    static Result<std::unique_ptr<Server>> start(engine::Bridge& bridge, const Options& options);
    virtual ~Server() = default;
    [[nodiscard]] virtual unsigned short port() const = 0;
    virtual void stop() = 0;
};

}  // namespace capbridge::server
