// A rehearsal of a restore, with a report that can be filed: the backup is restored into a scratch directory,
// read, checked and folded again from its first entry, and what comes out is compared with what its manifest
// says must come out. Nothing but the scratch directory is written. One thread.
#pragma once
#include <filesystem>
#include <string>

#include "core/engine/operations.hpp"
#include "core/store/backup/repository.hpp"

namespace capbridge::engine {

struct DrillOptions {
    std::filesystem::path scratch;  // a directory of its own below it is made, and removed
    std::string who, host;
    bool keep = false;  // leave the restored directory for a look
};

// {verdict: "passed"|"failed", began, ended, took_ms, who, host, program, repository, encrypted, backup:
// {...}, restored: {directory, bytes, files, erasures}, checks: [{name, expected, found, ok, note?}],
// durations_ms: {restore, read, check, fold}}. An error when the restore itself cannot be begun ("no_room",
// "unwritable", "stopping"); a backup that cannot be restored is a failed drill.
Result<ordered_json> drill(store::Repository& repository, const store::Manifest& manifest,
                           const DrillOptions& options, Clock& clock, const Progress& progress,
                           const std::function<bool()>& stopped);

}  // namespace capbridge::engine
