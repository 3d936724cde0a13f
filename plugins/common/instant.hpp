// Instants as web interfaces write them: RFC 3339 (2026-03-01T09:30:00.123Z) and the HTTP date (RFC 9110
// section 5.6.7). Microseconds since 1970-01-01T00:00:00Z, the finest that the systems we read are known to
// keep; more digits are cut off, never rounded up. Pure; any thread.
#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace plugins {

using Micros = std::int64_t;

namespace detail {

// Exactly `digits` digits from `at`; nullopt when there is anything else.
inline std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

inline std::optional<Micros> from_civil(int year, int month, int day, int hour, int minute, int second) {
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    // A leap second (60) is the second after it, as everywhere in Unix time.
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const Micros days = std::chrono::sys_days{date}.time_since_epoch().count();
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000;
}

}  // namespace detail

enum class Bare { refused, utc };  // what a time without an offset is

// nullopt: no instant of the calendar, or without an offset (`bare`).
inline std::optional<Micros> read_instant(std::string_view text, Bare bare = Bare::refused) {
    const auto year = detail::digits(text, 0, 4), month = detail::digits(text, 5, 2),
               day = detail::digits(text, 8, 2), hour = detail::digits(text, 11, 2),
               minute = detail::digits(text, 14, 2), second = detail::digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    auto instant = detail::from_civil(*year, *month, *day, *hour, *minute, *second);
    if (!instant) return std::nullopt;

    std::size_t at = 19;
    if (at < text.size() && text[at] == '.') {
        Micros unit = 100'000;
        const auto from = ++at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
            *instant += (text[at] - '0') * unit;
        if (at == from) return std::nullopt;
    }
    const auto zone = text.substr(at);
    if (zone.empty()) return bare == Bare::utc ? instant : std::nullopt;
    if (zone == "Z" || zone == "z") return instant;
    // +hh:mm, and the +hhmm and +hh of ISO 8601 that some systems write.
    const auto hours = detail::digits(zone, 1, 2);
    int minutes = zone.size() == 3 ? 0 : -1;
    if (zone.size() == 5) minutes = detail::digits(zone, 3, 2).value_or(-1);
    if (zone.size() == 6 && zone[3] == ':') minutes = detail::digits(zone, 4, 2).value_or(-1);
    if ((zone[0] != '+' && zone[0] != '-') || !hours || *hours > 23 || minutes < 0 || minutes > 59)
        return std::nullopt;
    const Micros offset = (*hours * 60 + minutes) * 60'000'000LL;
    return zone[0] == '+' ? *instant - offset : *instant + offset;
}

// "2026-03-01T09:30:00Z", with as many digits after the second as it has.
inline std::string write_instant(Micros instant) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds{instant});
    const auto days = std::chrono::floor<std::chrono::days>(whole);
    const std::chrono::year_month_day date{std::chrono::sys_days{days}};
    const auto in_day = (whole - days).count();
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(in_day / 3600), static_cast<int>(in_day / 60 % 60),
                  static_cast<int>(in_day % 60));
    std::string out = text.data();
    if (const auto fraction = instant - std::chrono::microseconds{whole}.count(); fraction != 0) {
        std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(fraction));
        out += text.data();
        out.erase(out.find_last_not_of('0') + 1);
    }
    return out + 'Z';
}

// The Date header: "Sun, 01 Mar 2026 09:30:00 GMT". The two obsolete forms are not read.
inline std::optional<Micros> read_http_date(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const auto day = detail::digits(text, 5, 2), year = detail::digits(text, 12, 4),
               hour = detail::digits(text, 17, 2), minute = detail::digits(text, 20, 2),
               second = detail::digits(text, 23, 2);
    if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    return detail::from_civil(*year, static_cast<int>(month - months.begin()) + 1, *day, *hour, *minute,
                              *second);
}

}  // namespace plugins
