// How the sources go, for monitoring. Any thread.
#pragma once
#include <string>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// The text exposition format of Prometheus (version 0.0.4); "" when there is no source.
std::string sync_metrics(Bridge& bridge);

}  // namespace capbridge::engine
