// The fake site itself, and a test that it writes dates as Moodle does.
#include "fake_site.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace moodle_test {
namespace {

std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%') {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string at(const Form& form, const std::string& name) {
    const auto it = form.find(name);
    return it == form.end() ? std::string{} : it->second;
}

std::string option(const Form& form, const std::string& name) {
    for (int i = 0; i < 10; ++i) {
        const auto prefix = "options[" + std::to_string(i) + "]";
        if (at(form, prefix + "[name]") == name) return at(form, prefix + "[value]");
    }
    return {};
}

std::string text(const json& object, const char* member) {
    const auto& value = object.at(member);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Form parse_form(const std::string& body) {
    Form out;
    std::size_t from = 0;
    while (from < body.size()) {
        const auto end = std::min(body.find('&', from), body.size());
        const auto pair = body.substr(from, end - from);
        const auto equals = pair.find('=');
        out[decoded(pair.substr(0, equals))] = decoded(pair.substr(equals + 1));
        from = end + 1;
    }
    return out;
}

json error(const std::string& exception, const std::string& errorcode, const std::string& message) {
    return {{"exception", exception}, {"errorcode", errorcode}, {"message", message}};
}

FakeSite::FakeSite() {
    const char* const rivers[] = {"aire", "bann", "calder", "dee", "esk", "forth", "garry"};
    for (int i = 0; i < 7; ++i) {
        const std::string name = rivers[i];
        users.push_back({10 + i, name, "E00" + std::to_string(i), name + "@rivers.example.org"});
    }
    for (const auto* f :
         {"core_webservice_get_site_info", "core_reportbuilder_retrieve_report",
          "core_reportbuilder_set_filters", "core_course_get_courses_by_field", "core_course_get_contents",
          "core_enrol_get_enrolled_users", "core_user_get_users_by_field",
          "core_completion_get_course_completion_status", "core_completion_get_activities_completion_status",
          "tool_mobile_call_external_functions", "mod_scorm_get_scorms_by_courses",
          "mod_scorm_get_scorm_scoes", "mod_scorm_get_scorm_attempt_count", "mod_scorm_get_scorm_sco_tracks",
          "core_course_get_updates_since", "core_competency_list_competencies",
          "core_competency_grade_competency", "core_competency_grade_competency_in_course",
          "tool_lp_data_for_user_competency_summary"})
        functions.insert(f);
}

const User* FakeSite::user(int id) const {
    const auto it = std::find_if(users.begin(), users.end(), [&](const User& u) { return u.id == id; });
    return it == users.end() ? nullptr : &*it;
}

std::string FakeSite::date(std::int64_t unix_seconds) {
    using namespace std::chrono;
    static const char* const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    static const char* const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    const sys_seconds when{seconds{unix_seconds}};
    const auto day = floor<std::chrono::days>(when);
    const year_month_day ymd{day};
    const auto minutes = (when - day).count() / 60;
    char out[64];
    std::snprintf(out, sizeof out, "%s, %u %s %d, %d:%02d %s", days[weekday{day}.c_encoding()],
                  static_cast<unsigned>(ymd.day()), months[static_cast<unsigned>(ymd.month()) - 1],
                  static_cast<int>(ymd.year()), static_cast<int>((minutes / 60 + 11) % 12 + 1),
                  static_cast<int>(minutes % 60), minutes < 720 ? "AM" : "PM");
    return out;
}

bridge::HttpAnswer FakeSite::answer(const bridge::HttpRequest& request) {
    if (request.method != "POST" ||
        request.url != "https://moodle.rivers.example.org/webservice/rest/server.php")
        throw std::logic_error("not the web service: " + request.method + " " + request.url);
    const auto form = parse_form(request.body);
    const auto function = at(form, "wsfunction");
    if (at(form, "moodlewsrestformat") != "json" || at(form, "moodlewssettinglang").empty() ||
        at(form, "moodlewssettingtimezone").empty() || form.contains("wstoken") || request.auth != "lms")
        throw std::logic_error("a request lacks what every request has");
    forms.push_back(form);
    const int nth = ++calls[function];
    if (before) before(function, nth);
    bridge::HttpAnswer out;
    out.status = 200;
    out.headers = {{"content-type", "application/json"}};
    if (instead && instead(function, out)) return out;
    out.body =
        functions.contains(function)
            ? call(function, form).dump()
            : error("webservice_access_exception", "accessexception", "Access control exception").dump();
    if (lose_answer_of_grading && function.starts_with("core_competency_grade")) {
        out = {};
        out.code = BRIDGE_RETRY;
        out.why = "The connection was lost.";
    }
    return out;
}

json FakeSite::call(const std::string& function, const Form& form) {
    if (function == "core_webservice_get_site_info") {
        json list = json::array();
        for (const auto& f : functions) list.push_back({{"name", f}, {"version", "2023112400"}});
        return {{"release", "4.4 (Build: 20240422)"},
                {"functions", list},
                {"userprivateaccesskey", "NEVER-LOGGED"}};
    }
    if (function == "core_reportbuilder_set_filters") {
        filters = json::parse(at(form, "values"));
        return true;
    }
    if (function == "core_reportbuilder_retrieve_report") return report(form);
    if (function == "core_enrol_get_enrolled_users") return enrolled(form);
    if (function == "core_user_get_users_by_field") return users_by_field(form);
    if (function == "core_course_get_courses_by_field") {
        json list = json::array();
        for (const auto& [idnumber, id] : courses) {
            const auto value = "," + at(form, "value") + ",";
            const bool by_id = at(form, "field").starts_with("id") && at(form, "field") != "idnumber";
            const auto own = by_id ? std::to_string(id) : idnumber;
            if (value.find("," + own + ",") != std::string::npos) list.push_back(course_json(idnumber));
        }
        return {{"courses", list}, {"warnings", json::array()}};
    }
    if (function == "core_course_get_contents") {
        json modules = json::array();
        const auto base = std::stoi(at(form, "courseid")) * 10;
        if (!hides_activities) {
            modules.push_back({{"id", base + 1},
                               {"instance", 1},
                               {"name", "Reading"},
                               {"modname", "page"},
                               {"completion", 2},
                               {"url", "https://moodle.rivers.example.org/mod/page/view.php?id=1"}});
            modules.push_back({{"id", base + 2},
                               {"instance", 1},
                               {"name", "Package"},
                               {"modname", "scorm"},
                               {"completion", 2}});
        }
        return json::array({{{"id", 1}, {"modules", modules}}});
    }
    if (function == "tool_mobile_call_external_functions") return batch(form);
    if (function == "core_completion_get_course_completion_status" ||
        function == "core_completion_get_activities_completion_status") {
        const json arguments{{"courseid", at(form, "courseid")}, {"userid", at(form, "userid")}};
        return function.ends_with("course_completion_status") ? course_status(arguments)
                                                              : activities(arguments);
    }
    if (function == "mod_scorm_get_scorms_by_courses")
        return {{"scorms", {{{"id", 1}, {"coursemodule", 22}, {"course", 2}, {"name", "Package"}}}}};
    if (function == "mod_scorm_get_scorm_scoes")
        return {
            {"scoes",
             {{{"id", 1}, {"manifest", "RIVERS"}, {"identifier", "ORG"}, {"launch", ""}, {"title", "All"}},
              {{"id", 2},
               {"manifest", "RIVERS"},
               {"identifier", "ITEM1"},
               {"launch", "a.html"},
               {"title", "One"}},
              {{"id", 3},
               {"manifest", "RIVERS"},
               {"identifier", "ITEM2"},
               {"launch", "b.html"},
               {"title", "Two"}}}}};
    if (function == "mod_scorm_get_scorm_attempt_count") {
        const auto it = attempts.find(std::stoi(at(form, "userid")));
        return {{"attemptscount", it == attempts.end() ? 0 : it->second}};
    }
    if (function == "core_course_get_updates_since")
        return {{"instances",
                 {{{"contextlevel", "module"}, {"id", 22}, {"updates", {{{"name", "usertracks"}}}}}}}};
    if (function == "core_competency_list_competencies") {
        if (at(form, "filters[0][value]") != "C-FIRE") return json::array();
        return json::array({{{"id", 5}, {"idnumber", "C-FIRE"}}});
    }
    if (function == "tool_lp_data_for_user_competency_summary") return summary();
    if (function.starts_with("core_competency_grade_competency")) return grade(form);
    throw std::logic_error("the fake has no " + function);
}

json FakeSite::report(const Form& form) {
    if (at(form, "reportid") != "7")
        return error("dml_missing_record_exception", "invalidrecord",
                     "Can't find data record in database table reportbuilder_report.");
    std::vector<Row> shown;
    const auto from = filters.value("completion:timecompleted_from", std::int64_t{0});
    for (const auto& row : rows) {
        if (ignores_filters || from == 0 || (row.completed && row.time >= from)) shown.push_back(row);
    }
    const auto size = static_cast<std::size_t>(std::stoi(at(form, "perpage")));
    const auto begin = static_cast<std::size_t>(std::stoi(at(form, "page"))) * size;
    json out = json::array();
    for (auto i = begin; i < std::min({shown.size(), begin + size, begin + rows_at_most}); ++i) {
        const auto& row = shown[i];
        const auto it = std::find_if(users.begin(), users.end(),
                                     [&](const User& u) { return u.username == row.username; });
        const bool somebody = it != users.end();
        out.push_back(
            {{"columns",
              {somebody ? it->username : "", somebody ? it->idnumber : "", somebody ? it->email : "",
               "short " + row.course, row.course, somebody ? json(row.status) : json(nullptr),
               somebody ? (row.completed ? "Yes" : "No") : "", row.completed ? date(row.time) : "",
               "64.00"}}});
    }
    return {{"data",
             {{"headers",
               {"Username", "ID number", "Email address", "Course short name", "Course ID number", "Status",
                "Completed", headers_time, "Grade"}},
              {"rows", out},
              {"totalrowcount", shown.size()}}},
            {"warnings", json::array()}};
}

json FakeSite::enrolled(const Form& form) const {
    json out = json::array();
    if (hides_users) return out;
    const auto from = static_cast<std::size_t>(std::stoi(option(form, "limitfrom")));
    const auto count = static_cast<std::size_t>(std::stoi(option(form, "limitnumber")));
    for (auto i = from; i < std::min(users.size(), from + count); ++i)
        out.push_back({{"id", users[i].id},
                       {"username", users[i].username},
                       {"idnumber", users[i].idnumber},
                       {"email", users[i].email}});
    return out;
}

json FakeSite::users_by_field(const Form& form) const {
    json out = json::array();
    for (int i = 0;; ++i) {
        const auto it = form.find("values[" + std::to_string(i) + "]");
        if (it == form.end() || hides_users) return out;
        for (const auto& u : users) {
            const auto field = at(form, "field");
            const auto own = field == "id"         ? std::to_string(u.id)
                             : field == "idnumber" ? u.idnumber
                             : field == "email"    ? u.email
                                                   : u.username;
            if (own == it->second)
                out.push_back(
                    {{"id", u.id}, {"username", u.username}, {"idnumber", u.idnumber}, {"email", u.email}});
        }
    }
}

json FakeSite::course_json(const std::string& idnumber) const {
    json out{{"id", courses.at(idnumber)},
             {"idnumber", idnumber},
             {"shortname", "short " + idnumber},
             {"fullname", "Course " + idnumber},
             {"enablecompletion", 1}};
    if (hides_course_idnumber) out.erase("idnumber");
    return out;
}

json FakeSite::batch(const Form& form) {
    json out = json::array();
    for (int i = 0;; ++i) {
        const auto prefix = "requests[" + std::to_string(i) + "]";
        const auto function = at(form, prefix + "[function]");
        if (function.empty()) return {{"responses", out}};
        const auto arguments = json::parse(at(form, prefix + "[arguments]"));
        ++calls["inner " + function];
        json said;
        if (const auto it = inner.find(function + " " + text(arguments, "userid")); it != inner.end()) {
            said = it->second;
        } else if (function == "core_completion_get_course_completion_status") {
            said = course_status(arguments);
        } else if (function == "core_completion_get_activities_completion_status") {
            said = activities(arguments);
        } else if (function == "mod_scorm_get_scorm_sco_tracks") {
            said = tracks(arguments);
        } else {
            said = call(function, {{"userid", text(arguments, "userid")}});
        }
        if (said.contains("errorcode")) {  // and no further
            out.push_back({{"error", true}, {"exception", said.dump()}});
            return {{"responses", out}};
        }
        out.push_back({{"error", false}, {"data", said.dump()}});
    }
}

json FakeSite::course_status(const json& arguments) {
    if (no_criteria) return error("moodle_exception", "nocriteriaset");
    const bool even = std::stoi(text(arguments, "userid")) % 2 == 0;
    return {{"completionstatus", {{"completed", even}, {"aggregation", 1}, {"completions", json::array()}}}};
}

json FakeSite::activities(const json& arguments) const {
    const auto base = std::stoi(text(arguments, "courseid")) * 10;
    const auto state = std::stoi(text(arguments, "userid")) % 4;
    const json overrideby = state == 1 ? json(53) : json(nullptr);
    return {{"statuses",
             {{{"cmid", base + 1},
               {"modname", "page"},
               {"state", state},
               {"timecompleted", 1'772'000'000},
               {"overrideby", overrideby},
               {"istrackeduser", true}}}}};
}

json FakeSite::tracks(const json& arguments) const {
    const auto user = text(arguments, "userid");
    const auto attempt = arguments.at("attempt").get<int>();
    if (deleted_attempts.contains(user + " " + std::to_string(attempt)) || attempt > 3)
        return {{"data", {{"attempt", attempt}, {"tracks", json::array()}}},
                {"warnings", {{{"warningcode", "notattempted"}}}}};
    const auto sco = text(arguments, "scoid");
    return {{"data",
             {{"attempt", attempt},
              {"tracks",
               {{{"element", "score_raw"}, {"value", 88}},
                {{"element", "status"}, {"value", "completed"}},
                {{"element", "timemodified"}, {"value", "1772000000"}},
                {{"element", "cmi.core.lesson_status"}, {"value", sco == "2" ? "completed" : "passed"}},
                {{"element", "cmi.core.score.raw"}, {"value", "88"}},
                {{"element", "cmi.core.score.max"}, {"value", "100"}},
                {{"element", "cmi.core.total_time"}, {"value", "00:12:38"}},
                {{"element", "cmi.interactions_0.id"}, {"value", "q1"}},
                {{"element", "cmi.interactions_0.result"}, {"value", "wrong"}},
                {{"element", "userid"}, {"value", 7}}}}}}};
}

json FakeSite::summary() const {
    return {{"competency",
             {{"scaleconfiguration", R"([{"scaleid":"3"},{"id":2,"scaledefault":1,"proficient":1}])"}}},
            {"evidence", evidence}};
}

json FakeSite::grade(const Form& form) {
    const auto grade = std::stoi(at(form, "grade"));
    if (at(form, "note").find('<') != std::string::npos)
        return error("invalid_parameter_exception", "invalidparameter", "Invalid parameter value detected");
    if (grade > 3)
        return error("core\\invalid_persistent_exception", "invalidpersistenterror", "Error: Invalid rating");
    const json row{{"id", 150 + static_cast<int>(evidence.size())},
                   {"note", at(form, "note")},
                   {"grade", grade},
                   {"course", at(form, "courseid")}};
    evidence.insert(evidence.begin(), row);
    return evidence.front();
}

TEST(FakeSite, WritesDatesAsMoodleDoes) {
    EXPECT_EQ(FakeSite::date(1'740'993'300), "Monday, 3 March 2025, 9:15 AM");
    EXPECT_EQ(FakeSite::date(1'741'046'400 - 43'200), "Monday, 3 March 2025, 12:00 PM");
    EXPECT_EQ(FakeSite::date(1'741'046'400), "Tuesday, 4 March 2025, 12:00 AM");
}

}  // namespace moodle_test
