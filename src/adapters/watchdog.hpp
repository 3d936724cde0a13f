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

namespace capbridge::adapters {

class Watchdog {
public:
    using Time = std::chrono::steady_clock::time_point;

    Watchdog(pid_t pid, std::uint64_t memory_mb) : pid_(pid), memory_mb_(memory_mb) {}

    // Looks at the process when the last look is a while ago. What it has too much of, for the message
    // "adapter_memory".
    std::optional<std::string> memory(Time now);
    // A frame came. True: too many in a row that bring nothing (log, alive).
    bool chatter(FrameKind kind);

private:
    pid_t pid_;
    std::uint64_t memory_mb_;
    Time next_{};
    int idle_talk_ = 0;
};

// Of that process, in bytes, by /proc/PID/statm; 0 when it has gone.
std::uint64_t resident_bytes(pid_t pid);

}  // namespace capbridge::adapters
