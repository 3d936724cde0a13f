#include "core/store/sqlite/lock.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace capbridge::store {
namespace {

// Root could write into anybody's directory, and what it made there its owner's daemon could not open.
Status check_owner(const std::filesystem::path& dir) {
    struct stat of {};
    if (::geteuid() != 0 || ::stat(dir.c_str(), &of) != 0 || of.st_uid == 0) return {};
    const auto* entry = ::getpwuid(of.st_uid);
    const std::string owner = entry != nullptr ? entry->pw_name : "#" + std::to_string(of.st_uid);
    return fail("wrong_user",
                "This data directory belongs to the user " + owner +
                    ", and no daemon works on it. What root made here, that user's daemon could not open. "
                    "Start the daemon, or run this as that user: runuser -u " +
                    owner + " -- capbridge ...",
                dir.string());
}

}  // namespace

Result<Lock> Lock::take(const std::filesystem::path& dir) {
    const auto ours = check_owner(dir);
    const auto path = dir / "lock";
    const int fd = ::open(path.c_str(), O_RDWR | (ours ? O_CREAT : 0) | O_CLOEXEC, 0600);
    if (fd < 0 && !ours) return fail(ours.error());
    if (fd < 0)
        return fail("unwritable", std::string("cannot be opened: ") + std::strerror(errno), path.string());
    Lock lock(fd);
    int held = 0;
    do {
        held = ::flock(fd, LOCK_EX | LOCK_NB);
    } while (held != 0 && errno == EINTR);
    if (held != 0 && errno != EWOULDBLOCK) {
        return fail("unwritable", std::string("cannot be locked: ") + std::strerror(errno), path.string());
    }
    if (held != 0) {
        char text[24] = {};
        const auto size = ::pread(fd, text, sizeof text - 1, 0);
        std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
        pid.erase(std::find_if(pid.begin(), pid.end(), [](char c) { return c < '0' || c > '9'; }), pid.end());
        return fail("store_locked",
                    "The process with pid " + (pid.empty() ? std::string("(unknown)") : pid) +
                        " owns this data directory. Stop it, or let it do the work.",
                    dir.string());
    }
    // Where a daemon works the answer is above: the command then goes through its socket, root's too.
    if (!ours) return fail(ours.error());
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
        return fail("unwritable", std::string("cannot be written: ") + std::strerror(errno), path.string());
    }
    return lock;
}

Lock::~Lock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace capbridge::store
