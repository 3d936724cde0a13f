// Watches what an adapter's process does to this machine while a call runs: the memory that it has, and
// whether it drowns the host in talk. (That it hangs or spins is seen by the limits of Session::call.) One
// for each conversation, used by its thread.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/frame.hpp"
#include "core/base/result.hpp"

namespace capbridge::adapters {

class Watchdog {
public:
    using Time = std::chrono::steady_clock::time_point;

    // `proc`: where the kernel tells of processes.
    Watchdog(pid_t pid, std::uint64_t memory_mb, std::string proc = "/proc")
        : pid_(pid), memory_mb_(memory_mb), proc_(std::move(proc)) {}

    // Looks at the process when the last look is a while ago. Errors: "adapter_memory" (what it has too much
    // of), "adapter_config" (it lives, and its memory cannot be seen: then there would be no limit).
    Status memory(Time now);
    // A frame came. True: too many in a row that bring nothing (log, alive).
    bool chatter(FrameKind kind);
    // Does such a frame bring or read something? A loop of the others goes nowhere.
    static bool is_progress(FrameKind kind);

private:
    pid_t pid_;
    std::uint64_t memory_mb_;
    std::string proc_;
    Time next_{};
    int idle_talk_ = 0;
};

// Of that process, in bytes, shared memory included, by /proc/PID/statm; nullopt when it cannot be read.
std::optional<std::uint64_t> resident_bytes(pid_t pid, const std::string& proc = "/proc");

}  // namespace capbridge::adapters
