#include "moodle/sweep.hpp"

#include <algorithm>
#include <map>

#include "common/answer.hpp"

namespace moodle {
namespace {

using plugins::text_of;

constexpr std::string_view kCourseStatus = "core_completion_get_course_completion_status";
constexpr std::string_view kActivityStatus = "core_completion_get_activities_completion_status";
constexpr std::size_t kPeople = 100;  // a page of people: 0.25 s of Moodle's time

std::int64_t number_of(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end()) return 0;
    if (it->is_number_integer()) return it->get<std::int64_t>();
    const auto text = text_of(object, member);
    return !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == text.npos
               ? std::stoll(text)
               : 0;
}

bool true_in(const json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && (it->is_boolean() ? it->get<bool>() : text_of(object, member) == "1");
}

class Sweep {
public:
    Sweep(Run& run, SweepParts parts) : run_(run), parts_(parts), at_(run.cursor) {}

    void read(const std::vector<Course>& courses) {
        if (at_.phase != "sweep") at_.enter("sweep");
        auto first = courses.begin();
        if (!at_.course.empty()) {
            // A course that is no longer mapped: from the beginning, which repeats but loses nothing.
            first = std::find_if(courses.begin(), courses.end(),
                                 [&](const Course& c) { return c.id == at_.course; });
            if (first == courses.end()) at_.enter("sweep"), first = courses.begin();
        }
        const bool whole = first == courses.begin() && at_.offset == 0;
        for (auto course = first; course != courses.end(); ++course) {
            if (course->id != at_.course) at_.offset = 0;
            at_.course = course->id;
            read(*course);
        }
        if (whole && people_ == 0 && !courses.empty() && run_.settings.expect.users_at_least > 0)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "No mapped course shows any people. Either none is enrolled (then say "
                                  "expect.users_at_least: 0), or the service's role lacks "
                                  "moodle/user:viewdetails or moodle/course:viewparticipants."};
    }

private:
    void read(const Course& course) {
        const auto activity = course_activity(run_.settings, course);
        if (parts_.courses && !course.completion)
            run_.reject("completion", "", activity.key, "completion is switched off in this course");
        skip_course_ = !parts_.courses || !course.completion;
        names_.clear();
        for (const auto& module : course.modules) names_[module.id] = {module.name, module.modname};
        for (;;) {
            run_.call.stop_if_cancelled();
            const auto people = people_of(run_.service, course, at_.offset, kPeople);
            people_ += people.size();
            if (people.empty()) break;
            if (!skip_course_) read_course(course, activity, people);
            if (parts_.activities) read_activities(course, people);
            at_.offset +=
                kPeople;  // Moodle counts those that it does not show, so a short page is not the end
            run_.checkpoint();
        }
    }

    static std::vector<InnerCall> calls(std::string_view function, const Course& course,
                                        const std::vector<Person>& people) {
        std::vector<InnerCall> out;
        out.reserve(people.size());
        for (const auto& person : people)
            out.push_back({function, {{"courseid", course.id}, {"userid", person.id}}});
        return out;
    }

    void read_course(const Course& course, const Activity& activity, const std::vector<Person>& people) {
        const auto answers =
            run_.service.many(calls(kCourseStatus, course, people), "the completion of a course", run_.call);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const auto& refusal = answers[i].refusal;
            if (refusal && refusal->errorcode == "cannotviewreport" && course.completion)
                throw bridge::Failure{
                    BRIDGE_CONFIG,
                    "Moodle does not show the completion of a course in which completion is "
                    "on: the account probably lacks report/completion:view."};
            if (refusal &&
                (refusal->errorcode == "cannotviewreport" || refusal->errorcode == "nocriteriaset")) {
                run_.reject("completion", "", activity.key, refusal->user);
                skip_course_ = true;
                return;
            }
            if (refusal)
                continue;  // not enrolled, suspended, gone meanwhile: nothing is known, nothing changes
            const auto status = answers[i].value.value("completionstatus", json::object());
            if (status.is_object() && status.contains("completed"))
                emit_state(run_, people[i], activity, true_in(status, "completed") ? 1 : 0, 0, false, true);
        }
    }

    void read_activities(const Course& course, const std::vector<Person>& people) {
        const auto answers = run_.service.many(calls(kActivityStatus, course, people),
                                               "the completion of activities", run_.call);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i].refusal) continue;
            const auto statuses = answers[i].value.value("statuses", json::array());
            if (!statuses.is_array()) continue;
            for (const auto& status : statuses) {
                if (status.is_object()) read_activity(people[i], status);
            }
        }
    }

    void read_activity(const Person& person, const json& status) {
        const auto cmid = text_of(status, "cmid");
        if (cmid.empty() || !status.contains("state")) return;
        const auto known = names_.find(cmid);
        const auto activity = module_activity(cmid, known == names_.end() ? "" : known->second.first,
                                              text_of(status, "modname"));
        // Only of those that Moodle tracks does 0 mean anything: others always show 0.
        emit_state(run_, person, activity, static_cast<int>(number_of(status, "state")),
                   number_of(status, "timecompleted"), !text_of(status, "overrideby").empty(),
                   true_in(status, "istrackeduser"));
    }

    Run& run_;
    SweepParts parts_;
    Cursor& at_;
    std::size_t people_ = 0;
    bool skip_course_ = false;
    std::map<std::string, std::pair<std::string, std::string>> names_;  // of the course's activities
};

}  // namespace

void emit_state(const Run& run, const Person& person, const Activity& activity, int state, std::int64_t time,
                bool overridden, bool certain) {
    if (state < 0 || state > 3) return;
    const auto key = key_of(run.settings, activity, person);
    if (key.empty()) {
        if (state != 0)
            run.reject("completion", "", activity.key,
                       std::string("the person has no ") + name_of(run.settings.person_key));
        return;
    }
    if (state == 0) return run.incomplete(key, certain);
    const auto who = who_json(run.settings, person);
    if (who.empty())
        return run.reject("completion", key, activity.key, "the person has none of the identifiers");
    static constexpr std::string_view whats[] = {"", "completed", "passed", "failed"};
    Fact fact;
    fact.what = whats[state];
    if (time > 0) fact.time = instant(time);
    if (overridden) fact.revision = "override";
    run.emit("completion", key, completion_json(who, activity, key, fact));
}

void read_sweep(Run& run, const std::vector<Course>& courses, SweepParts parts) {
    Sweep(run, parts).read(courses);
}

}  // namespace moodle
