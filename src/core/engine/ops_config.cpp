// The configuration: put in force as one, and read anew by a running daemon.
#include <nlohmann/json.hpp>

#include "core/engine/config_change.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

// {organisation?, framework?, policy?, mappings?, deployments?, sources?, forward?, dry_run?}:
// config_change.hpp. With dry_run it tells what would change, and nothing does.
Result<ordered_json> config_apply(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto change, ConfigChange::plan(bridge, params));
    return params.value("dry_run", false) ? change.preview(bridge) : change.apply(bridge, caller);
}

// {dry_run?}: the daemon reads its configuration file anew; its answer is what cli/reload.hpp says.
// Only the daemon knows its file.
Result<ordered_json> config_reload(Bridge& bridge, const json& params, const Caller& caller) {
    if (!bridge.reload)
        return fail("no_daemon",
                    "only a daemon has a configuration to reload; it reads the file when it starts");
    return bridge.reload(params, caller);
}

}  // namespace

std::vector<Operation> config_operations() {
    return {
        {"config.apply", true, "admin", config_apply, true, true},
        {"config.reload", true, "access", config_reload, false, true},
    };
}

}  // namespace capbridge::engine
