// The configuration's "backup". Applied live: BackupBoard::set() of the bridge takes what this reads.
// Single-threaded.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "core/engine/backup/settings.hpp"

namespace capbridge::cli {

// `section` is what of it keeps to the schema; relative paths hang on `folder`; `data` is the data directory.
// Problems are told with their pointers.
engine::BackupSettings read_configured_backup(
    const json& section, const std::filesystem::path& folder, const std::filesystem::path& data,
    const std::function<void(const std::string& pointer, std::string code, std::string message)>& problem);

}  // namespace capbridge::cli
