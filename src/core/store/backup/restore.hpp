// A backup back into files. Into a directory that is empty or not there, never over data:
// DIR/restore.unfinished is the first thing that is written, and while it is there no command takes the
// directory for data. It stays until the caller is through with the first start (restored.hpp). A restore
// that was killed is begun anew by the next one. Every chunk is compared with its name on the way. One
// thread; holds DIR/lock meanwhile.
#pragma once
#include <filesystem>
#include <vector>

#include "core/store/backup/repository.hpp"
#include "core/store/backup/write.hpp"

namespace capbridge::store {

struct Restored {
    std::uint64_t files = 0, bytes = 0;  // beside the database; all of it
    std::size_t erasures = 0;            // of the ledger that lies in the directory now
    std::vector<std::string> warnings;   // of ledgers that are damaged, where a named one stood in
    std::string mark;                    // for end_restore()
};

// `erasures`: directories whose ledger of erasures counts too, beside that of the repository, or in its place
// where that is damaged. `set_aside`: what no ledger has any more of erasures that were carried out, and of
// keys, is given up with a warning. Errors "bad_erasures" (but for what the backup itself has carried out
// before anything is written), "not_empty", "no_room",
// "store_locked", "chunk_missing", "chunk_damaged", "stopping", "unwritable", "store_full", "store_io".
Result<Restored> restore_backup(const Repository& repository, Chunks& chunks, const Manifest& manifest,
                                const std::filesystem::path& into,
                                const std::vector<std::filesystem::path>& erasures, bool set_aside,
                                const BackupProgress& progress);

}  // namespace capbridge::store
