#include "moodle/settings.hpp"

#include <nlohmann/json.hpp>

#include "bridge/adapter.hpp"
#include "common/link.hpp"

namespace moodle {
namespace {

using nlohmann::json;

[[noreturn]] void wrong(const std::string& what) {
    throw bridge::Failure{BRIDGE_CONFIG, what};
}

std::string text_of(const json& object, const char* member, const char* otherwise = "") {
    const auto it = object.find(member);
    return it == object.end() ? std::string(otherwise) : it->get<std::string>();
}

PersonField person_field(const std::string& name) {
    if (name == "idnumber") return PersonField::idnumber;
    if (name == "email") return PersonField::email;
    return name == "id" ? PersonField::id : PersonField::username;
}

CourseField course_field(const std::string& name) {
    if (name == "idnumber") return CourseField::idnumber;
    return name == "id" ? CourseField::id : CourseField::shortname;
}

std::vector<CourseRef> courses(const json& object, const char* member) {
    std::vector<CourseRef> out;
    for (const auto& course : object.value(member, json::array())) {
        for (const auto& [field, value] : course.items()) {
            out.push_back({course_field(field), value.is_string() ? value.get<std::string>() : value.dump()});
        }
    }
    return out;
}

std::vector<std::string> texts(const json& object, const char* member, std::vector<std::string> otherwise) {
    const auto it = object.find(member);
    return it == object.end() ? std::move(otherwise) : it->get<std::vector<std::string>>();
}

ReportSettings report(const json& settings) {
    ReportSettings out;
    const auto given = settings.value("report", json::object());
    out.id = given.value("id", std::int64_t{0});
    const auto columns = given.value("columns", json::object());
    const auto column = [&](const char* member, const char* moodles) {
        return Column{text_of(columns, member, moodles), columns.contains(member)};
    };
    out.idnumber = column("idnumber", "ID number");
    out.username = column("username", "Username");
    out.email = column("email", "Email address");
    out.course_idnumber = column("course_idnumber", "Course ID number");
    out.course_shortname = column("course_shortname", "Course short name");
    out.course_fullname = column("course_fullname", "Course full name");
    out.status = column("status", "Status");
    out.completed = column("completed", "Completed");
    out.time_completed = column("time_completed", "Time completed");
    out.grade = column("grade", "Grade");
    out.time_zone = text_of(given, "time_zone", "UTC");
    out.language = text_of(given, "language", "en");
    out.filter = text_of(given, "filter", "completion:timecompleted");
    out.page_size = given.value("page_size", std::size_t{500});
    out.overlap_seconds = given.value("overlap_days", std::int64_t{2}) * 86'400;
    out.yes = texts(given, "yes", {"Yes"});
    out.no = texts(given, "no", {"No"});
    out.active = texts(given, "active", {"Active"});

    auto zone = csv_adapter::Zone::find(out.time_zone);
    if (!zone) wrong("report.time_zone: this system knows no time zone '" + out.time_zone + "'.");
    out.zone = std::move(*zone);
    for (const auto& text : texts(given, "date_formats", {"%A, %d %B %Y, %I:%M %p", "%d %B %Y, %I:%M %p"})) {
        auto format = csv_adapter::DateFormat::parse(text);
        if (!format) {
            wrong("report.date_formats: '" + text +
                  "' is no date format that we can read: it needs day, month and year, and %p beside %I.");
        }
        out.date_formats.push_back(std::move(*format));
    }
    return out;
}

std::vector<Identifier> identifiers(const json& settings, const std::string& url) {
    std::vector<Identifier> out;
    for (const auto& one : settings.value("identifiers", json::array())) {
        out.push_back({person_field(one.at("field").get<std::string>()), one.at("scheme").get<std::string>(),
                       text_of(one, "issuer")});
    }
    if (out.empty()) {
        out = {{PersonField::idnumber, "esr-employee", ""},
               {PersonField::email, "email", ""},
               {PersonField::username, "account", ""}};
    }
    for (auto& one : out) {
        if (one.scheme == "account") one.scheme += ":" + url;
    }
    return out;
}

void check_together(const Settings& s) {
    if (s.strategy == Strategy::report && s.report.id == 0)
        wrong("strategy report needs report.id: the number of the custom report.");
    if (s.strategy == Strategy::batch && s.courses.empty())
        wrong("strategy batch needs courses: reading every course for every person takes hours.");
    if ((s.activities || s.scorm) && s.courses.empty())
        wrong("activities and scorm are read of mapped courses only: list them in courses.");
    const bool may_report = s.strategy == Strategy::report || s.strategy == Strategy::automatic;
    if (s.report.id != 0 && may_report) {
        if (s.course_id == CourseField::id)
            wrong("course_id: a report does not show a course's id; use idnumber or shortname.");
        if (s.person_key == PersonField::id)
            wrong("person_key: a report does not show a person's id; use username or idnumber.");
    }
}

}  // namespace

const char* name_of(PersonField field) {
    switch (field) {
        case PersonField::idnumber:
            return "idnumber";
        case PersonField::email:
            return "email";
        case PersonField::id:
            return "id";
        default:
            return "username";
    }
}

const char* name_of(CourseField field) {
    switch (field) {
        case CourseField::idnumber:
            return "idnumber";
        case CourseField::shortname:
            return "shortname";
        default:
            return "id";
    }
}

Settings parse_settings(std::string_view json_text) {
    const auto settings = json::parse(json_text);
    Settings out;
    out.url = settings.at("url").get<std::string>();
    while (out.url.ends_with('/')) out.url.pop_back();
    if (plugins::origin_of(out.url).empty())
        wrong(
            "url: this is no web address; the token belongs into the source's http section, not into the "
            "url.");
    out.auth = text_of(settings, "auth", "lms");
    const auto strategy = text_of(settings, "strategy", "auto");
    out.strategy = strategy == "report"      ? Strategy::report
                   : strategy == "batch"     ? Strategy::batch
                   : strategy == "companion" ? Strategy::companion
                                             : Strategy::automatic;
    out.report = report(settings);
    out.courses = courses(settings, "courses");
    out.course_id = course_field(text_of(settings, "course_id", "idnumber"));
    out.person_key = person_field(text_of(settings, "person_key", "username"));
    out.activities = settings.value("activities", false);
    out.scorm = settings.value("scorm", false);
    out.interactions = settings.value("interactions", false);
    out.withdraw_incomplete = text_of(settings, "incomplete", "withdraw") == "withdraw";
    out.identifiers = identifiers(settings, out.url);
    out.batch_size = settings.value("batch_size", std::size_t{50});
    const auto expect = settings.value("expect", json::object());
    out.expect.users_at_least = expect.value("users_at_least", std::size_t{1});
    out.expect.activities_at_least = expect.value("activities_at_least", std::size_t{0});
    out.expect.courses = courses(expect, "courses");
    check_together(out);
    return out;
}

}  // namespace moodle
