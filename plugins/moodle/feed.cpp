#include "moodle/feed.hpp"

#include <algorithm>
#include <map>

#include "common/answer.hpp"
#include "moodle/sweep.hpp"

namespace moodle {
namespace {

using plugins::text_of;

constexpr std::string_view kFeed = "local_bridge_get_completions";
constexpr std::size_t kRows = 1000;
constexpr std::size_t kAccounts = 100;
constexpr std::int64_t kOverlap = 300;  // seconds: rows of transactions that ended late

std::int64_t whole(const json& row, const char* member) {
    const auto it = row.find(member);
    return it != row.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

class Feed {
public:
    Feed(Run& run, std::string kind, FeedPosition& at) : run_(run), kind_(std::move(kind)), at_(at) {}

    // A new run looks back a little: courses are completed by a task of Moodle's, with the date of the last
    // activity.
    void look_back(std::int64_t seconds) { at_ = {std::max<std::int64_t>(0, at_.time - seconds), 0}; }

    // False: that was the last.
    bool next(json& rows) {
        run_.call.stop_if_cancelled();
        Form form;
        form.add("kind", kind_)
            .add("since", at_.time)
            .add("afterid", at_.id)
            .add("limit", static_cast<std::int64_t>(kRows));
        const auto answer = run_.service.call(kFeed, form, "the companion plugin's feed");
        rows = answer.is_object() ? answer.value("rows", json::array()) : json::array();
        if (!rows.is_array()) rows = json::array();
        for (const auto& row : rows) {
            const FeedPosition here{whole(row, "t"), whole(row, "id")};
            if (std::pair(here.time, here.id) <= std::pair(at_.time, at_.id))
                throw bridge::Failure{
                    BRIDGE_INTERNAL, "The companion plugin gives rows out of order: install another version.",
                    "feed not ascending"};
            at_ = here;
        }
        return rows.size() >= kRows;
    }

private:
    Run& run_;
    std::string kind_;
    FeedPosition& at_;
};

class Names {
public:
    Names(const Run& run, const std::vector<Course>& mapped) : run_(run) {
        for (const auto& course : mapped) courses_[course.id] = course;
    }

    void learn(const json& rows) {
        std::vector<std::string> people, courses;
        for (const auto& row : rows) {
            want(people_, people, text_of(row, "userid"));
            want(courses_, courses, text_of(row, "courseid"));
        }
        for (std::size_t i = 0; i < people.size(); i += kAccounts) {
            const std::vector<std::string> some(
                people.begin() + static_cast<std::ptrdiff_t>(i),
                people.begin() + static_cast<std::ptrdiff_t>(std::min(people.size(), i + kAccounts)));
            for (auto& person : people_by(run_.service, PersonField::id, some)) {
                found_ = true;
                people_[person.id] = std::move(person);
            }
        }
        if (!people.empty() && !found_)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "Moodle shows none of the accounts that the feed names: give the service's "
                                  "role the rights moodle/user:viewdetails and moodle/user:viewalldetails."};
        for (auto& course : courses.empty() ? std::vector<Course>{} : courses_by_ids(run_.service, courses))
            courses_[course.id] = std::move(course);
        const auto shown = [&](const auto& course) {
            return !course.second.field(run_.settings.course_id).empty();
        };
        // Silence about one of them is a course without the field; about all it is a right.
        if (!courses_.empty() && std::none_of(courses_.begin(), courses_.end(), shown))
            throw bridge::Failure{BRIDGE_CONFIG,
                                  std::string("None of the courses that the feed names shows an ") +
                                      name_of(run_.settings.course_id) + kNoCourseField};
    }
    [[nodiscard]] const Person& person(const std::string& id) { return people_[id]; }
    [[nodiscard]] const Course& course(const std::string& id) { return courses_[id]; }

private:
    template <class Map>
    static void want(Map& known, std::vector<std::string>& list, const std::string& id) {
        if (!id.empty() && known.try_emplace(id).second) list.push_back(id);
    }

    const Run& run_;
    std::map<std::string, Person> people_;  // an empty one: Moodle does not show that account
    std::map<std::string, Course> courses_;
    bool found_ = false;
};

}  // namespace

void read_feed(Run& run, const std::string& kind, const std::vector<Course>& mapped) {
    Feed feed(run, kind, run.cursor.feeds[kind]);
    Names names(run, mapped);
    std::map<std::string, const Module*> modules;
    std::set<std::string> wanted;
    for (const auto& course : mapped) {
        wanted.insert(course.id);
        for (const auto& module : course.modules) modules[module.id] = &module;
    }
    const bool of_courses = kind == "course";
    if (const auto phase = "feed:" + kind; run.cursor.phase != phase) {
        run.cursor.enter(phase);
        feed.look_back(of_courses ? std::max(kOverlap, run.settings.report.overlap_seconds) : kOverlap);
    }
    json rows;
    for (bool more = true; more;) {
        more = feed.next(rows);
        if (!wanted.empty())
            rows.erase(
                std::remove_if(rows.begin(), rows.end(),
                               [&](const json& row) { return !wanted.contains(text_of(row, "courseid")); }),
                rows.end());
        names.learn(rows);
        for (const auto& row : rows) {
            const auto& person = names.person(text_of(row, "userid"));
            if (person.id.empty()) continue;  // deleted meanwhile
            Activity activity;
            if (of_courses) {
                activity = course_activity(run.settings, names.course(text_of(row, "courseid")));
                if (activity.id.empty()) continue;
            } else {
                const auto cmid = text_of(row, "cmid");
                const auto module = modules.find(cmid);
                activity = module_activity(cmid, module == modules.end() ? "" : module->second->name,
                                           text_of(row, "modname"));
            }
            const auto state =
                row.contains("state") ? static_cast<int>(whole(row, "state")) : (of_courses ? 1 : -1);
            // Un-enrolment leaves a 0 too, which the feed cannot tell from a reset.
            emit_state(run, person, activity, state, whole(row, "t"), false, state != 0);
        }
        run.checkpoint();
    }
}

std::set<std::pair<std::string, std::string>> changed_tracks(Run& run, FeedPosition& reached) {
    reached = run.cursor.feeds["scorm"];
    Feed feed(run, "scorm", reached);
    feed.look_back(kOverlap);
    std::set<std::pair<std::string, std::string>> out;
    json rows;
    for (bool more = true; more;) {
        more = feed.next(rows);
        for (const auto& row : rows) out.emplace(text_of(row, "cmid"), text_of(row, "userid"));
    }
    return out;
}

}  // namespace moodle
