#include "adapters/watchdog.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::chrono::milliseconds kEvery{50};
constexpr int kMostIdleTalk = 10'000;
// A sanitizer's shadow of the memory is the child's too.
constexpr std::uint64_t kFactor = kSanitized ? 8 : 1;

}  // namespace

std::uint64_t resident_bytes(pid_t pid) {
    char path[32];
    std::snprintf(path, sizeof path, "/proc/%d/statm", static_cast<int>(pid));
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[128];
    const auto got = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    text[got < 0 ? 0 : got] = '\0';
    unsigned long long size = 0, resident = 0;
    if (std::sscanf(text, "%llu %llu", &size, &resident) != 2) return 0;
    return std::uint64_t{resident} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<std::string> Watchdog::memory(Time now) {
    if (memory_mb_ == 0 || now < next_) return std::nullopt;
    next_ = now + kEvery;
    const auto has = resident_bytes(pid_) >> 20;
    if (has <= memory_mb_ * kFactor) return std::nullopt;
    return "it took " + std::to_string(has) + " MiB of memory; the limit is " + std::to_string(memory_mb_) +
           " MiB.";
}

bool Watchdog::chatter(FrameKind kind) {
    idle_talk_ = kind == FrameKind::log || kind == FrameKind::alive ? idle_talk_ + 1 : 0;
    return idle_talk_ > kMostIdleTalk;
}

}  // namespace capbridge::adapters
