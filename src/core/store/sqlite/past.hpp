// The journal as it was: a bounded copy of it in a data directory of its own below DIR/scratch, which goes
// with the store that is opened on it. Copied within one read transaction, so that what is appended meanwhile
// is not seen. Any thread.
#pragma once
#include <filesystem>
#include <memory>

#include "core/base/result.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/store.hpp"

namespace capbridge::store {

// A directory of its own below `dir`; removed, with all that is in it, when the object goes. What processes
// that died have left there is removed first. Error "unwritable".
class Scratch {
public:
    static Result<Scratch> make(const std::filesystem::path& dir);
    // Gives how many were removed. Error "store_busy": one is in use, or one cannot be removed.
    static Result<std::size_t> remove_left_behind(const std::filesystem::path& dir);
    Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

// Fills an empty database of ours from `file` with all up to `seq`. Throws Failure, also "stopping".
void copy_past(Database& into, const std::filesystem::path& file, std::int64_t seq, const Store::GoOn& go_on);

// The last entry with a seq up to `seq`, or recorded up to `at`.
Journal::Watermark find_entry(Database& database, std::int64_t seq);
Journal::Watermark find_entry(Database& database, Instant at);

}  // namespace capbridge::store
