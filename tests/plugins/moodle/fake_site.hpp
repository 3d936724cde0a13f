// A Moodle for the unit tests: answers forms as the real one does (reference: recorded answers), with a small
// world of people with names of rivers. Faults are members that a test sets. One thread.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bridge/http.hpp"

namespace moodle_test {

using nlohmann::json;
using Form = std::map<std::string, std::string>;

struct User {
    int id;
    std::string username, idnumber, email;
};

struct Row {
    std::string username;
    std::string course;  // ID number
    bool completed = false;
    std::int64_t time = 0;
    std::string status = "Active";
};

class FakeSite {
public:
    FakeSite();
    bridge::HttpAnswer answer(const bridge::HttpRequest& request);

    std::vector<User> users;
    std::vector<Row> rows;  // of the report, in its order
    std::map<std::string, int> courses{{"CRS-A", 2}, {"CRS-B", 3}};
    std::set<std::string> functions;  // of the service

    // Faults and circumstances.
    bool ignores_filters = false, hides_users = false, hides_activities = false, no_criteria = false;
    bool hides_course_idnumber = false;
    std::size_t rows_at_most = 500;  // a page
    std::string headers_time = "Time completed";
    std::function<void(const std::string& function, int nth)> before;  // may change the world
    std::function<bool(const std::string& function, bridge::HttpAnswer&)> instead;
    std::map<std::string, json> inner;       // "function userid" -> what it says instead
    std::map<int, int> attempts;             // user id -> SCORM attempts
    std::set<std::string> deleted_attempts;  // "user attempt"
    json evidence = json::array();
    bool lose_answer_of_grading = false;

    std::map<std::string, int> calls;  // by function
    json filters = json::object();
    std::vector<Form> forms;

    static std::string date(std::int64_t unix_seconds);
    const User* user(int id) const;

private:
    json call(const std::string& function, const Form& form);
    json report(const Form& form);
    json enrolled(const Form& form) const;
    json users_by_field(const Form& form) const;
    json course_json(const std::string& idnumber) const;
    json batch(const Form& form);
    json activities(const json& arguments) const;
    json course_status(const json& arguments);
    json tracks(const json& arguments) const;
    json summary() const;
    json grade(const Form& form);
};

Form parse_form(const std::string& body);
json error(const std::string& exception, const std::string& errorcode, const std::string& message = "x");

}  // namespace moodle_test
