// Looks at backups without restoring them: every chunk is read, opened and compared with its name, once
// however many backups share it. One thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/store/backup/repository.hpp"
#include "core/store/backup/write.hpp"

namespace capbridge::store {

struct BrokenChunk {
    Error error;                       // "chunk_missing", "chunk_damaged"; `where` is the file
    std::string name;                  // 32 bytes
    std::vector<std::string> backups;  // that it is part of: those are hit
};

struct Verified {
    std::vector<std::string> sound, hit;  // ids of backups
    std::vector<Repository::Unreadable> unreadable;
    std::vector<BrokenChunk> broken;      // at most 1,000
    std::vector<Error> ledger;            // what is wrong with the repository's ledger of erasures
    std::uint64_t chunks = 0, bytes = 0;  // that were read
};

// `ids`: of these backups, all when empty. Notes for each how it went. Errors "stopping", "no_such_backup".
Result<Verified> verify_backups(Repository& repository, const std::vector<std::string>& ids, Instant now,
                                const BackupProgress& progress);
// Moves damaged chunks out of the way, into REPO/damaged, so that the next backup stores them anew where the
// data still has them. The repository is open to write. Gives how many.
Result<std::size_t> set_aside(Repository& repository, const Verified& verified);

}  // namespace capbridge::store
