// How far each target is, for people (operation forward.list) and for monitoring. Any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/metrics.hpp"

namespace capbridge::engine {

struct ForwardReport {
    store::TargetRow target;
    ForwardState state;       // zero where no forwarder is at work in this process
    std::int64_t behind = 0;  // entries of the journal beyond the cursor
    double lag_seconds = 0;   // since the oldest statement beyond the cursor was stored
    std::size_t dead_letters = 0;
};
ForwardReport forward_report(Bridge& bridge, const store::TargetRow& target);
std::vector<ForwardReport> forward_reports(Bridge& bridge);

// Empty when there is no target.
std::vector<MetricFamily> forward_metrics(Bridge& bridge);

}  // namespace capbridge::engine
