#include "moodle/scorm_tracks.hpp"

#include <cstdlib>

#include "common/answer.hpp"

namespace moodle {
namespace {

using Elements = std::map<std::string, std::string>;

std::string first_of(const Elements& elements, std::initializer_list<const char*> names) {
    for (const auto* name : names) {
        const auto it = elements.find(name);
        if (it != elements.end() && !it->second.empty()) return it->second;
    }
    return {};
}

// As Moodle has it: the bridge knows the words and formats of both editions.
void put(json& out, const char* member, std::string text) {
    if (!text.empty()) out[member] = std::move(text);
}

json score_of(const Elements& elements, const std::string& prefix) {
    json out = json::object();
    for (const auto* part : {"raw", "min", "max", "scaled"}) {
        const auto it = elements.find(prefix + part);
        if (it != elements.end()) put(out, part, it->second);
    }
    return out;
}

// "" when no element says which.
std::string edition_of(const Elements& elements) {
    const auto any = [&](std::string_view prefix) {
        const auto it = elements.lower_bound(std::string(prefix));
        return it != elements.end() && it->first.starts_with(prefix);
    };
    if (any("cmi.core.")) return "1.2";
    for (const auto* prefix : {"cmi.completion_status", "cmi.success_status", "cmi.score.", "cmi.total_time",
                               "cmi.session_time"}) {
        if (any(prefix)) return "2004";
    }
    return {};
}

// "cmi.interactions.3.student_response" -> 3 and "student_response".
bool member_of(const std::string& element, std::string_view list, int& index, std::string& member) {
    if (!element.starts_with(list)) return false;
    const auto rest = element.substr(list.size());
    const auto dot = rest.find('.');
    if (dot == std::string::npos || dot == 0 || dot > 4) return false;
    if (rest.find_first_not_of("0123456789") != dot) return false;
    index = std::atoi(rest.c_str());
    member = rest.substr(dot + 1);
    return true;
}

json objectives(const Elements& elements) {
    std::map<int, Elements> each;
    for (const auto& [element, value] : elements) {
        int index = 0;
        std::string member;
        if (member_of(element, "cmi.objectives.", index, member)) each[index][member] = value;
    }
    json out = json::array();
    for (const auto& [index, members] : each) {
        const auto id = first_of(members, {"id"});
        if (id.empty()) continue;
        json one{{"id", id}};
        put(one, "status", first_of(members, {"status"}));
        put(one, "completion", first_of(members, {"completion_status"}));
        put(one, "success", first_of(members, {"success_status"}));
        put(one, "description", first_of(members, {"description"}));
        if (auto score = score_of(members, "score."); !score.empty()) one["score"] = std::move(score);
        out.push_back(std::move(one));
    }
    return out;
}

json interactions(const Elements& elements) {
    std::map<int, json> each;
    for (const auto& [element, value] : elements) {
        int index = 0;
        std::string member;
        if (!member_of(element, "cmi.interactions.", index, member) || value.empty()) continue;
        if (member.starts_with("correct_responses.")) {
            if (member.ends_with(".pattern")) each[index]["correct_responses"].push_back(value);
            continue;
        }
        if (member.find('.') != std::string::npos) continue;  // counts and objectives of it
        if (member == "student_response") member = "learner_response";
        if (member == "time") member = "timestamp";
        each[index][member] = value;
    }
    json out = json::array();
    for (auto& [index, one] : each) {
        if (one.contains("id")) out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

std::optional<Tracks> Tracks::read(const json& answer) {
    const auto data = answer.is_object() ? answer.value("data", json::object()) : json::object();
    const auto tracks = data.is_object() ? data.value("tracks", json::array()) : json::array();
    Tracks out;
    for (const auto& track : tracks) {
        auto element = plugins::text_of(track, "element");
        const auto value = plugins::text_of(track, "value");
        if (element == "timemodified") {
            out.modified = std::strtoll(value.c_str(), nullptr, 10);
            continue;
        }
        // Moodle keeps lists of SCORM 1.2 as cmi.interactions_0.id.
        static constexpr std::string_view lists[] = {"cmi.interactions_", "cmi.objectives_"};
        for (const auto list : lists) {
            if (element.starts_with(list)) element[list.size() - 1] = '.';
        }
        out.elements[element] = value;
    }
    // userid, scoid and the like come also when nothing was tracked.
    if (out.modified == 0 && first_of(out.elements, {"status", "cmi.core.lesson_status",
                                                     "cmi.completion_status", "cmi.success_status"})
                                 .empty())
        return std::nullopt;
    return out;
}

json sco_json(const std::string& identifier, const std::string& title, const Tracks& tracks,
              bool with_interactions) {
    const auto& e = tracks.elements;
    json out{{"id", identifier}};
    put(out, "title", title);
    put(out, "edition", edition_of(e));
    put(out, "status", first_of(e, {"cmi.core.lesson_status"}));
    put(out, "completion", first_of(e, {"cmi.completion_status"}));
    put(out, "success", first_of(e, {"cmi.success_status"}));
    // Moodle's own word, which is one of the two.
    if (!out.contains("status") && !out.contains("completion") && !out.contains("success"))
        put(out, "completion", first_of(e, {"status"}));
    put(out, "mode", first_of(e, {"cmi.mode", "cmi.core.lesson_mode"}));
    put(out, "credit", first_of(e, {"cmi.credit", "cmi.core.credit"}));
    auto score = score_of(e, "cmi.score.");
    if (score.empty()) score = score_of(e, "cmi.core.score.");
    if (score.empty()) put(score, "raw", first_of(e, {"score_raw"}));
    if (!score.empty()) out["score"] = std::move(score);
    put(out, "time", first_of(e, {"cmi.total_time", "cmi.core.total_time", "total_time"}));
    put(out, "session_time", first_of(e, {"cmi.session_time", "cmi.core.session_time", "session_time"}));
    if (auto list = objectives(e); !list.empty()) out["objectives"] = std::move(list);
    if (!with_interactions) return out;
    if (auto list = interactions(e); !list.empty()) out["interactions"] = std::move(list);
    return out;
}

}  // namespace moodle
