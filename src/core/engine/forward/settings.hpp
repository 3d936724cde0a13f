// What a forwarding target's settings say (config/schemas/forward-target.schema.json): where to send, as
// whom, how much at once, and which statements. Reading them opens the profile file, and nothing else; the
// secret is read when it is used. Any thread.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/base/result.hpp"
#include "core/engine/forward/filter.hpp"
#include "core/net/secret.hpp"
#include "core/xapi/version.hpp"

namespace capbridge::engine {

struct TargetSettings {
    enum class Kind { lrs, webhook } kind = Kind::lrs;
    std::string url;  // without a slash at its end
    xapi::Version version = xapi::Version::v1_0_3;
    std::string user;
    net::SecretPlace secret;  // one at most
    std::string ca_file;
    bool allow_http = false;
    std::size_t batch = 50, batch_bytes = 1u << 20;
    std::chrono::seconds timeout{30};
    ForwardFilter filter;

    [[nodiscard]] bool has_secret() const { return !secret.empty(); }
};

// Every problem of the settings, with pointers below them. Kinds: "lrs", "webhook".
Problems check_target(std::string_view kind, const json& settings);
// Error "invalid_document" lists the problems; "bad_kind".
Result<TargetSettings> read_target(std::string_view kind, const json& settings);

// Relative paths in the settings hang on this folder from now on.
void resolve_target_paths(json& settings, const std::filesystem::path& folder);

// "" when the target has none. Error "secret": missing, empty, or readable for everybody (the message names
// the file or variable).
Result<std::string> read_secret(const TargetSettings& settings);

}  // namespace capbridge::engine
