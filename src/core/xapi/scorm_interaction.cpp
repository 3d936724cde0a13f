#include "core/xapi/scorm_interaction.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::xapi {
namespace {

using namespace std::string_view_literals;

constexpr std::array types{"true-false"sv, "choice"sv,      "fill-in"sv,    "long-fill-in"sv, "likert"sv,
                           "matching"sv,   "performance"sv, "sequencing"sv, "numeric"sv,      "other"sv};

std::string read_type(const json& from, const std::string& where, LeftOuts& left_out) {
    const auto word = cmi_word(get_string(from, "type"));
    if (word.empty()) return {};
    for (const auto type : types) {
        if (cmi_word(type) == word) return std::string(type);
    }
    left_out.push_back({where + "/type", "is no type of interaction of SCORM"});
    return {};
}

// Of a text or a number: LMSs write both.
std::string text_in(const json& from, const char* member) {
    const auto it = from.find(member);
    if (it == from.end()) return {};
    if (it->is_string()) return trim(it->get_ref<const std::string&>());
    return it->is_number() || it->is_boolean() ? it->dump() : std::string();
}

std::string first_text(const json& from, std::initializer_list<const char*> members) {
    for (const auto* member : members) {
        if (auto text = text_in(from, member); !text.empty()) return text;
    }
    return {};
}

bool has_delimiters(std::string_view text) {
    return text.find("[,]") != std::string_view::npos || text.find("[.]") != std::string_view::npos ||
           text.find("[:]") != std::string_view::npos;
}

// 1.2: "a,b", "{a,b}"; in pairs "1.a,2.c".
std::string of_list_12(std::string_view text, bool pairs) {
    if (text.size() > 1 && text.front() == '{' && text.back() == '}') text = text.substr(1, text.size() - 2);
    std::string out;
    for (const auto& part : split(text, ',')) {
        auto item = trim(part);
        if (item.empty()) continue;
        if (pairs) {
            if (const auto point = item.find('.'); point != std::string::npos) item.replace(point, 1, "[.]");
        }
        if (!out.empty()) out += "[,]";
        out += item;
    }
    return out;
}

void read_result(const json& from, const std::string& where, Interaction& into, LeftOuts& left_out) {
    const auto it = from.find("result");
    if (it == from.end() || it->is_null()) return;
    const auto word = it->is_string() ? cmi_word(it->get_ref<const std::string&>()) : std::string("?");
    if (word.empty() || word == "neutral" || word == "unanticipated" || word == "unknown") return;
    if (word == "correct" || word == "incorrect" || word == "wrong") {
        into.success = word == "correct";
    } else if (const auto number = cmi_number(*it)) {
        into.score.raw = number;
    } else {
        left_out.push_back({where + "/result", "is no word of SCORM for it, and no number"});
    }
}

// A time of day alone (1.2) says on no day: the attempt's own time stands then. Without an offset the zone is
// not known, and what is left is the day.
void read_when(const json& from, const std::string& where, Interaction& into, LeftOuts& left_out) {
    const auto text = first_text(from, {"timestamp", "time"});
    const auto digits = static_cast<std::size_t>(std::count_if(
        text.begin(), text.begin() + std::min<std::ptrdiff_t>(4, static_cast<std::ptrdiff_t>(text.size())),
        [](char c) { return c >= '0' && c <= '9'; }));
    if (text.empty() || text.find(':') < 5) return;
    if (digits == 4 && text.size() >= 10) {
        const auto offset = text.find_first_of("Zz+-", 10);
        // 2004 lets an offset be hours alone.
        const bool hours = offset != std::string::npos && text.size() - offset == 3;
        if (offset != std::string::npos) into.occurred = parse_when(hours ? text + ":00" : text);
        if (!into.occurred) into.occurred = parse_when(std::string_view(text).substr(0, 10));
        if (into.occurred) return;
    }
    left_out.push_back({where + "/timestamp", "is no time of SCORM"});
}

void read_patterns(const json& from, Edition edition, Interaction& into) {
    const auto list = from.find("correct_responses");
    if (list == from.end() || !list->is_array()) return;
    for (const auto& one : *list) {
        const auto text = one.is_string() ? trim(one.get_ref<const std::string&>())
                                          : (one.is_object() ? text_in(one, "pattern") : std::string());
        if (!text.empty()) into.said.patterns.push_back(xapi_response(text, into.said.type, edition));
    }
}

}  // namespace

std::string xapi_response(const std::string& text, std::string_view type, Edition edition) {
    if (type == "true-false") {
        const auto word = cmi_word(text);
        if (word == "true" || word == "t" || word == "1") return "true";
        if (word == "false" || word == "f" || word == "0") return "false";
        return text;
    }
    const bool list = type == "choice" || type == "sequencing", pairs = type == "matching";
    if ((!list && !pairs) || edition == Edition::v2004 || has_delimiters(text)) return text;
    return of_list_12(text, pairs);
}

Interaction read_interaction(const json& from, Edition edition, const std::string& where,
                             LeftOuts& left_out) {
    Interaction out;
    if (!from.is_object()) return out;
    out.id = text_in(from, "id");
    if (out.id.empty()) return out;
    out.said.type = read_type(from, where, left_out);
    out.said.description = text_in(from, "description");
    out.said.response =
        xapi_response(first_text(from, {"learner_response", "student_response"}), out.said.type, edition);
    read_patterns(from, edition, out);
    read_result(from, where, out, left_out);
    if (const auto latency = from.find("latency");
        latency != from.end() && !text_in(from, "latency").empty()) {
        if (auto duration = cmi_duration(*latency)) {
            out.duration = std::move(*duration);
        } else {
            left_out.push_back({where + "/latency", "is no duration of SCORM or ISO 8601"});
        }
    }
    read_when(from, where, out, left_out);
    return out;
}

}  // namespace capbridge::xapi
