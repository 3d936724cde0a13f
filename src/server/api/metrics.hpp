// GET /metrics: everything a monitoring system wants to know, in the text exposition format of Prometheus
// (version 0.0.4), written by prometheus-cpp. The labels are names of sources, targets, classes and codes:
// few, and no person's. Pure but for the process's own figures; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/engine/metrics.hpp"
#include "server/readiness.hpp"
#include "server/request_stats.hpp"

namespace capbridge::server {

std::string metrics_text(const Observation& seen, const Readiness& readiness, Instant started,
                         const std::string& version, const std::vector<engine::MetricFamily>& of_bridge,
                         const RequestStats& requests);

}  // namespace capbridge::server
