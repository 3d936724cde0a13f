// The settings of a Moodle source as the configuration gives them (schema.hpp describes every member for the
// person who writes them), checked and ready to use. Immutable after parse_settings; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "csv/when.hpp"

namespace moodle {

enum class Strategy { automatic, report, batch, companion };
enum class PersonField { idnumber, email, username, id };
enum class CourseField { idnumber, shortname, id };

struct CourseRef {
    CourseField field = CourseField::id;
    std::string value;
};

struct Identifier {
    PersonField field = PersonField::idnumber;
    std::string scheme, issuer;
};

// A column of the report. One that the configuration names must be there, others are used when they are.
struct Column {
    std::string header;
    bool named = false;
};

struct ReportSettings {
    std::int64_t id = 0;  // 0: there is no report
    Column idnumber, username, email;
    Column course_idnumber, course_shortname, course_fullname;
    Column status, completed, time_completed, grade;
    std::string time_zone, language, filter;
    csv_adapter::Zone zone;
    std::size_t page_size = 500;
    std::vector<csv_adapter::DateFormat> date_formats;
    std::int64_t overlap_seconds = 0;
    std::vector<std::string> yes, no, active;
};

struct Expectations {
    std::size_t users_at_least = 1;
    std::size_t activities_at_least = 0;
    std::vector<CourseRef> courses;
    [[nodiscard]] bool told() const {
        return users_at_least > 1 || activities_at_least > 0 || !courses.empty();
    }
};

struct Settings {
    std::string url;  // without a slash at its end
    std::string auth;
    Strategy strategy = Strategy::automatic;
    ReportSettings report;
    std::vector<CourseRef> courses;
    CourseField course_id = CourseField::idnumber;
    PersonField person_key = PersonField::username;
    bool activities = false, scorm = false;
    bool interactions = false;  // of SCORM packages: learners' answers
    bool withdraw_incomplete = true;
    std::vector<Identifier> identifiers;
    std::size_t batch_size = 50;
    Expectations expect;
};

// Throws bridge::Failure{BRIDGE_CONFIG} with what to change. The text has passed the schema.
Settings parse_settings(std::string_view json_text);

const char* name_of(PersonField field);
const char* name_of(CourseField field);

}  // namespace moodle
