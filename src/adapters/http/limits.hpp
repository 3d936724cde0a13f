// The budget of a source's calls: so many in any second, so many a day (UTC), and a pause that the other
// side asked for. One for each source, shared by its conversations; thread-safe. The calls of the day are
// counted in the source's memory in steps of a few, so that a daemon that is killed counts a few too many,
// never too few.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::adapters {

class CallLimits {
public:
    struct Budget {
        double per_second = 0;     // 0: no limit
        std::int64_t per_day = 0;  // 0: no limit
        // A longer pause is not waited for but refused.
        std::chrono::milliseconds longest_pause = std::chrono::hours(24);
    };
    struct Refusal {
        std::string error_class, user;  // "retry" (the day is used up, or a pause), "cancelled"
        std::int64_t retry_after_ms = -1;
    };
    // Waits until one call may be made; counts it.
    std::optional<Refusal> take(const Budget& budget, engine::SourceMemory& memory, Instant now,
                                const std::atomic<bool>* cancel);
    // Nobody calls for that long.
    void pause(std::chrono::milliseconds how_long);
    // What is left of it; 0: there is none.
    std::chrono::milliseconds paused_for();

private:
    using Steady = std::chrono::steady_clock;
    std::optional<Refusal> take_of_day(std::int64_t per_day, engine::SourceMemory& memory, Instant now);
    Steady::time_point free_at(double per_second, Steady::time_point now);

    std::mutex mutex_;
    std::deque<Steady::time_point> made_;  // the last calls, as many as a second may have
    Steady::time_point paused_until_{};
    Day day_{};
    std::int64_t taken_ahead_ = 0;  // of the day's calls, counted in the memory and not made yet
};

// False: cancelled. Looks every 20 ms.
bool sleep_unless(const std::atomic<bool>* cancel, std::chrono::steady_clock::time_point until);

}  // namespace capbridge::adapters
