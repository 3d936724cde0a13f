// The journal as it was: a bounded copy of it in a data directory of its own (scratch.hpp), which goes with
// the store that is opened on it. Copied within one read transaction, so that what is appended meanwhile is
// not seen. Any thread.
#pragma once
#include <filesystem>
#include <memory>

#include "core/base/result.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/store.hpp"

namespace capbridge::store {

// Fills an empty database of ours from `file` with all up to `seq`. Throws Failure, also "stopping".
void copy_past(Database& into, const std::filesystem::path& file, std::int64_t seq, const Store::GoOn& go_on);

// The last entry with a seq up to `seq`, or recorded up to `at`.
Journal::Watermark find_entry(Database& database, std::int64_t seq);
Journal::Watermark find_entry(Database& database, Instant at);

}  // namespace capbridge::store
