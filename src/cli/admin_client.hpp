// Asks the daemon that owns a data directory, through its admin socket (the protocol is in
// server/admin_socket.hpp). Blocks until the answer is there. Errors: the operation's own; "no_daemon" when
// nobody listens (the caller may then take the data directory itself); "daemon_lost" when the daemon went
// away before it answered.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>  // the engine's headers hold json by value
#include <string>
#include <string_view>

#include "core/engine/operations.hpp"

namespace capbridge::cli {

Result<ordered_json> ask_daemon(const std::filesystem::path& socket, std::string_view operation,
                                const json& params, const std::string& who, const engine::Progress& progress,
                                const std::string& reason = {});

}  // namespace capbridge::cli
