// A cron expression: five fields (minute, hour, day of the month, month, day of the week) with lists, ranges,
// steps and English names, in the local time of a zone. When both days are restricted either one will do, as
// in every cron. Local times that the clocks skip come at the moment of the jump; those that come twice run
// at the first of the two, or at both when the hour is a '*' (every 15 minutes stays every 15 minutes). Pure;
// immutable; any thread. The zone data is the system's.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace date {
class time_zone;
}

namespace capbridge::engine {

class Cron {
public:
    // Errors: "bad_cron" (with the field), "bad_zone". An expression that never comes (30 February) is
    // refused.
    static Result<Cron> parse(std::string_view text, std::string_view zone);

    // The first time that is later; whole minutes.
    [[nodiscard]] std::optional<Instant> next(Instant after) const;

private:
    [[nodiscard]] bool runs_on(Day local_day) const;

    std::array<std::uint64_t, 5> fields_{};  // a bit for each value
    bool any_hour_ = false, any_day_ = false, any_weekday_ = false;
    const date::time_zone* zone_ = nullptr;
};

}  // namespace capbridge::engine
