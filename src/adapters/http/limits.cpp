#include "adapters/http/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <thread>

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kAhead = 20;
constexpr const char* kKey = "host/calls";

}  // namespace

bool sleep_unless(const std::atomic<bool>* cancel, std::chrono::steady_clock::time_point until) {
    while (true) {
        if (cancel != nullptr && cancel->load()) return false;
        const auto left = until - std::chrono::steady_clock::now();
        if (left <= left.zero()) return true;
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, 20ms));
    }
}

std::optional<CallLimits::Refusal> CallLimits::take_of_day(std::int64_t per_day, engine::SourceMemory& memory,
                                                           Instant now) {
    const auto today = day_of(now);
    if (day_ != today) taken_ahead_ = 0;
    day_ = today;
    if (taken_ahead_ == 0) {
        const auto day_text = format_day(today) + " ";
        const auto kept = memory.get(kKey).value_or("");
        std::int64_t used = 0;
        if (kept.starts_with(day_text))
            std::from_chars(kept.data() + day_text.size(), kept.data() + kept.size(), used);
        if (used >= per_day) {
            const Instant midnight{today + std::chrono::days{1}};
            return Refusal{"retry",
                           "The " + std::to_string(per_day) +
                               " calls of the day (http.calls_per_day) are used up; more after midnight UTC.",
                           (midnight - now).count()};
        }
        const auto ahead = std::min(kAhead, per_day - used);
        if (const auto put = memory.put(kKey, day_text + std::to_string(used + ahead)); !put)
            return Refusal{"retry", "The calls of the day cannot be counted: " + put.error().message, -1};
        taken_ahead_ = ahead;
    }
    --taken_ahead_;
    return std::nullopt;
}

// A second's calls may come at once; then each waits until the one that many before it is a second old.
CallLimits::Steady::time_point CallLimits::free_at(double per_second, Steady::time_point now) {
    if (per_second <= 0) return now;
    const auto together = std::max(std::ceil(per_second), 1.0);
    const auto window =
        std::chrono::ceil<Steady::duration>(std::chrono::duration<double>(together / per_second));
    while (made_.size() > static_cast<std::size_t>(together)) made_.pop_front();
    return made_.size() < static_cast<std::size_t>(together) ? now : made_.front() + window;
}

std::optional<CallLimits::Refusal> CallLimits::take(const Budget& budget, engine::SourceMemory& memory,
                                                    Instant now, const std::atomic<bool>* cancel) {
    while (true) {
        if (cancel != nullptr && cancel->load()) return Refusal{"cancelled", "Cancelled.", -1};
        Steady::time_point start;
        {
            const std::lock_guard lock(mutex_);
            const auto steady = Steady::now();
            if (const auto left = paused_until_ - steady; left > budget.longest_pause) {
                const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
                return Refusal{"retry",
                               "The other side asked not to be called for another " +
                                   std::to_string((ms + 999) / 1000) + " s (Retry-After).",
                               ms};
            }
            start = std::max(paused_until_, free_at(budget.per_second, steady));
            if (start <= steady) {
                if (budget.per_day > 0) {
                    if (auto refusal = take_of_day(budget.per_day, memory, now)) return refusal;
                }
                if (budget.per_second > 0) made_.push_back(steady);
                return std::nullopt;
            }
        }
        // Afterwards it is looked at anew: another one may have come first, or a pause.
        if (!sleep_unless(cancel, start)) return Refusal{"cancelled", "Cancelled.", -1};
    }
}

std::chrono::milliseconds CallLimits::paused_for() {
    const std::lock_guard lock(mutex_);
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(paused_until_ - Steady::now()), 0ms);
}

void CallLimits::pause(std::chrono::milliseconds how_long) {
    const std::lock_guard lock(mutex_);
    paused_until_ = std::max(paused_until_, Steady::now() + how_long);
}

}  // namespace capbridge::adapters
