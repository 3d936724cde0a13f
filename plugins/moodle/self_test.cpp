#include "moodle/self_test.hpp"

#include <algorithm>

#include "common/answer.hpp"
#include "moodle/report.hpp"
#include "moodle/scorm.hpp"
#include "moodle/site.hpp"

namespace moodle {
namespace {

constexpr std::size_t kCourses = 3;  // the check stays cheap

[[noreturn]] void lacks(const std::string& seen, const std::string& right) {
    throw bridge::Failure{BRIDGE_CONFIG,
                          seen + " Probably the service's role lacks the right " + right + "."};
}

std::string name_of(const CourseRef& ref) {
    return std::string(moodle::name_of(ref.field)) + " '" + ref.value + "'";
}

class Trial {
public:
    Trial(const Settings& settings, const Service& service, const Site& site, Strategy strategy)
        : settings_(settings), service_(service), site_(site), strategy_(strategy) {}

    void run() {
        if (strategy_ == Strategy::report) try_report(settings_, service_);
        if (strategy_ == Strategy::companion) try_feed();
        const auto& refs = settings_.expect.courses.empty() ? settings_.courses : settings_.expect.courses;
        const std::vector<CourseRef> some(
            refs.begin(), refs.begin() + static_cast<std::ptrdiff_t>(std::min(refs.size(), kCourses)));
        if (some.empty() || !site_.has("core_course_get_courses_by_field")) return;
        std::vector<CourseRef> missing;
        auto courses = find_courses(service_, some, &missing);
        if (!missing.empty())
            lacks("Moodle does not show the course with " + name_of(missing.front()) +
                      ". If it is there and spelt so:",
                  "moodle/course:view, or moodle/course:viewhiddencourses");
        std::size_t people = 0;
        for (auto& course : courses) people += try_course(course);
        if (!settings_.expect.courses.empty()) return;
        if (site_.has("core_enrol_get_enrolled_users") && people < settings_.expect.users_at_least)
            too_few(people);
    }

private:
    void try_feed() {
        Form form;
        form.add("kind", "course")
            .add("since", std::int64_t{0})
            .add("afterid", std::int64_t{0})
            .add("limit", std::int64_t{1});
        (void)service_.call("local_bridge_get_completions", form, "the companion plugin's feed");
    }

    [[noreturn]] void too_few(std::size_t people) const {
        lacks("The courses show " + std::to_string(people) + " people where expect.users_at_least is " +
                  std::to_string(settings_.expect.users_at_least) + ".",
              "moodle/user:viewdetails, or moodle/course:viewparticipants");
    }

    std::size_t try_course(Course& course) {
        if (course.field(settings_.course_id).empty())
            throw bridge::Failure{BRIDGE_CONFIG, std::string("A mapped course shows no ") +
                                                     moodle::name_of(settings_.course_id) + kNoCourseField};
        if (site_.has("core_course_get_contents")) try_activities(course);
        if (!site_.has("core_enrol_get_enrolled_users")) return 0;
        const auto wanted = std::clamp<std::size_t>(settings_.expect.users_at_least, 1, 100);
        const auto people = people_of(service_, course, 0, wanted);
        if (!settings_.expect.courses.empty() &&
            people.size() < std::min<std::size_t>(settings_.expect.users_at_least, wanted))
            too_few(people.size());
        if (people.empty()) return 0;
        try_fields(people.front());
        try_completion(course, people.front());
        if (settings_.scorm) try_scorm(course, people.front());
        return people.size();
    }

    void try_activities(Course& course) {
        read_modules(service_, course);
        const auto tracked = static_cast<std::size_t>(std::count_if(
            course.modules.begin(), course.modules.end(), [](const Module& m) { return m.completion; }));
        if (tracked < settings_.expect.activities_at_least)
            lacks(
                "A course shows " + std::to_string(tracked) +
                    " activities with completion where expect.activities_at_least is " +
                    std::to_string(settings_.expect.activities_at_least) + ".",
                "to see a kind of activity (mod/quiz:view, mod/assign:view, ...), or the activity is hidden "
                "(moodle/course:viewhiddenactivities)");
        if (settings_.activities && course.modules.empty())
            lacks("A mapped course shows no activities at all.", "moodle/course:view");
    }

    // Silence of the fields: an account without the members that the settings build on.
    void try_fields(const Person& person) {
        if (person.field(settings_.person_key).empty())
            lacks("Moodle does not show the field '" + std::string(moodle::name_of(settings_.person_key)) +
                      "' (person_key) of an enrolled person.",
                  "moodle/site:viewuseridentity or moodle/user:viewalldetails, or the field is empty");
        if (who_json(settings_, person).empty())
            lacks("An enrolled person has none of the fields of identifiers.",
                  "moodle/site:viewuseridentity or moodle/user:viewalldetails");
        if (site_.has("core_user_get_users_by_field") &&
            people_by(service_, PersonField::id, {person.id}).empty())
            lacks("Moodle does not show an account that is enrolled.",
                  "moodle/user:viewalldetails, or moodle/user:viewdetails");
    }

    void try_completion(const Course& course, const Person& person) {
        Form form;
        form.add("courseid", course.id).add("userid", person.id);
        if (strategy_ == Strategy::batch) {
            const auto answer = service_.ask("core_completion_get_course_completion_status", form,
                                             "the completion of a course");
            if (answer.refusal && answer.refusal->errorcode == "cannotviewreport" && course.completion)
                lacks("Moodle does not show the completion of a course in which completion is on.",
                      "report/completion:view");
            refuse(answer);
        }
        if (settings_.activities && strategy_ != Strategy::companion)
            refuse(service_.ask("core_completion_get_activities_completion_status", form,
                                "the completion of activities"));
    }

    void try_scorm(const Course& course, const Person& person) {
        const bool expected = std::any_of(course.modules.begin(), course.modules.end(),
                                          [](const Module& m) { return m.modname == "scorm"; });
        const auto packages = packages_of(service_, {course});
        if (packages.empty() && expected)
            lacks("Moodle lists no SCORM packages although a course has one.", "moodle/course:view");
        if (packages.empty()) return;
        Form form;
        form.add("scormid", packages.front().scorm).add("userid", person.id);
        refuse(service_.ask("mod_scorm_get_scorm_attempt_count", form, "the attempts at a SCORM package"));
    }

    // What is about one record is normal; what is about the site is not.
    static void refuse(const Answer& answer) {
        if (answer.refusal && answer.refusal->code != BRIDGE_REJECTED &&
            answer.refusal->code != BRIDGE_NOT_FOUND)
            answer.refusal->raise();
    }

    const Settings& settings_;
    const Service& service_;
    const Site& site_;
    Strategy strategy_;
};

}  // namespace

void self_test(const Settings& settings, const Service& service, const bridge::Host& host) {
    const auto site = read_site(service);
    const auto strategy = choose(settings, site);
    require_functions(settings, site, strategy);
    Trial(settings, service, site, strategy).run();
    const char* const how = strategy == Strategy::report      ? "a report"
                            : strategy == Strategy::companion ? "the companion plugin"
                                                              : "batches for each person";
    host.log(BRIDGE_LOG_INFO, "Moodle " + site.release + ": completions are read by " + how);
}

}  // namespace moodle
