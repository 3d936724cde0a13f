#include "core/base/time.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace capbridge {
namespace {

using namespace std::chrono;

bool digits(std::string_view& in, std::size_t count, int& out) {
    if (in.size() < count) return false;
    const auto part = in.substr(0, count);
    if (!std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
    std::from_chars(part.data(), part.data() + count, out);
    in.remove_prefix(count);
    return true;
}

bool take(std::string_view& in, char c) {
    if (in.empty() || in.front() != c) return false;
    in.remove_prefix(1);
    return true;
}

bool take_day(std::string_view& in, Day& day) {
    int y = 0, m = 0, d = 0;
    if (!digits(in, 4, y) || !take(in, '-') || !digits(in, 2, m) || !take(in, '-') || !digits(in, 2, d))
        return false;
    const year_month_day ymd{year{y}, month{static_cast<unsigned>(m)},
                             std::chrono::day{static_cast<unsigned>(d)}};
    if (!ymd.ok()) return false;
    day = sys_days{ymd};
    return true;
}

}  // namespace

std::optional<Day> parse_day(std::string_view text) {
    Day day{};
    if (!take_day(text, day) || !text.empty()) return std::nullopt;
    return day;
}

std::optional<Instant> parse_instant(std::string_view in) {
    Day day{};
    if (!take_day(in, day)) return std::nullopt;
    if (!take(in, 'T') && !take(in, 't') && !take(in, ' ')) return std::nullopt;
    int h = 0, m = 0, s = 0;
    if (!digits(in, 2, h) || !take(in, ':') || !digits(in, 2, m)) return std::nullopt;
    if (take(in, ':') && !digits(in, 2, s)) return std::nullopt;
    if (h > 23 || m > 59 || s > 60) return std::nullopt;
    std::int64_t ms = 0;
    if (take(in, '.') || take(in, ',')) {
        std::int64_t scale = 100;
        std::size_t count = 0;
        while (!in.empty() && in.front() >= '0' && in.front() <= '9') {
            ms += (in.front() - '0') * scale;
            scale /= 10;
            in.remove_prefix(1);
            ++count;
        }
        if (count == 0) return std::nullopt;
    }
    minutes offset{0};
    if (take(in, 'Z') || take(in, 'z') || in.empty()) {
        if (!in.empty()) return std::nullopt;
    } else {
        const int sign = in.front() == '-' ? -1 : in.front() == '+' ? 1 : 0;
        if (sign == 0) return std::nullopt;
        const bool minus = sign < 0;
        in.remove_prefix(1);
        int oh = 0, om = 0;
        if (!digits(in, 2, oh)) return std::nullopt;
        const bool colon = take(in, ':');
        if ((colon || !in.empty()) && !digits(in, 2, om)) return std::nullopt;
        if (!in.empty() || oh > 14 || om > 59) return std::nullopt;
        if (minus && oh == 0 && om == 0) return std::nullopt;  // RFC 3339: -00:00 is no known offset
        offset = sign * (hours{oh} + minutes{om});
    }
    return Instant{day + hours{h} + minutes{m} + seconds{s} + milliseconds{ms} - offset};
}

std::string format_day(Day day) {
    const year_month_day ymd{day};
    char out[32];
    std::snprintf(out, sizeof out, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
    return out;
}

std::string format_instant(Instant at) {
    const Day day = day_of(at);
    const auto ms = (at - day).count();
    char out[24];
    std::snprintf(out, sizeof out, "T%02d:%02d:%02d.%03dZ", static_cast<int>(ms / 3600000),
                  static_cast<int>(ms / 60000 % 60), static_cast<int>(ms / 1000 % 60),
                  static_cast<int>(ms % 1000));
    return format_day(day) + out;
}

std::optional<Duration> parse_duration(std::string_view in) {
    Duration d;
    if (!take(in, 'P') || in.empty()) return std::nullopt;
    bool time = false;
    bool any = false;
    int rank = 0;  // designators come in order: Y M W D, then T: H M S
    while (!in.empty()) {
        if (!time && take(in, 'T')) {
            time = true;
            any = false;
            rank = 4;
            continue;
        }
        std::int64_t whole = 0;
        const auto [end, ec] = std::from_chars(in.data(), in.data() + in.size(), whole);
        if (ec != std::errc{} || in.front() == '-' || whole > 1'000'000'000) return std::nullopt;
        in.remove_prefix(static_cast<std::size_t>(end - in.data()));
        std::int64_t fraction_ms = 0;
        bool fraction = false;
        if (take(in, '.')) {
            fraction = true;
            std::int64_t scale = 100;
            if (in.empty() || in.front() < '0' || in.front() > '9') return std::nullopt;
            while (!in.empty() && in.front() >= '0' && in.front() <= '9') {
                fraction_ms += (in.front() - '0') * scale;
                scale /= 10;
                in.remove_prefix(1);
            }
        }
        if (in.empty()) return std::nullopt;
        const char unit = in.front();
        in.remove_prefix(1);
        if (fraction && !(time && unit == 'S')) return std::nullopt;
        // No part of a date may pass 9 999 years: add() stays within the calendar.
        if (!time && whole > (unit == 'Y'   ? 9999
                              : unit == 'M' ? 9999 * 12
                              : unit == 'W' ? 9999 * 52
                                            : 9999 * 365))
            return std::nullopt;
        const auto order = [&](int r) { return r > rank && ((rank = r), true); };
        if (!time && unit == 'Y' && order(1)) {
            d.years = static_cast<int>(whole);
        } else if (!time && unit == 'M' && order(2)) {
            d.months = static_cast<int>(whole);
        } else if (!time && unit == 'W' && order(3)) {
            d.days += static_cast<int>(whole) * 7;
        } else if (!time && unit == 'D' && order(4)) {
            d.days += static_cast<int>(whole);
        } else if (time && unit == 'H' && order(5)) {
            d.ms += whole * 3600000;
        } else if (time && unit == 'M' && order(6)) {
            d.ms += whole * 60000;
        } else if (time && unit == 'S' && order(7)) {
            d.ms += whole * 1000 + fraction_ms;
        } else {
            return std::nullopt;
        }
        any = true;
    }
    if (!any) return std::nullopt;
    return d;
}

Day add(Day day, const Duration& duration) {
    const year_month_day ymd{day};
    const auto month_sum = ymd.year() / ymd.month() + years{duration.years} + months{duration.months};
    const auto last = (month_sum / std::chrono::last).day();
    const Day moved = sys_days{month_sum / std::min(ymd.day(), last)};
    return moved + days{duration.days} + floor<days>(milliseconds{duration.ms});
}

std::string When::text() const {
    switch (precision) {
        case Precision::instant:
            return format_instant(at);
        case Precision::day:
            return format_day(day_of(at));
        case Precision::unknown:
            break;
    }
    return {};
}

std::optional<When> parse_when(std::string_view text) {
    if (const auto day = parse_day(text)) return When{When::Precision::day, Instant{*day}};
    if (const auto at = parse_instant(text)) return When{When::Precision::instant, *at};
    return std::nullopt;
}

}  // namespace capbridge
