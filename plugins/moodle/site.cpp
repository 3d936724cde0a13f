#include "moodle/site.hpp"

#include <algorithm>

#include "common/answer.hpp"

namespace moodle {
namespace {

using plugins::text_of;

constexpr std::string_view kSiteInfo = "core_webservice_get_site_info";
constexpr std::string_view kCourses = "core_course_get_courses_by_field";
constexpr std::string_view kContents = "core_course_get_contents";
constexpr std::string_view kEnrolled = "core_enrol_get_enrolled_users";
constexpr std::string_view kUsers = "core_user_get_users_by_field";
constexpr std::string_view kFeed = "local_bridge_get_completions";
constexpr std::string_view kRetrieve = "core_reportbuilder_retrieve_report";

const json& list_in(const json& answer, const char* member) {
    static const json none = json::array();
    if (!answer.is_object()) return none;
    const auto it = answer.find(member);
    return it != answer.end() && it->is_array() ? *it : none;
}

Course course_of(const json& c) {
    return {text_of(c, "id"),
            text_of(c, "idnumber"),
            text_of(c, "shortname"),
            text_of(c, "fullname"),
            text_of(c, "enablecompletion") != "0",
            {}};
}

Person person_of(const json& u) {
    return {text_of(u, "id"), text_of(u, "idnumber"), text_of(u, "username"), text_of(u, "email")};
}

std::vector<Person> people_in(const json& answer) {
    std::vector<Person> out;
    if (!answer.is_array()) return out;
    for (const auto& user : answer) {
        if (user.is_object()) out.push_back(person_of(user));
    }
    return out;
}

std::vector<std::string_view> needed(const Settings& settings, Strategy strategy) {
    std::vector<std::string_view> out{kSiteInfo};
    if (strategy == Strategy::report) {
        out.insert(out.end(), {kRetrieve, "core_reportbuilder_set_filters"});
    } else if (strategy == Strategy::companion) {
        out.insert(out.end(), {kFeed, kUsers, kCourses});
    } else {
        out.insert(out.end(), {kCourses, kEnrolled, "core_completion_get_course_completion_status"});
    }
    if (settings.activities || settings.scorm) out.insert(out.end(), {kCourses, kContents, kEnrolled});
    if (settings.activities && strategy != Strategy::companion)
        out.push_back("core_completion_get_activities_completion_status");
    if (settings.scorm) {
        out.insert(out.end(), {"mod_scorm_get_scorms_by_courses", "mod_scorm_get_scorm_scoes",
                               "mod_scorm_get_scorm_attempt_count", "mod_scorm_get_scorm_sco_tracks"});
    }
    return out;
}

}  // namespace

Site read_site(const Service& service) {
    const auto info = service.call(kSiteInfo, {}, "the site");
    Site out;
    out.release = text_of(info, "release");
    for (const auto& f : list_in(info, "functions")) out.functions.insert(text_of(f, "name"));
    if (out.functions.empty())
        throw bridge::Failure{BRIDGE_CONFIG,
                              "The service of the token has no functions: add them to it in Moodle."};
    return out;
}

Strategy choose(const Settings& settings, const Site& site) {
    if (settings.strategy != Strategy::automatic) return settings.strategy;
    if (site.has(kFeed)) return Strategy::companion;
    if (settings.report.id != 0) return Strategy::report;
    if (!settings.courses.empty()) return Strategy::batch;
    throw bridge::Failure{BRIDGE_CONFIG,
                          "Say what to read: report.id for a custom report, courses for single courses, or "
                          "install the plugin local_bridge."};
}

void require_functions(const Settings& settings, const Site& site, Strategy strategy) {
    std::set<std::string_view> missing;
    for (const auto& function : needed(settings, strategy)) {
        if (!site.has(function)) missing.insert(function);
    }
    if (missing.empty()) return;
    std::string names;
    for (const auto& name : missing) names += (names.empty() ? "" : ", ") + std::string(name);
    const bool old = missing.contains(kRetrieve);
    throw bridge::Failure{BRIDGE_CONFIG, "The service of the token lacks " + names + ": add to it." +
                                             (old ? " Reports need Moodle 4.1 or later." : "")};
}

const std::string& Course::field(CourseField field) const {
    switch (field) {
        case CourseField::idnumber:
            return idnumber;
        case CourseField::shortname:
            return shortname;
        default:
            return id;
    }
}

std::vector<Course> find_courses(const Service& service, const std::vector<CourseRef>& refs,
                                 std::vector<CourseRef>* missing) {
    std::vector<Course> out;
    for (const auto& ref : refs) {
        Form form;
        form.add("field", name_of(ref.field)).add("value", ref.value);
        const auto answer = service.ask(kCourses, form, "a course");
        if (answer.refusal && answer.refusal->code != BRIDGE_NOT_FOUND) answer.refusal->raise();
        bool found = false;
        for (const auto& c : list_in(answer.value, "courses")) {
            auto course = course_of(c);
            // Moodle shows a course's ID number only to who may change the course (moodle/course:update), but
            // finds the course by it for everybody who may see the course.
            if (ref.field == CourseField::idnumber && !c.contains("idnumber")) course.idnumber = ref.value;
            if (course.field(ref.field) != ref.value) continue;
            found = true;
            const bool known = std::any_of(out.begin(), out.end(),
                                           [&](const Course& other) { return other.id == course.id; });
            if (!known) out.push_back(std::move(course));
        }
        if (!found && missing) missing->push_back(ref);
    }
    return out;
}

std::vector<Course> courses_by_ids(const Service& service, const std::vector<std::string>& ids) {
    std::string list;
    for (const auto& id : ids) list += (list.empty() ? "" : ",") + id;
    Form form;
    form.add("field", "ids").add("value", list);
    std::vector<Course> out;
    const auto answer = service.call(kCourses, form, "courses");
    for (const auto& c : list_in(answer, "courses")) out.push_back(course_of(c));
    return out;
}

void read_modules(const Service& service, Course& course) {
    Form form;
    form.add("courseid", course.id);
    const auto sections = service.call(kContents, form, "the activities of a course");
    course.modules.clear();
    if (!sections.is_array()) return;
    for (const auto& section : sections) {
        for (const auto& m : list_in(section, "modules")) {
            const auto completion = text_of(m, "completion");
            course.modules.push_back({text_of(m, "id"), text_of(m, "instance"), text_of(m, "name"),
                                      text_of(m, "modname"), text_of(m, "url"),
                                      !completion.empty() && completion != "0"});
        }
    }
}

std::vector<Person> people_of(const Service& service, const Course& course, std::size_t offset,
                              std::size_t count) {
    Form form;
    form.add("courseid", course.id)
        .option("userfields", "id,idnumber,email,username")
        .option("limitfrom", std::to_string(offset))
        .option("limitnumber", std::to_string(count))
        .option("sortby", "id")
        .option("sortdirection", "ASC");
    return people_in(service.call(kEnrolled, form, "the people of a course"));
}

std::vector<Person> people_by(const Service& service, PersonField field,
                              const std::vector<std::string>& values) {
    Form form;
    form.add("field", name_of(field)).list("values", values);
    return people_in(service.call(kUsers, form, "accounts"));
}

Activity course_activity(const Settings& settings, const Course& course) {
    const auto& id = course.field(settings.course_id);
    return {"course:" + id, id, course.fullname.empty() ? course.shortname : course.fullname, "course"};
}

std::string course_json(const Settings& settings, const Course& course) {
    const auto activity = course_activity(settings, course);
    json out{
        {"id", activity.id}, {"type", "course"}, {"url", settings.url + "/course/view.php?id=" + course.id}};
    if (!activity.title.empty()) out["title"] = activity.title;
    return out.dump();
}

std::string module_json(const Settings& settings, const Course& course, const Module& module) {
    const auto activity = module_activity(module.id, module.name, module.modname);
    json out{{"id", activity.id}, {"parent", course.field(settings.course_id)}};
    if (!activity.title.empty()) out["title"] = activity.title;
    if (!activity.type.empty()) out["type"] = activity.type;
    if (module.url.starts_with("https://") || module.url.starts_with("http://")) out["url"] = module.url;
    return out.dump();
}

}  // namespace moodle
