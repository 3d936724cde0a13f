// One owner per data directory: DIR/lock, held with flock(2) as long as the object lives. The kernel lets go
// of it when the process dies, however it dies; the pid in the file is for people.
#pragma once
#include <filesystem>
#include <memory>

#include "core/base/result.hpp"

namespace capbridge::store {

class Lock {
public:
    // Errors: "store_locked" (the message names the pid), "wrong_user" (root, and another's directory),
    // "unwritable".
    static Result<Lock> take(const std::filesystem::path& dir);
    Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

private:
    explicit Lock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace capbridge::store
