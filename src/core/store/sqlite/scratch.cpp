#include "core/store/sqlite/scratch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "core/base/ids.hpp"

namespace capbridge::store {
namespace {

// What root makes in the data directory of another user must not stand in that user's way.
void give_to_owner_of(const std::filesystem::path& dir, const std::filesystem::path& made) {
    struct stat owner {};
    if (::geteuid() != 0 || ::stat(dir.c_str(), &owner) != 0 || owner.st_uid == 0) return;
    if (::lchown(made.c_str(), owner.st_uid, owner.st_gid) != 0) return;  // it is removed again all the same
}

tl::unexpected<Error> not_made(const std::filesystem::path& folder) {
    return fail("unwritable",
                std::string("the folder for a copy of the database cannot be made: ") + std::strerror(errno),
                folder.string());
}

}  // namespace

Result<Scratch> Scratch::make(const std::filesystem::path& dir) {
    if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) return not_made(dir);
    give_to_owner_of(dir.parent_path(), dir);
    (void)remove_left_behind(dir);
    return Scratch(dir / uuid_v4());
}

Result<Lock> Scratch::occupy() const {
    if (::mkdir(path_.c_str(), 0700) != 0) return not_made(path_);
    CAPBRIDGE_LET(auto lock, Lock::take(path_));
    // After the lock, which root does not take in another user's directory.
    const auto data = path_.parent_path().parent_path();
    std::error_code ec;
    for (const auto& each : std::filesystem::directory_iterator(path_, ec))
        give_to_owner_of(data, each.path());
    give_to_owner_of(data, path_);
    return lock;
}

Result<std::size_t> Scratch::remove_left_behind(const std::filesystem::path& dir) {
    std::size_t removed = 0, left = 0;
    std::error_code ec;
    std::filesystem::directory_iterator all(dir, ec);
    if (ec == std::errc::no_such_file_or_directory) return removed;
    for (const std::filesystem::directory_iterator end; !ec && all != end; all.increment(ec)) {
        std::error_code kept;
        const bool folder = std::filesystem::symlink_status(all->path(), kept).type() ==
                            std::filesystem::file_type::directory;
        // One that is locked is at work, maybe in another process.
        const auto lock = folder ? std::optional(Lock::take(all->path())) : std::nullopt;
        if (!lock || *lock) std::filesystem::remove_all(all->path(), kept);
        const bool gone = !std::filesystem::exists(std::filesystem::symlink_status(all->path(), kept));
        ++(gone ? removed : left);
    }
    if (left > 0 || ec)
        return fail("store_busy",
                    "A copy of the journal that somebody is using, or that could not be removed, still has "
                    "what was there when it was made.",
                    dir.string());
    return removed;
}

Scratch::~Scratch() {
    std::error_code ec;
    if (!path_.empty()) std::filesystem::remove_all(path_, ec);
}

}  // namespace capbridge::store
