// Dates as exports print them -> what the record says. A format without a time of day gives a day: midnight
// is never invented. Local times become instants by the rules of the zone, also where those rules are
// awkward:
//   - a time that happens twice (clocks go back) is the first of the two;
//   - a time that does not happen (clocks go forward) is read with the offset that held before the gap.
// Pure; any thread. The zone data is the system's.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace csv_adapter {

// strptime's language, English names, without regard to case: %d %e %m %y %Y %b %B %h %a %A %H %I %M %S %p %z
// %f %F (%Y-%m-%d) %T (%H:%M:%S) %R (%H:%M) %s (seconds since 1970) %%. Numbers may lack their leading zero.
// A space stands for any number of spaces, none included. All else stands for itself.
class DateFormat {
public:
    // nullopt: a conversion that does not exist, or a format that does not give a whole date.
    static std::optional<DateFormat> parse(std::string_view format);

    [[nodiscard]] bool has_time() const { return has_time_; }
    [[nodiscard]] bool needs_zone() const { return has_time_ && !has_offset_; }
    [[nodiscard]] const std::string& text() const { return format_; }

private:
    std::string format_;
    bool has_time_ = false, has_offset_ = false;
};

class Zone {
public:
    Zone();  // UTC
    ~Zone();
    Zone(Zone&&) noexcept;
    Zone& operator=(Zone&&) noexcept;
    // nullopt: the system knows no such zone.
    static std::optional<Zone> find(const std::string& name);
    [[nodiscard]] const std::string& name() const { return name_; }
    // Milliseconds since 1970-01-01T00:00:00Z of a local time given in the same way.
    [[nodiscard]] long long to_utc_ms(long long local_ms) const;

private:
    struct Rules;
    std::string name_;
    std::unique_ptr<Rules> rules_;
};

struct Moment {
    std::string value;  // "2026-03-01" or "2026-03-01T09:30:00Z"
    bool instant = false;
};

// nullopt: the text does not fit the format, is no date of the calendar, or its weekday is another.
std::optional<Moment> read_date(std::string_view text, const DateFormat& format, const Zone& zone);

// The day that is a period (P2Y, P18M, P6W, P30D) after the day of a moment, "" when it is no such period.
// The last day of a month stays within its month: a year after 29 February is 28 February.
std::string day_after(const Moment& moment, std::string_view period);

}  // namespace csv_adapter
