// Which repository of backups a command means: --from (or --to) and --key-file, else the section "backup" of
// the configuration file: --config, CAPBRIDGE_CONFIG, or /etc/capbridge/capbridge.json when it is there.
// Single-threaded.
#pragma once
#include <memory>
#include <string>

#include "core/engine/backup/settings.hpp"
#include "core/store/backup/repository.hpp"

namespace CLI {
class App;
}

namespace capbridge::cli {

struct RepositoryOptions {
    std::string dir, key_file, config;
};
// `option`: "--from" or "--to".
void add_repository_options(CLI::App& command, RepositoryOptions& options, const char* option);

// Absolute paths. Errors "no_backup_target", "invalid_document" (the configuration is bad).
Result<engine::BackupSettings> chosen_repository(const RepositoryOptions& options);
Result<std::unique_ptr<store::Repository>> open_repository(const engine::BackupSettings& settings,
                                                           store::Repository::Use use);

std::string in_mib(std::uint64_t bytes);  // "12.3 MiB", "640 KiB"

}  // namespace capbridge::cli
