// Which backups stay. The last `last` ones, and of each of so many days, weeks, months and years the latest
// one; what any rule keeps stays. Never removed: the last backup, and the last one that a verify found whole.
// With no rule at all nothing is removed. Days are of UTC, weeks begin on Monday. plan_prune() is pure.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/store/backup/repository.hpp"
#include "core/store/backup/write.hpp"

namespace capbridge::store {

struct KeepRules {
    int last = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0;
    [[nodiscard]] bool any() const { return last + daily + weekly + monthly + yearly > 0; }
};

struct PrunePlan {
    struct Kept {
        std::string id;
        std::vector<std::string> why;  // "last", "daily", "the last backup", "the last one verified"
    };
    std::vector<Kept> keep;  // newest first
    std::vector<std::string> remove;
};
// `verified`: ids whose last verify found them whole, or damaged; others have none.
PrunePlan plan_prune(const std::vector<Manifest>& backups, const KeepRules& rules,
                     const std::map<std::string, bool>& verified);

struct Pruned {
    PrunePlan plan;
    std::uint64_t chunks = 0, bytes = 0;  // that went, or would
    bool swept = true;                    // false: a backup cannot be read, so no chunk was removed
};
// The repository is open to write, so nothing else is at work in it. First the manifests go, then the chunks
// that none names any more: a kill in between leaves room that the next prune gives back.
Result<Pruned> prune_backups(Repository& repository, const KeepRules& rules, bool dry_run,
                             const BackupProgress& progress);

}  // namespace capbridge::store
