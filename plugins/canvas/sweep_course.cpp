// One course of a sweep.
#include <set>
#include <utility>

#include "canvas/sweep.hpp"
#include "common/answer.hpp"
#include "common/rows.hpp"

namespace canvas {

using nlohmann::json;

struct Sweep::CourseRun {
    Sweep& sweep;
    const Course& course;
    std::map<std::string, Ordered> who;    // enrolled learners by Canvas's number
    std::map<std::string, json> progress;  // the same, as far as the bulk answer has them
    bool whole = true;                     // false: somebody may be missing, so that absence means nothing

    [[nodiscard]] std::string path() const { return "/courses/" + course.id; }
    [[nodiscard]] std::string named() const { return "course " + course.id; }

    void reject(const std::string& key, const std::string& where, const std::string& reason) {
        if (key.empty()) whole = false;
        sweep.out_.reject("completion", key, json{{"where", where}, {"reason", reason}}.dump());
    }

    // False: Canvas has no progress of this course.
    bool read_bulk() {
        const auto status = sweep.client_.list(
            sweep.settings_.page_of(path() + "/bulk_user_progress"), "the progress in " + named(),
            kViewGrades, [&](std::string_view text, const std::string& where) {
                auto row = plugins::parse_row(text);
                const auto user = row ? plugins::text_of(*row, "id") : std::string{};
                if (user.empty()) return reject("", where, "the row is unreadable, or names no user");
                progress[user] = row->contains("progress") ? std::move((*row)["progress"]) : json();
            });
        return status != 400;  // 404: a Canvas too old for it, or a course that has just gone
    }

    // False: the course has gone.
    bool read_enrolments() {
        const auto status = sweep.client_.list(
            sweep.settings_.page_of(path() + "/enrollments",
                                    "type%5B%5D=StudentEnrollment&state%5B%5D=active&state%5B%5D=completed"),
            "the enrolments in " + named(), kListUsers, [&](std::string_view text, const std::string& where) {
                const auto row = plugins::parse_row(text);
                const auto user = row ? plugins::text_of(*row, "user_id") : std::string{};
                if (user.empty()) return reject("", where, "the row is unreadable, or names no user");
                // Enrolled in two sections: two rows of one learner.
                auto identifiers = identifiers_of(sweep.settings_, *row, user);
                auto& known = who[user];
                if (known.size() < identifiers.size() || known.is_null()) known = std::move(identifiers);
            });
        return status == 200;
    }

    void read_others() {
        std::vector<std::string> users, urls;
        for (const auto& [user, identifiers] : who) {
            if (progress.contains(user)) continue;
            users.push_back(user);
            urls.push_back(sweep.settings_.url + "/api/v1" + path() + "/users/" + bridge::url_encoded(user) +
                           "/progress");
        }
        const auto answers = sweep.client_.get_all(urls);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const auto& answer = answers[i];
            if (answer.status == 404 || has_no_progress(answer))
                continue;  // has left, or nothing is required
            require_allowed(answer, "a learner's progress in " + named(), kViewGrades);
            progress[users[i]] = plugins::json_body(answer, "a learner's progress in " + named());
        }
    }

    void say(const std::string& user, const std::string& key, Ordered activity, const Progress& read) {
        if (!read.reason.empty()) return reject(key, named(), read.reason);
        if (read.what.empty() || (read.what == "in_progress" && !sweep.settings_.in_progress)) {
            // Canvas says "not completed" of somebody who is there: what was completed before is no longer
            // so.
            if (read.incomplete && !sweep.out_.emit("withdraw", withdraw_record(key).dump()))
                reject(key, named(), "the record is too large");
            return;
        }
        const auto& identifiers = who.at(user);
        if (identifiers.empty())
            return reject(key, named(), "the learner has none of the configured identifiers");
        if (!sweep.out_.emit("completion",
                             completion_record(identifiers, std::move(activity), key, read).dump()))
            reject(key, named(), "the record is too large");
    }

    void read_modules() {
        std::vector<std::string> users, urls;
        for (const auto& [user, identifiers] : who) {
            users.push_back(user);
            urls.push_back(
                sweep.settings_.page_of(path() + "/modules", "student_id=" + bridge::url_encoded(user)));
        }
        for (std::size_t i = 0; i < users.size(); ++i) {
            const auto status = sweep.client_.list(
                urls[i], "the modules in " + named(), kViewContent,
                [&](std::string_view text, const std::string& where) {
                    const auto module = plugins::parse_row(text);
                    const auto id = module ? plugins::text_of(*module, "id") : std::string{};
                    if (id.empty()) return reject("", where, "the module is unreadable, or has no number");
                    say(users[i], module_key(course, id, users[i]),
                        module_activity(sweep.settings_, course, *module), read_module(*module));
                });
            if (status != 200) whole = false;
        }
    }
};

void Sweep::read_course(const Course& course) {
    out_.emit("course", course_record(settings_, course).dump());
    CourseRun run{*this, course, {}, {}, true};
    const json scope{{"scope", "course " + course.id}, {"kinds", {"completion"}}};
    if (!run.read_bulk()) {
        // Nothing can be known of it (any more): no reason to withdraw what was known.
        ++without_requirements_;
        return;
    }
    if (!run.read_enrolments()) {
        host_.log(BRIDGE_LOG_INFO, "course " + course.id + " has gone while it was read");
        return;
    }
    run.read_others();
    learners_ += run.who.size();
    for (const auto& [user, identifiers] : run.who)
        identified_ += identifiers.size() > (settings_.account_identifier ? 1u : 0u) ? 1 : 0;
    if (settings_.snapshot) out_.emit("snapshot_begin", scope.dump());
    for (const auto& [user, progress] : run.progress) {
        if (run.who.contains(user))
            run.say(user, course_key(course, user), course_activity(settings_, course),
                    read_progress(progress));
    }
    if (settings_.modules) run.read_modules();
    if (settings_.snapshot && run.whole) out_.emit("snapshot_end", scope.dump());
}

}  // namespace canvas
