// Room below DATA/scratch for copies of the database that go again. Any thread.
#pragma once
#include <filesystem>
#include <utility>

#include "core/base/result.hpp"
#include "core/store/sqlite/lock.hpp"

namespace capbridge::store {

// A directory of its own below `dir` (DATA/scratch); removed, with all that is in it, when the object goes.
// What processes that died have left there is removed first. What root makes belongs to the owner of DATA,
// who is to make and remove such directories too. Error "unwritable".
class Scratch {
public:
    static Result<Scratch> make(const std::filesystem::path& dir);
    // Makes the directory. As long as the lock is held, nobody removes it. Errors "unwritable",
    // "store_locked".
    [[nodiscard]] Result<Lock> occupy() const;
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

}  // namespace capbridge::store
