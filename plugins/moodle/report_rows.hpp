// One page of the report as rows with a meaning: columns found by their headers, dates read. Columns are text
// for people, so all of it hangs on the language and time zone that every call asks for. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "moodle/record.hpp"
#include "moodle/refusal.hpp"

namespace moodle {

struct ReportRow {
    Person person;
    Activity course;
    bool completed = false;
    bool active = true;     // the enrolment
    std::int64_t time = 0;  // unix seconds; 0: none
    Fact fact;
};
struct NoRow {};  // a course without people, or nothing completed by somebody who is not shown
struct BadRow {
    std::string column, reason;
};
using RowResult = std::variant<ReportRow, NoRow, BadRow>;

class ReportColumns {
public:
    // Throws CONFIG naming what is missing or there twice, and what there is.
    ReportColumns(const Settings& settings, const json& headers);
    [[nodiscard]] RowResult read(const json& row) const;
    [[nodiscard]] bool same(const json& headers) const { return headers == headers_; }

private:
    std::size_t find(const Column& column, bool needed) const;
    [[nodiscard]] bool completed(const json& cells, const std::string& time, ReportRow& row,
                                 std::optional<BadRow>& bad) const;

    const Settings& settings_;
    json headers_;
    std::size_t idnumber_, username_, email_, course_, shortname_, fullname_, status_, completed_, time_,
        grade_;
};

}  // namespace moodle
