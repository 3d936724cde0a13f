// Figures of what is neither a source nor a target: backups, and whether adapters can be locked in. Any
// thread.
#pragma once
#include "core/engine/bridge.hpp"
#include "core/engine/metrics.hpp"

namespace capbridge::engine {

std::vector<MetricFamily> health_metrics(Bridge& bridge);

}  // namespace capbridge::engine
