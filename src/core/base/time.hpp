// Points in time, days and ISO 8601 durations. The core has no clock: "now" comes in as an argument (Clock in
// engine). Pure functions; any thread. Units: milliseconds since 1970-01-01T00:00:00Z; days are proleptic
// Gregorian.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Day = std::chrono::sys_days;

// RFC 3339 / ISO 8601 with an offset ("2026-03-01T09:30:00.120+01:00"); without one it is read as UTC.
std::optional<Instant> parse_instant(std::string_view text);
std::string format_instant(Instant at);  // "2026-03-01T08:30:00.120Z": always UTC, always milliseconds
std::optional<Day> parse_day(std::string_view text);  // "2026-03-01", nothing else
std::string format_day(Day day);
inline Day day_of(Instant at) {
    return std::chrono::floor<std::chrono::days>(at);
}
inline std::int64_t unix_ms(Instant at) {
    return at.time_since_epoch().count();
}
inline Instant from_unix_ms(std::int64_t ms) {
    return Instant{std::chrono::milliseconds{ms}};
}

// ISO 8601 duration as calendar parts (P1Y6M, P2W, PT36H). Fractions are allowed in seconds only.
struct Duration {
    int years = 0, months = 0, days = 0;
    std::int64_t ms = 0;
    friend bool operator==(const Duration&, const Duration&) = default;
};
std::optional<Duration> parse_duration(std::string_view text);
Day add(Day day, const Duration& duration);  // months clamp to the end of the month: 31 Jan + P1M = 28 Feb

// When something happened, as exactly as the source knew: a day stays a day, midnight is never invented.
struct When {
    enum class Precision { instant, day, unknown };
    Precision precision = Precision::unknown;
    Instant at{};                            // of a day: its first instant in UTC, for ordering only
    [[nodiscard]] std::string text() const;  // "2026-03-01T08:30:00.000Z", "2026-03-01" or ""
    friend bool operator==(const When&, const When&) = default;
};
std::optional<When> parse_when(std::string_view text);  // a day or an instant

}  // namespace capbridge
