// A forwarding target as it was asked for: shared by forward.put and by a whole configuration
// (config_change.hpp). Thread-safe as the bridge is.
#pragma once
#include "core/engine/bridge.hpp"
#include "core/engine/forward/settings.hpp"

namespace capbridge::engine {

struct AskedTarget {
    store::TargetRow row;  // of a known target with its uuid, place and whether it is paused
    TargetSettings settings;
    bool is_new = false, is_same = false;
};
// {name, kind: lrs | webhook, settings, from?: start | now}. Errors "bad_parameter", those of read_target().
Result<AskedTarget> target_row_of(Bridge& bridge, const json& params);

}  // namespace capbridge::engine
