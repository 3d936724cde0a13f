// Backups of a running bridge, and whether its data is sound. Repositories are listed, verified, pruned and
// restored by the command line on the repository itself.
#include <nlohmann/json.hpp>

#include "core/engine/backup/run.hpp"
#include "core/engine/data_check.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

// {to?, key_file?, prune?}: into the configured repository, or into another one. Answers as run_backup()
// says.
Result<ordered_json> backup_run(Bridge& bridge, const json& params, const Caller& caller) {
    const auto settings = bridge.backups.settings();
    BackupTarget target{get_string(params, "to"), get_string(params, "key_file"), {}};
    if (target.to.empty()) {
        if (!settings.is_set()) {
            Error error{"no_backup_target",
                        "nobody said where backups go: give --to DIR, or configure \"backup\": {\"to\": ...}",
                        "/to", 0};
            return fail(std::move(error));
        }
        target = {settings.to, settings.key_file, settings.keep};
        if (!params.value("prune", true)) target.keep = {};
    }
    return run_backup(bridge, target, caller);
}

// {}: BackupBoard::status().
Result<ordered_json> backup_status(Bridge& bridge, const json&, const Caller&) {
    return bridge.backups.status();
}

// {}: see data_check.hpp.
Result<ordered_json> data_check(Bridge& bridge, const json&, const Caller& caller) {
    return check_data(bridge, caller);
}

}  // namespace

std::vector<Operation> backup_operations() {
    return {{"backup.run", true, "access", backup_run},
            {"backup.status", true, "access", backup_status},
            {"data.check", false, "read", data_check}};
}

}  // namespace capbridge::engine
