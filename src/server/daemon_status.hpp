// What a running daemon says of itself, for `capbridge status` (operation "daemon.status" of the admin socket
// only): {version, started, ready, reasons, warnings, journal, folded, behind, lag_seconds, connections,
// process, store, certificate}. Pure but for the process's own figures; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "server/readiness.hpp"

namespace capbridge::server {

inline constexpr std::string_view daemon_status_operation = "daemon.status";
inline constexpr std::string_view daemon_metrics_operation = "daemon.metrics";  // -> {text}: as GET /metrics
ordered_json daemon_status(const Observation& seen, const Readiness& readiness, Instant started,
                           const std::string& version);

}  // namespace capbridge::server
