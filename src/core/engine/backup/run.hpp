// A backup of a bridge's data while it works: the projector catches up, one moment of the database is copied
// and looked through, what must come out of a restore is asked of the copy, and all of it goes into the
// repository (store/backup). Nothing is locked meanwhile but the repository. Any thread.
#pragma once
#include <filesystem>
#include <string>

#include "core/engine/bridge.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

struct BackupTarget {
    std::filesystem::path to, key_file;
    store::KeepRules keep;  // none: nothing is removed afterwards
};

// {id, to, taken, seq, bytes, files, new_bytes, new_chunks, log_bytes, took_ms, digest, missing_attachments,
// pruned}. Errors "backup_running", "store_damaged" (the data is: nothing is backed up over it), "no_room",
// and those of a repository.
Result<ordered_json> run_backup(Bridge& bridge, const BackupTarget& target, const Caller& caller);

// The ledger of erasures goes into the configured repository, before the next backup would take it there: for
// whoever has just written a line of it. False: there is no repository (yet, or its disk is away), so nothing
// was kept. Errors of a repository; the next backup does it in any case.
Result<bool> keep_erasures(Bridge& bridge);

// What a directory must answer: of a copy, of a restored one, of a rebuilt one. Opens it for reading.
struct BackupFacts {
    std::string installation, organisation, folded_by, digest;
    std::int64_t seq = 0, folded = 0;
    Instant stored{};
};
Result<BackupFacts> ask_directory(const std::filesystem::path& dir, Instant now);

}  // namespace capbridge::engine
