#include "cli/repository_choice.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/configuration.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

std::string default_config() {
    if (const char* named = std::getenv("CAPBRIDGE_CONFIG")) return named;
    std::error_code ec;
    const char* usual = "/etc/capbridge/capbridge.json";
    return fs::exists(usual, ec) ? usual : "";
}

}  // namespace

void add_repository_options(CLI::App& command, RepositoryOptions& options, const char* option) {
    command.add_option(option, options.dir, "Directory of the backup repository; as configured if left out");
    command.add_option("--key-file", options.key_file,
                       "Its key, or a file with its passphrase, when it is encrypted");
    command.add_option("--config", options.config,
                       "Configuration file whose \"backup\" says where; CAPBRIDGE_CONFIG or "
                       "/etc/capbridge/capbridge.json if left out");
}

Result<engine::BackupSettings> chosen_repository(const RepositoryOptions& options) {
    engine::BackupSettings out;
    if (!options.dir.empty()) {
        out.to = fs::absolute(options.dir).lexically_normal();
        if (!out.to.has_filename()) out.to = out.to.parent_path();
        if (!options.key_file.empty()) out.key_file = fs::absolute(options.key_file);
        return out;
    }
    const auto config = options.config.empty() ? default_config() : options.config;
    if (!config.empty()) {
        auto checked = check_configuration(config, {}, nullptr);
        if (!checked.ok) return fail("invalid_document", checked.problems);
        out = std::move(checked.configuration.backup);
        if (!options.key_file.empty()) out.key_file = fs::absolute(options.key_file);
    }
    if (!out.is_set())
        return fail(
            "no_backup_target",
            "which backups? Give the directory (--from DIR, or --to DIR to make one), or --config FILE "
            "with \"backup\": {\"to\": ...}",
            config);
    return out;
}

Result<std::unique_ptr<store::Repository>> open_repository(const engine::BackupSettings& settings,
                                                           store::Repository::Use use) {
    std::string secret;
    if (!settings.key_file.empty()) {
        CAPBRIDGE_LET(secret, store::read_key_file(settings.key_file));
    }
    std::error_code ec;
    // To write is to make it: only a backup makes one.
    if (!fs::exists(settings.to / "repository.json", ec))
        return fail("no_repository", "there is no backup repository here", settings.to.string());
    return store::Repository::open(settings.to, use, secret);
}

std::string in_mib(std::uint64_t bytes) {
    char text[32];
    if (bytes < (1u << 20)) {
        std::snprintf(text, sizeof text, "%llu KiB", static_cast<unsigned long long>((bytes + 1023) >> 10));
    } else {
        std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / (1u << 20));
    }
    return text;
}

}  // namespace capbridge::cli
