#include "core/engine/sync/cron.hpp"

#include <date/tz.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/text.hpp"

namespace capbridge::engine {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

struct Field {
    const char* name;
    int low, high;
    std::string_view names;  // three letters each, from `low` on
};
constexpr std::array<Field, 5> fields{{{"minute", 0, 59, ""},
                                       {"hour", 0, 23, ""},
                                       {"day of the month", 1, 31, ""},
                                       {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                       {"day of the week", 0, 7, "sunmontuewedthufrisat"}}};
// 29 February comes after at most eight years.
constexpr int days_searched = 8 * 366 + 2;

auto bad(const Field& field, std::string_view part) {
    return fail(
        "bad_cron",
        "'" + std::string(part) + "' is no " + field.name + " (" + std::to_string(field.low) + " to " +
            std::to_string(field.high) +
            (field.names.empty() ? "" : ", or a name such as " + std::string(field.names.substr(0, 3))) +
            "; lists 1,2, ranges 1-5, steps */5)");
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<int> value_of(const Field& field, std::string_view text) {
    if (text.size() == 3) {
        const auto name = lower_ascii(text);
        for (std::size_t i = 0; i + 3 <= field.names.size(); i += 3) {
            if (field.names.substr(i, 3) == name) return field.low + static_cast<int>(i / 3);
        }
    }
    const auto value = number(text);
    if (!value || *value < field.low || *value > field.high) return std::nullopt;
    return value;
}

// One part of a list: "*", "5", "1-5", each with "/step".
Result<std::uint64_t> part_bits(const Field& field, std::string_view part) {
    auto range = part;
    int step = 1;
    const auto slash = part.find('/');
    if (slash != std::string_view::npos) {
        range = part.substr(0, slash);
        const auto given = number(part.substr(slash + 1));
        if (!given || *given < 1 || *given > field.high) return bad(field, part);
        step = *given;
    }
    int from = field.low, to = field.high;
    if (range != "*") {
        const auto dash = range.find('-');
        const auto first = value_of(field, range.substr(0, dash));
        if (!first) return bad(field, part);
        from = *first;
        if (dash != std::string_view::npos) {
            const auto last = value_of(field, range.substr(dash + 1));
            if (!last) return bad(field, part);
            to = *last;
        } else if (slash == std::string_view::npos) {
            to = from;
        }
        if (from > to) return bad(field, part);
    }
    std::uint64_t bits = 0;
    for (int value = from; value <= to; value += step) bits |= std::uint64_t{1} << value;
    return bits;
}

bool has(std::uint64_t bits, unsigned value) {
    return (bits >> value & 1) != 0;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text, std::string_view zone) {
    Cron out;
    const auto parts = split(collapse_spaces(text), ' ');
    if (parts.size() != fields.size())
        return fail("bad_cron", "a cron expression has five fields: minute hour day month weekday");
    for (std::size_t i = 0; i < fields.size(); ++i) {
        for (const auto& part : split(parts[i], ',')) {
            CAPBRIDGE_LET(const auto bits, part_bits(fields[i], part));
            out.fields_[i] |= bits;
        }
    }
    if (has(out.fields_[4], 7)) out.fields_[4] |= 1;  // 7 is Sunday too
    out.any_hour_ = parts[1].starts_with('*');
    out.any_day_ = parts[2].starts_with('*');
    out.any_weekday_ = parts[4].starts_with('*');
    try {
        out.zone_ = date::locate_zone(std::string(zone));
    } catch (const std::exception&) {
        return fail("bad_zone", "the system knows no time zone '" + std::string(zone) +
                                    "'; give one such as Europe/London");
    }
    if (!out.next(Instant{})) return fail("bad_cron", "this day never comes: " + std::string(text));
    return out;
}

bool Cron::runs_on(Day local_day) const {
    const std::chrono::year_month_day date{local_day};
    if (!has(fields_[3], static_cast<unsigned>(date.month()))) return false;
    const bool day = has(fields_[2], static_cast<unsigned>(date.day()));
    const bool weekday = has(fields_[4], std::chrono::weekday{local_day}.c_encoding());
    if (any_day_ || any_weekday_) return day && weekday;
    return day || weekday;
}

std::optional<Instant> Cron::next(Instant after) const {
    const auto local = zone_->to_local(after);
    // From the day before, for zones that moved across the date line.
    Day day{std::chrono::floor<days>(local).time_since_epoch() - days{1}};
    for (int i = 0; i < days_searched; ++i, day += days{1}) {
        if (!runs_on(day)) continue;
        std::vector<Instant> times;
        for (unsigned hour = 0; hour < 24; ++hour) {
            if (!has(fields_[1], hour)) continue;
            for (unsigned minute = 0; minute < 60; ++minute) {
                if (!has(fields_[0], minute)) continue;
                const date::local_seconds at{
                    std::chrono::seconds{day.time_since_epoch() + hours{hour} + minutes{minute}}};
                const auto info = zone_->get_info(at);
                const auto in_utc = [&](const date::sys_info& rule) {
                    return Instant{at.time_since_epoch() - rule.offset};
                };
                if (info.result == date::local_info::nonexistent) {
                    times.emplace_back(info.second.begin);
                } else {
                    times.push_back(in_utc(info.first));
                    if (info.result == date::local_info::ambiguous && any_hour_)
                        times.push_back(in_utc(info.second));
                }
            }
        }
        std::sort(times.begin(), times.end());
        const auto found = std::upper_bound(times.begin(), times.end(), after);
        if (found != times.end()) return *found;
    }
    return std::nullopt;
}

}  // namespace capbridge::engine
