// How the sources go, for monitoring. Any thread.
#pragma once
#include <string>

#include "core/engine/bridge.hpp"
#include "core/engine/metrics.hpp"

namespace capbridge::engine {

// Ages and states of every source; empty when there is none.
std::vector<MetricFamily> sync_metrics(Bridge& bridge);

}  // namespace capbridge::engine
