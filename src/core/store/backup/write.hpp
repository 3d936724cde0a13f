// One backup, from a copy of the database and the files beside it to the manifest that is written last. One
// thread, with a repository opened to write.
#pragma once
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "core/store/backup/repository.hpp"
#include "core/store/copy.hpp"

namespace capbridge::store {

// Told now and then what is done, how much of how much (in MiB or files); answers false to stop ("stopping").
using BackupProgress = std::function<bool(std::string_view what, std::size_t done, std::size_t total)>;

struct WrittenBackup {
    Manifest manifest;
    std::uint64_t whole_bytes = 0;                 // of what it holds
    std::vector<std::string> missing_attachments;  // that statements name and the directory does not have
};

// `manifest` comes with what is known of the store (times, digest, who), and goes with its chunks. Nothing of
// it counts before this returns; what a try that failed left is used by the next one or swept by a prune.
Result<WrittenBackup> write_backup(Repository& repository, const std::filesystem::path& data,
                                   const StoreCopy& copy, Manifest manifest, const BackupProgress& progress);

}  // namespace capbridge::store
