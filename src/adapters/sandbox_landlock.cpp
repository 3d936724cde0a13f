// The files that an adapter's process can still open (landlock(7)). Debian 12's headers stop at version 3 of
// Landlock, so that what later kernels brought has its numbers here; which version the kernel has is asked
// when the program runs.
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

struct RulesetAttributes {
    std::uint64_t files = 0;   // version 1
    std::uint64_t ports = 0;   // version 4
    std::uint64_t scopes = 0;  // version 6
};

constexpr std::uint64_t kExecute = 1u << 0, kReadFile = 1u << 2, kReadFolder = 1u << 3;
constexpr std::uint64_t kFirst = (1u << 13) - 1;  // all rights of version 1
constexpr std::uint64_t kRefer = 1u << 13, kTruncate = 1u << 14, kDeviceControl = 1u << 15;
constexpr std::uint64_t kBindTcp = 1u << 0, kConnectTcp = 1u << 1;
constexpr std::uint64_t kAbstractSocket = 1u << 0, kSignal = 1u << 1;

// Of another version of the header in case it knows more.
static_assert(kExecute == LANDLOCK_ACCESS_FS_EXECUTE && kReadFile == LANDLOCK_ACCESS_FS_READ_FILE &&
              kReadFolder == LANDLOCK_ACCESS_FS_READ_DIR && kRefer == LANDLOCK_ACCESS_FS_REFER);

RulesetAttributes attributes(int version) {
    RulesetAttributes all;
    all.files = kFirst;
    if (version >= 2) all.files |= kRefer;
    if (version >= 3) all.files |= kTruncate;
    if (version >= 5) all.files |= kDeviceControl;
    if (version >= 4) all.ports = kBindTcp | kConnectTcp;
    if (version >= 6) all.scopes = kAbstractSocket | kSignal;
    return all;
}

std::size_t known_size(int version) {
    return version < 4 ? 8 : version < 6 ? 16 : 24;
}

// What is not there needs no rule.
void allow(int ruleset, const char* path, std::uint64_t rights) {
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return;
    struct stat s {};
    if (fstat(fd, &s) == 0) {
        if (!S_ISDIR(s.st_mode)) rights &= ~kReadFolder;
        landlock_path_beneath_attr rule{};
        rule.allowed_access = rights;
        rule.parent_fd = fd;
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close(fd);
}

// Libraries (gconv's and the locales are among them), time zones, and what every process looks at.
constexpr const char* kFolders[] = {"/lib",           "/lib64",           "/usr/lib",           "/usr/lib64",
                                    "/usr/local/lib", "/usr/local/lib64", "/usr/share/zoneinfo"};
constexpr const char* kFiles[] = {"/etc/ld.so.cache",     "/etc/localtime", "/etc/timezone",
                                  "/etc/ssl/openssl.cnf", "/dev/null",      "/dev/zero",
                                  "/dev/random",          "/dev/urandom"};
// Where interpreters and their modules live.
constexpr const char* kPrograms[] = {"/bin", "/usr/bin", "/usr/local/bin", "/usr/libexec"};
constexpr const char* kModules[] = {"/usr/share", "/usr/local/share"};

}  // namespace

std::string restrict_files(const Lockdown& lockdown, int& version, std::vector<std::string>& missing) {
    const auto found = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (found < 1) {
        return errno == EOPNOTSUPP
                   ? "it is switched off (not in the kernel's list of security modules)"
                   : "this kernel does not have it, or a container's seccomp profile hides it";
    }
    const auto attr = attributes(static_cast<int>(found));
    const int ruleset =
        static_cast<int>(syscall(SYS_landlock_create_ruleset, &attr, known_size(static_cast<int>(found)), 0));
    if (ruleset < 0) return std::string("no ruleset: ") + std::strerror(errno);

    constexpr std::uint64_t read = kReadFile | kReadFolder;
    const std::uint64_t libraries = lockdown.program ? read | kExecute : read;
    for (const auto* path : kFolders) allow(ruleset, path, libraries);
    for (const auto* path : kFiles) {
        // Mapped by a program, which may share maps of files, it would be memory that nobody counts.
        if (lockdown.program && std::string_view(path) == "/dev/zero") continue;
        allow(ruleset, path, kReadFile);
    }
    if (lockdown.program) {
        for (const auto* path : kPrograms) allow(ruleset, path, read | kExecute);
        for (const auto* path : kModules) allow(ruleset, path, read);
    } else {
        allow(ruleset, "/proc/self/exe", kReadFile);
    }
    if (kSanitized) allow(ruleset, "/proc/self", read);
    if (!lockdown.file.empty())
        allow(ruleset, lockdown.file.c_str(), lockdown.program ? kReadFile | kExecute : kReadFile);

    const bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    const std::string why = done ? "" : std::strerror(errno);
    close(ruleset);
    if (!done) return why;
    version = static_cast<int>(found);
    if (version < 3) missing.emplace_back("landlock: truncating files (version 3)");
    if (version < 4) missing.emplace_back("landlock: network (version 4)");
    if (version < 6) missing.emplace_back("landlock: signals and abstract sockets (version 6)");
    return {};
}

}  // namespace capbridge::adapters
