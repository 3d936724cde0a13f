#include "canvas/sweep.hpp"

#include <algorithm>

#include "common/answer.hpp"
#include "common/rows.hpp"

namespace canvas {
namespace {

using nlohmann::json;

// By number, however long it is.
bool before(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool is_number(std::string_view id) {
    return !id.empty() && id.size() <= 40 && id.find_first_not_of("0123456789~") == std::string_view::npos;
}

}  // namespace

Cursor Cursor::parse(std::string_view text, const std::string& fingerprint) {
    Cursor out;
    if (text.empty()) return out;
    const auto cursor = plugins::parse_row(text, 2);
    if (cursor && cursor->is_object() && plugins::text_of(*cursor, "of") == fingerprint) {
        const auto sweep = cursor->find("sweep"), after = cursor->find("after");
        if (sweep != cursor->end() && sweep->is_number_integer() && sweep->get<std::int64_t>() > 0 &&
            after != cursor->end() && after->is_string()) {
            out.sweep = sweep->get<std::int64_t>();
            out.after = after->get<std::string>();
            if (out.after.empty() || is_number(out.after)) return out;
        }
    }
    throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, "the cursor is not of this site and these courses"};
}

std::string Cursor::text(const std::string& fingerprint) const {
    return json{{"of", fingerprint}, {"sweep", sweep}, {"after", after}}.dump();
}

Sweep::Sweep(const bridge::Host& host, const Settings& settings, std::string_view cursor, bridge::Stream& out,
             const bridge::Call& call)
    : host_(host),
      settings_(settings),
      out_(out),
      call_(call),
      client_(host, settings, call),
      cursor_(Cursor::parse(cursor, settings.fingerprint())) {}

void Sweep::run() {
    for (const auto& course : courses()) {
        if (!cursor_.after.empty() && !before(cursor_.after, course.id)) continue;
        call_.stop_if_cancelled();
        read_course(course);
        cursor_.after = course.id;
        out_.checkpoint(cursor_.text(settings_.fingerprint()));
    }
    ++cursor_.sweep;
    cursor_.after.clear();
    out_.checkpoint(cursor_.text(settings_.fingerprint()));
    if (without_requirements_ > 0)
        host_.log(BRIDGE_LOG_INFO, std::to_string(without_requirements_) +
                                       " courses have no module requirements: Canvas knows no completion of "
                                       "them");
    warn_of_missing_rights();
}

std::vector<Course> Sweep::courses() {
    std::map<std::string, std::string>
        found;  // number and title; a course may be listed twice while the list changes
    const auto take = [&](std::string_view text, const std::string& where) {
        auto row = plugins::parse_row(text);
        const auto id = row ? plugins::text_of(*row, "id") : std::string{};
        if (is_number(id)) {
            found[id] = plugins::text_of(*row, "name");
        } else {
            out_.reject("course", "", json{{"where", where}, {"reason", "the course has no number"}}.dump());
        }
    };
    if (settings_.courses.empty()) {
        const auto url = settings_.page_of("/accounts/" + bridge::url_encoded(settings_.account) + "/courses",
                                           "published=true");
        const auto status = client_.list(url, "the account's courses", kListCourses, take);
        if (status != 200)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "Canvas has no such account, or does not show it to this "
                                  "token: check account in the settings (HTTP " +
                                      std::to_string(status) + ")."};
    } else {
        for (const auto& id : settings_.courses) {
            const auto answer = client_.get(settings_.url + "/api/v1/courses/" + id);
            if (answer.status == 404) {
                host_.log(BRIDGE_LOG_WARN, "Canvas has no course " + id + ", which the settings name");
                continue;
            }
            require_allowed(answer, "course " + id, kListCourses);
            take(answer.body, "course " + id);
        }
    }
    std::vector<Course> out;
    for (auto& [id, title] : found) out.push_back({id, std::move(title)});
    std::sort(out.begin(), out.end(), [](const Course& a, const Course& b) { return before(a.id, b.id); });
    return out;
}

void Sweep::warn_of_missing_rights() {
    if (learners_ == 0 || identified_ > 0) return;
    host_.log(BRIDGE_LOG_WARN,
              "no enrolment shows any of the configured identifiers: the token's user may lack the right to "
              "read SIS data");
}

}  // namespace canvas
