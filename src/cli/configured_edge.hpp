// The configuration's "public_url", "trusted_proxies", "forwarded_header" and "metrics": where the daemon
// stands and who may look at it. Applied while the daemon runs by LiveSettings::edge (server/live.hpp).
// Single-threaded.
#pragma once
#include <functional>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "server/forwarded.hpp"

namespace capbridge::cli {

// `d` is the whole configuration, as far as it keeps to the schema.
server::Edge read_edge(const json& d, const std::function<void(Problem)>& report);

}  // namespace capbridge::cli
