#include "moodle/scorm_tracks.hpp"

#include <charconv>
#include <cstdlib>
#include <regex>

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

std::optional<double> number(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                                     : std::nullopt;
}

// SCORM 1.2 has one status for two things. "failed" leaves open whether all of it was seen, "browsed" was a
// look around.
void status_12(const std::string& status, json& out) {
    if (status == "passed" || status == "completed") out["completion"] = "completed";
    if (status == "incomplete") out["completion"] = "incomplete";
    if (status == "failed" || status == "browsed") out["completion"] = "unknown";
    if (status == "not attempted" || status == "notattempted") out["completion"] = "not_attempted";
    if (status == "passed" || status == "failed") out["success"] = status;
}

void status_2004(const std::string& completion, const std::string& success, json& out) {
    if (completion == "not attempted") {
        out["completion"] = "not_attempted";
    } else if (completion == "completed" || completion == "incomplete" || completion == "unknown") {
        out["completion"] = completion;
    }
    if (success == "passed" || success == "failed" || success == "unknown") out["success"] = success;
}

json score_of(const Elements& elements, const std::string& prefix) {
    json out = json::object();
    for (const auto* part : {"raw", "min", "max", "scaled"}) {
        const auto it = elements.find(prefix + part);
        const auto value = it == elements.end() ? std::nullopt : number(it->second);
        if (value && (part[0] != 's' || (*value >= -1 && *value <= 1))) out[part] = *value;
    }
    return out;
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
        json one{{"id", id}}, status = json::object();
        status_12(first_of(members, {"status"}), status);
        status_2004(first_of(members, {"completion_status"}), first_of(members, {"success_status"}), status);
        one.update(status);
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
        each[index][member] = member == "result" && value == "wrong" ? std::string("incorrect") : value;
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

std::string duration_of(const std::string& text) {
    static const std::regex iso(R"(P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+([.]\d+)?S)?)?)");
    static const std::regex clock(R"((\d{1,4}):(\d{1,2}):(\d{1,2}([.]\d{1,2})?))");
    if (text.size() > 64) return {};
    if (text.size() > 2 && std::regex_match(text, iso)) return text;
    std::smatch parts;
    if (!std::regex_match(text, parts, clock)) return {};
    const auto part = [&](std::size_t i) {
        const auto digits = parts[i].str();
        const auto from = digits.find_first_not_of('0');
        const auto cut = from == std::string::npos ? std::string{} : digits.substr(from);
        return cut.starts_with('.') ? "0" + cut : cut;
    };
    std::string out = "PT";
    if (const auto h = part(1); !h.empty()) out += h + "H";
    if (const auto m = part(2); !m.empty()) out += m + "M";
    if (const auto s = part(3); !s.empty() && s.find_first_not_of("0.") != std::string::npos) out += s + "S";
    return out == "PT" ? "PT0S" : out;
}

json sco_json(const std::string& identifier, const std::string& title, const Tracks& tracks) {
    const auto& e = tracks.elements;
    json out{{"id", identifier}};
    if (!title.empty()) out["title"] = title;
    const auto completion = first_of(e, {"cmi.completion_status"});
    const auto success = first_of(e, {"cmi.success_status"});
    if (completion.empty() && success.empty()) {
        status_12(first_of(e, {"cmi.core.lesson_status", "status"}), out);
    } else {
        status_2004(completion, success, out);
    }
    auto score = score_of(e, "cmi.score.");
    if (score.empty()) score = score_of(e, "cmi.core.score.");
    if (score.empty()) {
        if (const auto raw = number(first_of(e, {"score_raw"}))) score["raw"] = *raw;
    }
    if (!score.empty()) out["score"] = std::move(score);
    if (const auto time = duration_of(first_of(e, {"cmi.total_time", "cmi.core.total_time", "total_time"}));
        !time.empty())
        out["time"] = time;
    if (auto list = objectives(e); !list.empty()) out["objectives"] = std::move(list);
    if (auto list = interactions(e); !list.empty()) out["interactions"] = std::move(list);
    return out;
}

}  // namespace moodle
