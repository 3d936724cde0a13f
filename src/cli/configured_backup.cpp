#include "cli/configured_backup.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/file_findings.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& inner, const fs::path& outer) {
    const auto relative = inner.lexically_normal().lexically_relative(outer.lexically_normal());
    return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

engine::BackupSettings read_configured_backup(
    const json& section, const fs::path& folder, const fs::path& data,
    const std::function<void(const std::string&, std::string, std::string)>& problem) {
    if (!section.is_object() || section.empty()) return {};
    const auto resolve = [&](const std::string& path) {
        return (fs::path(path).is_absolute() ? fs::path(path) : folder / path).lexically_normal().string();
    };
    json resolved = section;
    for (const auto* member : {"to", "key_file"}) {
        if (const auto path = get_string(section, member); !path.empty()) resolved[member] = resolve(path);
    }
    auto read = engine::read_backup_settings(resolved);
    if (!read) {
        problem("/backup" + read.error().where, read.error().code, read.error().message);
        return {};
    }
    if (!data.empty() && is_inside(read->to, data))
        problem("/backup/to", "bad_backup_target",
                "the backups would be inside the data directory and lost with it: give another disk");
    std::error_code ec;
    const auto parent = read->to.parent_path();
    if (!fs::is_directory(read->to, ec) && !fs::is_directory(parent, ec))
        problem("/backup/to", "bad_backup_target",
                "there is no directory '" + parent.string() +
                    "' to make the repository in: mount the disk, or make the directory");
    if (fs::is_directory(read->to, ec) && ::access(read->to.c_str(), R_OK | W_OK | X_OK) != 0)
        problem("/backup/to", "bad_backup_target",
                "this user cannot write into '" + read->to.string() + "': give it to the user of the daemon");
    if (!read->key_file.empty()) {
        if (const auto key = store::read_key_file(read->key_file); !key)
            problem("/backup/key_file", key.error().code,
                    "'" + read->key_file.string() + "': " + key.error().message);
        else if (is_open_to_all(read->key_file))
            problem("/backup/key_file", "key_open_to_all",
                    "'" + read->key_file.string() + "' can be read or changed by everybody on this machine");
    }
    return std::move(*read);
}

}  // namespace capbridge::cli
