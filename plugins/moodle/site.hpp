// What a Moodle site has: its functions (those of the token's service), the mapped courses with their
// activities, the people of a course. Answers that are empty where they should not be are the caller's
// concern: Moodle shows a missing right as an empty list.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "moodle/record.hpp"
#include "moodle/service.hpp"

namespace moodle {

struct Site {
    std::string release;
    std::set<std::string, std::less<>> functions;
    [[nodiscard]] bool has(std::string_view function) const { return functions.contains(function); }
};
// The answer also holds a private key of the service's user: it goes no further than this.
Site read_site(const Service& service);

// Throws CONFIG when none can be.
Strategy choose(const Settings& settings, const Site& site);
// Throws CONFIG naming every function that the strategy, activities and SCORM need and the service lacks.
void require_functions(const Settings& settings, const Site& site, Strategy strategy);

struct Module {
    std::string id, instance, name, modname, url;
    bool completion = false;
};
struct Course {
    std::string id, idnumber, shortname, fullname;
    bool completion = true;  // switched on in the course
    std::vector<Module> modules;
    [[nodiscard]] const std::string& field(CourseField field) const;
};

// Those that are there; `missing` (where given) takes the others.
std::vector<Course> find_courses(const Service& service, const std::vector<CourseRef>& refs,
                                 std::vector<CourseRef>* missing = nullptr);
std::vector<Course> courses_by_ids(const Service& service, const std::vector<std::string>& ids);
void read_modules(const Service& service, Course& course);

// By id, from offset; [] is the end.
std::vector<Person> people_of(const Service& service, const Course& course, std::size_t offset,
                              std::size_t count);
// At most 100 values; unknown ones are left out.
std::vector<Person> people_by(const Service& service, PersonField field,
                              const std::vector<std::string>& values);

// After "... shows no idnumber".
inline constexpr const char* kNoCourseField =
    ": it has none, or Moodle hides it from the service's user, who has no moodle/course:update. Name the "
    "course by idnumber in courses, or set course_id.";

Activity course_activity(const Settings& settings, const Course& course);
std::string course_json(const Settings& settings, const Course& course);
std::string module_json(const Settings& settings, const Course& course, const Module& module);

}  // namespace moodle
