#include "adapters/watchdog.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::chrono::milliseconds kEvery{50};
constexpr int kMostIdleTalk = 10'000;
// A sanitizer's shadow of the memory is the child's too.
constexpr std::uint64_t kFactor = kSanitized ? 8 : 1;

// A child that has ended, whether or not anybody waited for it, has nothing to be seen.
bool lives(pid_t pid) {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0
               ? info.si_pid == 0
               : ::kill(pid, 0) == 0;
}

}  // namespace

std::optional<std::uint64_t> resident_bytes(pid_t pid, const std::string& proc) {
    const auto path = proc + "/" + std::to_string(pid) + "/statm";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    char text[128];
    const auto got = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    text[got < 0 ? 0 : got] = '\0';
    unsigned long long size = 0, resident = 0;
    if (std::sscanf(text, "%llu %llu", &size, &resident) != 2) return std::nullopt;
    return std::uint64_t{resident} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Status Watchdog::memory(Time now) {
    if (memory_mb_ == 0 || now < next_) return {};
    next_ = now + kEvery;
    const auto bytes = resident_bytes(pid_, proc_);
    if (!bytes) {
        if (!lives(pid_)) return {};  // the socket says so
        return fail("adapter_config",
                    "its memory cannot be watched, because the bridge cannot read /proc/PID/statm of its own "
                    "child: mount /proc, without hidepid= (of the mount) and ProtectProc= (of the service).");
    }
    const auto has = *bytes >> 20;
    if (has <= memory_mb_ * kFactor) return {};
    return fail("adapter_memory", "it took " + std::to_string(has) + " MiB of memory; the limit is " +
                                      std::to_string(memory_mb_) + " MiB.");
}

bool Watchdog::chatter(FrameKind kind) {
    idle_talk_ = kind == FrameKind::log || kind == FrameKind::alive ? idle_talk_ + 1 : 0;
    return idle_talk_ > kMostIdleTalk;
}

bool Watchdog::is_progress(FrameKind kind) {
    return kind == FrameKind::emit || kind == FrameKind::reject || kind == FrameKind::checkpoint ||
           kind == FrameKind::file_read || kind == FrameKind::http_send;
}

}  // namespace capbridge::adapters
