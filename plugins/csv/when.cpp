#include "csv/when.hpp"

#include <date/tz.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace csv_adapter {
namespace {

using std::chrono::milliseconds;

// What a text said; -1 is "nothing".
struct Parts {
    int year = -1, month = -1, day = -1, weekday = -1;
    int hour = -1, minute = 0, second = 0, ms = 0;
    int hour12 = -1, afternoon = -1;
    std::optional<int> offset_minutes;
    std::optional<long long> epoch_s;
};

constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kDays{"sunday",   "monday", "tuesday", "wednesday",
                                                "thursday", "friday", "saturday"};

char low(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_space(char c) {
    return c == ' ' || c == '\t';
}

class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool read(std::string_view format, Parts& parts) {
        for (std::size_t i = 0; i < format.size(); ++i) {
            if (is_space(format[i])) {
                skip_spaces();
            } else if (format[i] != '%' || i + 1 == format.size()) {
                if (!literal(format[i])) return false;
            } else if (!conversion(format[++i], parts)) {
                return false;
            }
        }
        return true;
    }
    bool at_end() {
        skip_spaces();
        return rest_.empty();
    }

private:
    void skip_spaces() {
        // A narrow or a fixed space (U+202F, U+00A0) stands before AM and PM in newer exports.
        while (!rest_.empty()) {
            if (is_space(rest_[0])) {
                rest_.remove_prefix(1);
            } else if (rest_.starts_with("\xe2\x80\xaf")) {
                rest_.remove_prefix(3);
            } else if (rest_.starts_with("\xc2\xa0")) {
                rest_.remove_prefix(2);
            } else {
                return;
            }
        }
    }
    bool literal(char c) {
        if (rest_.empty() || low(rest_[0]) != low(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool number(std::size_t max_digits, int from, int to, int& out, std::size_t min_digits = 1) {
        std::size_t n = 0;
        int value = 0;
        while (n < max_digits && n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9')
            value = value * 10 + (rest_[n++] - '0');
        if (n < min_digits || value < from || value > to) return false;
        rest_.remove_prefix(n);
        out = value;
        return true;
    }
    bool word(std::string_view w) {
        if (rest_.size() < w.size()) return false;
        for (std::size_t i = 0; i < w.size(); ++i) {
            if (low(rest_[i]) != w[i]) return false;
        }
        rest_.remove_prefix(w.size());
        return true;
    }
    // A whole name or its first three letters ("Sept" too); the index.
    template <std::size_t N>
    bool name(const std::array<std::string_view, N>& names, int& out) {
        for (std::size_t i = 0; i < N; ++i) {
            if (word(names[i]) || (names[i] == "september" && word("sept")) || word(names[i].substr(0, 3))) {
                out = static_cast<int>(i);
                return true;
            }
        }
        return false;
    }
    bool half_day(Parts& parts) {
        if (word("a.m.") || word("am")) return parts.afternoon = 0, true;
        if (word("p.m.") || word("pm")) return parts.afternoon = 1, true;
        return false;
    }
    bool offset(Parts& parts) {
        if (word("utc") || word("gmt") || word("z")) return parts.offset_minutes = 0, true;
        const int sign = rest_.starts_with('-') ? -1 : 1;
        if (!literal('+') && !literal('-')) return false;
        int hours = 0, minutes = 0;
        if (!number(2, 0, 14, hours, 2)) return false;
        literal(':');
        if (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && !number(2, 0, 59, minutes, 2))
            return false;
        parts.offset_minutes = sign * (hours * 60 + minutes);
        return true;
    }
    bool fraction(Parts& parts) {
        int scale = 100;
        std::size_t n = 0;
        for (; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n, scale /= 10)
            parts.ms += (rest_[n] - '0') * scale;
        rest_.remove_prefix(n);
        return n > 0;
    }
    bool epoch(Parts& parts) {
        std::size_t n = 0;
        long long value = 0;
        // Eleven digits end in the year 5138.
        for (; n < rest_.size() && n < 11 && rest_[n] >= '0' && rest_[n] <= '9'; ++n)
            value = value * 10 + (rest_[n] - '0');
        rest_.remove_prefix(n);
        parts.epoch_s = value;
        return n > 0;
    }

    bool conversion(char c, Parts& parts) {
        switch (c) {
            case 'd':
            case 'e':
                skip_spaces();
                return number(2, 1, 31, parts.day);
            case 'm':
                return number(2, 1, 12, parts.month);
            case 'Y':
                return number(4, 1, 9999, parts.year, 4);
            case 'y':
                if (!number(2, 0, 99, parts.year, 2)) return false;
                parts.year += parts.year < 69 ? 2000 : 1900;  // POSIX
                return true;
            case 'b':
            case 'B':
            case 'h':
                if (!name(kMonths, parts.month)) return false;
                ++parts.month;
                return true;
            case 'a':
            case 'A':
                return name(kDays, parts.weekday);
            case 'H':
                return number(2, 0, 23, parts.hour);
            case 'I':
                return number(2, 1, 12, parts.hour12);
            case 'M':
                return number(2, 0, 59, parts.minute);
            case 'S':
                return number(2, 0, 59, parts.second);
            case 'p':
                return half_day(parts);
            case 'f':
                return fraction(parts);
            case 'z':
                return offset(parts);
            case 's':
                return epoch(parts);
            case 'F':
                return read("%Y-%m-%d", parts);
            case 'T':
                return read("%H:%M:%S", parts);
            case 'R':
                return read("%H:%M", parts);
            case '%':
                return literal('%');
            default:
                return false;
        }
    }

    std::string_view rest_;
};

std::string instant_text(long long unix_ms) {
    const date::sys_time<milliseconds> at{milliseconds(unix_ms)};
    const auto day = date::floor<date::days>(at);
    const date::year_month_day ymd{day};
    const date::hh_mm_ss<milliseconds> time{at - day};
    std::string out = "0000-00-00T00:00:00";
    const auto put = [&](std::size_t last, std::size_t digits, long long value) {
        for (; digits > 0; --digits, value /= 10) out[last--] = static_cast<char>('0' + value % 10);
    };
    put(3, 4, static_cast<int>(ymd.year()));
    put(6, 2, static_cast<unsigned>(ymd.month()));
    put(9, 2, static_cast<unsigned>(ymd.day()));
    put(12, 2, time.hours().count());
    put(15, 2, time.minutes().count());
    put(18, 2, time.seconds().count());
    if (const auto ms = time.subseconds().count(); ms != 0) {
        out += ".000";
        put(22, 3, ms);
    }
    // The end of 9999 west of Greenwich: its five digits have it refused.
    if (static_cast<int>(ymd.year()) > 9999) out.insert(0, "1");
    return out + 'Z';
}

}  // namespace

struct Zone::Rules {
    const date::time_zone* zone = nullptr;
};

Zone::Zone() : name_("UTC"), rules_(std::make_unique<Rules>()) {}
Zone::~Zone() = default;
Zone::Zone(Zone&&) noexcept = default;
Zone& Zone::operator=(Zone&&) noexcept = default;

std::optional<Zone> Zone::find(const std::string& name) {
    Zone zone;
    zone.name_ = name;
    try {
        if (name != "UTC") zone.rules_->zone = date::locate_zone(name);
    } catch (const std::exception&) {
        return std::nullopt;
    }
    return zone;
}

long long Zone::to_utc_ms(long long local_ms) const {
    if (!rules_->zone) return local_ms;
    const date::local_time<milliseconds> local{milliseconds(local_ms)};
    // `first` is the only offset, the one before the clocks go back, or the one before the gap: just what we
    // promise.
    const auto info = rules_->zone->get_info(local);
    return local_ms - std::chrono::duration_cast<milliseconds>(info.first.offset).count();
}

std::optional<DateFormat> DateFormat::parse(std::string_view format) {
    DateFormat made;
    made.format_ = format;
    std::string seen;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') continue;
        if (++i == format.size() ||
            std::string_view("demyYbBhaAHIMSpzfFTRs%").find(format[i]) == std::string_view::npos)
            return std::nullopt;
        seen += format[i];
    }
    const auto has = [&](std::string_view any) { return seen.find_first_of(any) != std::string::npos; };
    made.has_time_ = has("HITRs");
    made.has_offset_ = has("zs");
    if (has("I") && !has("p")) return std::nullopt;  // nobody knows which half of the day
    const bool whole = has("Fs") || (has("yY") && has("mbBh") && has("de"));
    return whole ? std::optional(made) : std::nullopt;
}

std::optional<Moment> read_date(std::string_view text, const DateFormat& format, const Zone& zone) {
    Parts parts;
    Reader reader(text);
    if (!reader.read(format.text(), parts) || !reader.at_end()) return std::nullopt;
    if (parts.epoch_s) return Moment{instant_text(*parts.epoch_s * 1000 + parts.ms), true};

    const date::year_month_day ymd{date::year{parts.year}, date::month{static_cast<unsigned>(parts.month)},
                                   date::day{static_cast<unsigned>(parts.day)}};
    if (!ymd.ok()) return std::nullopt;
    const date::local_days day{ymd};
    if (parts.weekday >= 0 && date::weekday{day}.c_encoding() != static_cast<unsigned>(parts.weekday))
        return std::nullopt;
    if (!format.has_time()) {
        char out[16];
        std::snprintf(out, sizeof out, "%04d-%02d-%02d", parts.year, parts.month, parts.day);
        return Moment{out, false};
    }
    if (parts.hour12 >= 0) parts.hour = parts.hour12 % 12 + (parts.afternoon == 1 ? 12 : 0);
    // Midnight to the second is how many exports write a day.
    if (format.needs_zone() && parts.hour == 0 && parts.minute == 0 && parts.second == 0 && parts.ms == 0) {
        char out[16];
        std::snprintf(out, sizeof out, "%04d-%02d-%02d", parts.year, parts.month, parts.day);
        return Moment{out, false};
    }
    const long long local =
        ((static_cast<long long>(day.time_since_epoch().count()) * 24 + parts.hour) * 60 + parts.minute) *
            60'000 +
        parts.second * 1000 + parts.ms;
    return Moment{
        instant_text(parts.offset_minutes ? local - *parts.offset_minutes * 60'000LL : zone.to_utc_ms(local)),
        true};
}

std::string day_after(const Moment& moment, std::string_view period) {
    int n = 0, year = 0, month = 0, day = 0;
    if (period.size() < 3 || period[0] != 'P') return {};
    const auto digits = period.substr(1, period.size() - 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (error != std::errc{} || end != digits.data() + digits.size() || n < 1 || n > 999) return {};
    if (std::sscanf(moment.value.c_str(), "%4d-%2d-%2d", &year, &month, &day) != 3) return {};
    date::year_month_day at{date::year{year}, date::month{static_cast<unsigned>(month)},
                            date::day{static_cast<unsigned>(day)}};
    switch (period.back()) {
        case 'Y':
            at += date::years{n};
            break;
        case 'M':
            at += date::months{n};
            break;
        case 'W':
            at = date::sys_days{at} + date::weeks{n};
            break;
        case 'D':
            at = date::sys_days{at} + date::days{n};
            break;
        default:
            return {};
    }
    if (!at.ok()) at = at.year() / at.month() / date::last;
    char out[16];
    std::snprintf(out, sizeof out, "%04d-%02u-%02u", static_cast<int>(at.year()),
                  static_cast<unsigned>(at.month()), static_cast<unsigned>(at.day()));
    return out;
}

}  // namespace csv_adapter
