// The ledger of erasures in a repository: two files as in a data directory, or erasures.sealed when the
// repository has a key, for the digests of a ledger could be guessed by whoever has their keys. Also defines
// Repository::keep_erasures(). The repository is open, and stays so.
#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include "core/store/backup/repository.hpp"
#include "core/store/ledger_lines.hpp"

namespace capbridge::store {

// Empty when there is none. Error "repository_damaged": what is sealed is not what was written.
Result<LedgerLines> repository_ledger(const std::filesystem::path& repository,
                                      const std::optional<BackupKey>& key);
// What is wrong with it: nothing, when it is whole.
std::vector<Error> ledger_damage(const std::filesystem::path& repository,
                                 const std::optional<BackupKey>& key);

struct MendedLedger {
    std::size_t erasures = 0;      // in the directory's ledger now
    std::size_t came = 0;          // lines that the directory had not whole
    std::size_t set_aside = 0;     // lines that nobody has whole, or has at all
    std::size_t unrecognised = 0;  // erasures whose key was given up: nobody is recognised by them
    std::vector<Error> damaged;    // of the repository's own ledger, which was left alone
};
// Makes the ledger of a data directory that nobody serves whole again. Lines that neither has whole are an
// error ("bad_erasures"), or are left out when `set_aside` says so, and stay in DIR/erasures.jsonl.damaged;
// what is gone altogether counts as such a line. `repository` is null where no backups are made.
// Errors also "no_data", "store_locked", "unwritable", "repository_damaged".
Result<MendedLedger> mend_ledger(Repository* repository, const std::filesystem::path& dir, bool set_aside);

}  // namespace capbridge::store
