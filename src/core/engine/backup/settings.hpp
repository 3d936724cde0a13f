// The section "backup" of the configuration: where to, when, what stays. Values.
#pragma once
#include <filesystem>
#include <string>

#include "core/base/json.hpp"
#include "core/engine/sync/schedule.hpp"
#include "core/store/backup/prune.hpp"

namespace capbridge::engine {

struct BackupSettings {
    std::filesystem::path to;        // empty: no backups are configured
    std::filesystem::path key_file;  // empty: not encrypted
    store::KeepRules keep;           // none: nothing is removed
    Schedule schedule;
    std::string when;  // as people read it: "every PT6H", "at 02:00 Europe/London", "" without a schedule
    [[nodiscard]] bool is_set() const { return !to.empty(); }
};

// {to, every | at, zone?, keep?: {last, daily, weekly, monthly, yearly}, key_file?}; paths are resolved
// already. {} or null: none. Errors "bad_schedule", "bad_parameter"; `where` is the pointer below the
// section.
Result<BackupSettings> read_backup_settings(const json& section);
// The rules of a `keep` object. Error "bad_parameter".
Result<store::KeepRules> read_keep_rules(const json& keep);

}  // namespace capbridge::engine
