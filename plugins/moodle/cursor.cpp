#include "moodle/cursor.hpp"

#include <nlohmann/json.hpp>

#include "bridge/adapter.hpp"
#include "common/whole_number.hpp"

namespace moodle {

using nlohmann::json;
using plugins::whole_number;

namespace {

[[noreturn]] void bad(const char* why) {
    throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, why};
}

}  // namespace

void Cursor::enter(std::string next_phase) {
    phase = std::move(next_phase);
    full = false;
    from = top = 0;
    page = offset = 0;
    course.clear();
}

void Cursor::finish() {
    enter("");
    started = 0;
}

Cursor Cursor::parse(std::string_view text, std::string plan) {
    Cursor out;
    out.plan = std::move(plan);
    if (text.empty()) return out;
    try {
        const auto parsed = json::parse(text);
        if (parsed.at("v") != 1) bad("the cursor is of another version of the moodle adapter");
        if (parsed.at("plan").get<std::string>() != out.plan)
            bad("the settings ask for another way of reading than the cursor was made by");
        const auto& since = parsed.at("since");
        out.report_since = whole_number(since, "report", 0);
        out.scorm_since = whole_number(since, "scorm", 0);
        const auto feeds = since.value("feed", json::object());
        for (const auto& [kind, position] : feeds.items())
            out.feeds[kind] = {whole_number(position.at(0)), whole_number(position.at(1))};
        if (const auto at = parsed.find("at"); at != parsed.end()) {
            out.phase = at->at("phase").get<std::string>();
            out.full = at->value("full", false);
            out.from = whole_number(*at, "from", 0);
            out.top = whole_number(*at, "top", 0);
            out.started = whole_number(*at, "started", 0);
            out.page = static_cast<std::size_t>(whole_number(*at, "page", 0));
            out.course = at->value("course", std::string{});
            out.offset = static_cast<std::size_t>(whole_number(*at, "offset", 0));
        }
    } catch (const json::exception&) {
        bad("the cursor is not one of the moodle adapter");
    }
    return out;
}

std::string Cursor::text() const {
    json since{{"report", report_since}, {"scorm", scorm_since}};
    for (const auto& [kind, position] : feeds) since["feed"][kind] = {position.time, position.id};
    json out{{"v", 1}, {"plan", plan}, {"since", std::move(since)}};
    if (!phase.empty()) {
        out["at"] = {{"phase", phase}, {"full", full},     {"from", from},     {"top", top},
                     {"page", page},   {"course", course}, {"offset", offset}, {"started", started}};
    }
    return out.dump();
}

}  // namespace moodle
