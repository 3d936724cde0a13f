// The moodle adapter: completions of courses and activities and SCORM attempts out of a Moodle site by its
// web services, ratings of competencies back into it, and its accounts. docs/adapter-moodle.md says what is
// read.
#include "bridge/adapter.hpp"

#include <algorithm>

#include "moodle/accounts.hpp"
#include "moodle/award.hpp"
#include "moodle/feed.hpp"
#include "moodle/report.hpp"
#include "moodle/run.hpp"
#include "moodle/schema.hpp"
#include "moodle/scorm.hpp"
#include "moodle/self_test.hpp"
#include "moodle/sweep.hpp"

namespace moodle {
namespace {

const char* text_of(Strategy strategy) {
    return strategy == Strategy::report ? "report" : strategy == Strategy::companion ? "companion" : "batch";
}

// What a cursor's positions depend on: another plan has to begin anew.
std::string plan_of(const Settings& settings, Strategy strategy) {
    std::string plan = text_of(strategy);
    if (strategy == Strategy::report) plan += ":" + std::to_string(settings.report.id);
    plan += std::string("|") + name_of(settings.course_id) + "|" + name_of(settings.person_key);
    return plan + (settings.scorm && settings.interactions ? "|interactions" : "");
}

class MoodleAdapter : public bridge::Adapter,
                      public bridge::Source,
                      public bridge::Sink,
                      public bridge::Users {
public:
    static constexpr std::string_view id = "moodle";
    static constexpr std::string_view descriptor = kDescriptor;

    explicit MoodleAdapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = parse_settings(settings);
    }

    void check(const bridge::Call&) override { self_test(settings_, Service(host_, settings_), host_); }

    void pull(std::string_view cursor_text, bridge::Stream& out, const bridge::Call& call) override {
        Service service(host_, settings_);
        // Before everything is read: with a right missing, Moodle's answers are empty and no error. It needs
        // to know what should be there.
        if (cursor_text.empty() && settings_.expect.told())
            self_test(settings_, Service(host_, settings_), host_);
        const auto site = read_site(service);
        const auto strategy = choose(settings_, site);
        require_functions(settings_, site, strategy);
        service.use_batches(site.has("tool_mobile_call_external_functions"));
        auto cursor = Cursor::parse(cursor_text, plan_of(settings_, strategy));
        Run run{settings_, service, site, host_, cursor, out, call};
        if (cursor.started == 0) cursor.started = run.now();
        read_all(run, strategy);
        cursor.finish();
        run.checkpoint();
    }

    std::string push(std::string_view kind, std::string_view key, std::string_view record,
                     std::string_view previous, const bridge::Call& call) override {
        if (kind != "competency_award")
            throw bridge::Failure{BRIDGE_UNSUPPORTED, "Moodle takes ratings of competencies only."};
        return push_award(settings_, Service(host_, settings_), key, record, previous, call);
    }

    std::string find(std::string_view identifiers, const bridge::Call& call) override {
        return find_json(settings_, Service(host_, settings_), identifiers, call);
    }

private:
    // The parts of a run in their order; one that a broken-off run had behind it is passed over.
    void read_all(Run& run, Strategy strategy) const {
        const auto courses = mapped(run);
        const bool companion = strategy == Strategy::companion;
        std::vector<std::string> phases;
        if (strategy == Strategy::report) phases.emplace_back("report");
        if (companion) phases.emplace_back("feed:course");
        if (companion && settings_.activities) phases.emplace_back("feed:activity");
        if (strategy == Strategy::batch || (settings_.activities && !companion)) phases.emplace_back("sweep");
        if (settings_.scorm) phases.emplace_back("scorm");
        auto from = std::find(phases.begin(), phases.end(), run.cursor.phase);
        if (from == phases.end()) from = phases.begin();
        for (; from != phases.end(); ++from) {
            if (*from == "report") {
                read_report(run);
            } else if (*from == "sweep") {
                read_sweep(run, courses, {strategy == Strategy::batch, settings_.activities});
            } else if (*from == "scorm") {
                read_scorm(run, courses, companion);
            } else {
                read_feed(run, from->substr(5), courses);
            }
        }
    }

    // The mapped courses as catalogue records. One that is not there is reported, the others are read.
    std::vector<Course> mapped(const Run& run) const {
        std::vector<CourseRef> missing;
        if (settings_.courses.empty()) return {};
        if (!run.site.has("core_course_get_courses_by_field")) return {};
        auto courses = find_courses(run.service, settings_.courses, &missing);
        if (courses.empty())
            throw bridge::Failure{
                BRIDGE_CONFIG,
                "Moodle shows none of the mapped courses: check their ids, and that the "
                "service's role has moodle/course:view and moodle/course:viewhiddencourses."};
        for (const auto& ref : missing)
            run.reject("course", ref.value, "courses",
                       "Moodle does not show a course of this " + std::string(name_of(ref.field)));
        std::erase_if(courses, [&](const Course& course) {
            if (!course.field(settings_.course_id).empty()) return false;
            run.reject("course", course.id, "courses",
                       std::string("the course shows no ") + name_of(settings_.course_id) + kNoCourseField);
            return true;
        });
        for (auto& course : courses) {
            run.emit("course", course.field(settings_.course_id), course_json(settings_, course));
            if (!settings_.activities && !settings_.scorm) continue;
            read_modules(run.service, course);
            for (const auto& module : course.modules) {
                if (module.completion || module.modname == "scorm")
                    run.emit("course", "cm-" + module.id, module_json(settings_, course, module));
            }
        }
        return courses;
    }

    bridge::Host host_;
    Settings settings_;
};

}  // namespace
}  // namespace moodle

BRIDGE_ADAPTERS(moodle::MoodleAdapter)
