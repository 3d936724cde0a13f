#include "cli/configured_backup.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/file_findings.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// Links are followed as far as the path is there.
fs::path real_path(const fs::path& path) {
    std::error_code ec;
    auto out = fs::weakly_canonical(path, ec);
    if (ec) out = path.lexically_normal();
    return out.has_filename() ? out : out.parent_path();
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
    const auto relative = real_path(inner).lexically_relative(real_path(outer));
    return !relative.empty() && *relative.begin() != "..";
}

std::string cannot_write(const fs::path& to) {
    return "this user cannot write into '" + to.string() + "': give it to the user of the daemon";
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
    if (is_inside(read->to, data))
        problem("/backup/to", "bad_backup_target",
                "the backups would be inside the data directory and lost with it: give another disk");
    std::error_code ec;
    const auto parent = read->to.parent_path();
    const auto there = fs::status(read->to, ec);
    if (fs::is_directory(there)) {
        if (::access(read->to.c_str(), R_OK | W_OK | X_OK) != 0)
            problem("/backup/to", "backup_place", cannot_write(read->to));
    } else if (ec == std::errc::permission_denied) {
        problem("/backup/to", "backup_place", cannot_write(read->to));
    } else if (fs::exists(there) || ec == std::errc::not_a_directory) {
        problem("/backup/to", "bad_backup_target",
                "'" + read->to.string() +
                    "' is a file, or in one: name the directory of the repository, or one to be made");
    } else if (!fs::is_directory(parent, ec)) {
        problem("/backup/to", "bad_backup_target",
                "there is no directory '" + parent.string() +
                    "' to make the repository in: mount the disk, or make the directory");
    }
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
