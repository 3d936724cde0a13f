// The administrator's door, a Unix socket in the data directory (mode 0600): commands that change something
// go through it while a daemon owns the data. One JSON line a request, at most 256 MiB:
//   {"op":"people.import","params":{…},"who":"cli:anna"}
// answered by any number of {"progress":{"what","done","total"}} and then {"result":…} or
// {"error":{"code","message","where","line"}}. A connection may ask again. The peer must be the daemon's own
// user or root. A client that does not read misses progress, and is hung up on when it does not take its
// answer for some seconds. Each connection has a thread of its own; thread-safe.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>  // the engine's headers hold json by value
#include <string_view>

#include "core/engine/operations.hpp"

namespace capbridge::server {

class AdminSocket {
public:
    using RunOperation = std::function<Result<ordered_json>(std::string_view name, const json& params,
                                                            const engine::Caller& caller)>;
    // Takes the place of a socket that a dead daemon left: the caller owns the data directory's lock. Errors
    // "bad_address" (the path is too long), "address_in_use" (something else is at the path), "unwritable".
    static Result<std::unique_ptr<AdminSocket>> start(const std::filesystem::path& path, RunOperation run);
    virtual ~AdminSocket() = default;
    // Takes no more requests, waits for those at work, removes the socket.
    virtual void stop() = 0;
};

}  // namespace capbridge::server
