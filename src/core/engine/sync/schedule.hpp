// When a source is due: an interval or a cron expression, jitter, and how often a sync is a full one. Pure;
// immutable; any thread.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "core/base/json.hpp"
#include "core/engine/sync/cron.hpp"

namespace capbridge::engine {

class Schedule {
public:
    // {every | cron, zone?, jitter?, full?}; {} or null has no time at which it is due. Errors
    // "bad_schedule", "bad_cron", "bad_zone"; `where` is the pointer below the schedule.
    static Result<Schedule> read(const json& schedule);

    [[nodiscard]] bool is_set() const { return every_ || cron_; }
    // The first time after `from`, with the source's own share of the jitter: the same for the same source
    // and time, so that reading it again changes nothing.
    [[nodiscard]] std::optional<Instant> next(Instant from, std::string_view source_uuid) const;
    // Without any history: an interval begins at once, a cron expression at its next time.
    [[nodiscard]] std::optional<Instant> first(Instant now, std::string_view source_uuid) const;
    // It is time for a full reconcile; never without "full".
    [[nodiscard]] bool full_due(const std::optional<Instant>& last_full, Instant now) const;

private:
    std::optional<Duration> every_, full_;
    std::optional<Cron> cron_;
    std::chrono::milliseconds jitter_{0};
};

Instant later(Instant at, const Duration& duration);

}  // namespace capbridge::engine
