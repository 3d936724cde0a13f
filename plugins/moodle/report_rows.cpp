#include "moodle/report_rows.hpp"

#include <algorithm>
#include <charconv>

#include "common/instant.hpp"

namespace moodle {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

[[noreturn]] void wrong(const std::string& what) {
    throw bridge::Failure{BRIDGE_CONFIG, what};
}

const std::string& cell(const json& cells, std::size_t at) {
    static const std::string none;
    if (at == kNone || at >= cells.size() || !cells[at].is_string()) return none;
    return cells[at].get_ref<const std::string&>();
}

std::string number_or_text(const json& cells, std::size_t at) {
    if (at != kNone && at < cells.size() && cells[at].is_number()) return cells[at].dump();
    return cell(cells, at);
}

bool one_of(const std::string& text, const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

std::optional<double> grade_in(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    // "-" and a letter of a scale are no marks.
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

ReportColumns::ReportColumns(const Settings& settings, const json& headers)
    : settings_(settings), headers_(headers) {
    const auto& r = settings.report;
    const auto key = settings.person_key;
    idnumber_ = find(r.idnumber, key == PersonField::idnumber);
    username_ = find(r.username, key == PersonField::username);
    email_ = find(r.email, key == PersonField::email);
    shortname_ = find(r.course_shortname, settings.course_id == CourseField::shortname);
    const auto course_idnumber = find(r.course_idnumber, settings.course_id == CourseField::idnumber);
    course_ = settings.course_id == CourseField::idnumber ? course_idnumber : shortname_;
    fullname_ = find(r.course_fullname, false);
    status_ = find(r.status, false);
    completed_ = find(r.completed, false);
    time_ = find(r.time_completed, true);
    grade_ = find(r.grade, false);
    // Somebody must come out who can be told by one of the identifiers.
    for (const auto& one : settings.identifiers) {
        if (one.field == PersonField::idnumber && idnumber_ != kNone) return;
        if (one.field == PersonField::username && username_ != kNone) return;
        if (one.field == PersonField::email && email_ != kNone) return;
    }
    wrong("The report shows none of the fields that identifiers names: add columns of the user to it.");
}

std::size_t ReportColumns::find(const Column& column, bool needed) const {
    std::size_t found = kNone;
    for (std::size_t i = 0; i < headers_.size(); ++i) {
        if (!headers_[i].is_string() || headers_[i].get_ref<const std::string&>() != column.header) continue;
        if (found != kNone)
            wrong("The report has two columns '" + column.header + "': rename one of them in Moodle.");
        found = i;
    }
    if (found == kNone && (needed || column.named)) {
        std::string there;
        for (const auto& header : headers_)
            there +=
                (there.empty() ? "'" : ", '") + (header.is_string() ? header.get<std::string>() : "") + "'";
        wrong("The report has no column '" + column.header + "'. It has " + there +
              ": add the column, or name it in report.columns.");
    }
    return found;
}

// The column "Completed" says it, or the date alone when there is no such column.
bool ReportColumns::completed(const json& cells, const std::string& time, ReportRow& row,
                              std::optional<BadRow>& bad) const {
    row.active = status_ == kNone || one_of(cell(cells, status_), settings_.report.active);
    if (completed_ == kNone) return !time.empty();
    const auto& text = cell(cells, completed_);
    if (one_of(text, settings_.report.yes)) return true;
    if (!one_of(text, settings_.report.no) && !text.empty())
        bad = BadRow{settings_.report.completed.header, "the text is in neither report.yes nor report.no"};
    row.active = row.active && !text.empty();
    return false;
}

RowResult ReportColumns::read(const json& row) const {
    const auto columns = row.is_object() ? row.find("columns") : row.end();
    if (!row.is_object() || columns == row.end() || !columns->is_array() ||
        columns->size() != headers_.size())
        return BadRow{"", "the row has not as many columns as the header"};
    const auto& cells = *columns;
    ReportRow out;
    out.person = {{}, cell(cells, idnumber_), cell(cells, username_), cell(cells, email_)};
    out.course.id = number_or_text(cells, course_);
    out.course.key = "course:" + out.course.id;
    out.course.title = cell(cells, fullname_ == kNone ? shortname_ : fullname_);
    out.course.type = "course";

    const auto& time = cell(cells, time_);
    if (out.person.nameless() && time.empty()) return NoRow{};
    std::optional<BadRow> bad;
    out.completed = completed(cells, time, out, bad);
    if (!time.empty()) {
        const auto& formats = settings_.report.date_formats;
        std::optional<csv_adapter::Moment> moment;
        for (auto it = formats.begin(); it != formats.end() && !moment; ++it)
            moment = csv_adapter::read_date(time, *it, settings_.report.zone);
        if (!moment) return BadRow{settings_.report.time_completed.header, "the date fits no format"};
        out.fact.time = std::move(moment->value);
        out.fact.day = !moment->instant;
        out.fact.zone = settings_.report.time_zone;
        const auto micros =
            plugins::read_instant(out.fact.day ? out.fact.time + "T00:00:00Z" : out.fact.time);
        out.time = micros ? *micros / 1'000'000 : 0;
    }
    if (bad) return *bad;
    if (grade_ != kNone) {
        const auto& grade = cells[grade_];
        out.fact.grade =
            grade.is_number() ? std::optional(grade.get<double>()) : grade_in(cell(cells, grade_));
    }
    return out;
}

}  // namespace moodle
