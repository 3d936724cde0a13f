#include "moodle/award.hpp"

#include <algorithm>

#include "common/answer.hpp"
#include "moodle/accounts.hpp"

namespace moodle {
namespace {

using plugins::text_of;

constexpr std::size_t kNoteAtMost = 2000;

[[noreturn]] void rejected(const std::string& why) {
    throw bridge::Failure{BRIDGE_REJECTED, why};
}

std::int64_t whole(const json& object, const char* member) {
    const auto it = object.is_object() ? object.find(member) : object.end();
    return object.is_object() && it != object.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

// Moodle refuses notes with tags, and what only looks like one.
std::string plain(std::string text) {
    for (auto& c : text) {
        if (c == '<') c = '(';
        if (c == '>') c = ')';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return text;
}

std::string note_of(const json& record, const std::string& marker) {
    auto note = marker;
    if (const auto text = plain(text_of(record, "note")); !text.empty()) note += " " + text;
    for (const auto& one : record.value("evidence", json::array())) {
        for (const auto* member : {"title", "url"}) {
            if (const auto text = plain(text_of(one, member)); !text.empty()) note += " " + text;
        }
    }
    if (note.size() <= kNoteAtMost) return note;
    auto end = kNoteAtMost;
    while (end > 0 && (static_cast<unsigned char>(note[end]) & 0xC0) == 0x80) --end;
    return note.substr(0, end);
}

std::string user_of(const Settings& settings, const Service& service, const json& record,
                    const bridge::Call& call) {
    std::vector<Wanted> wanted;
    for (const auto& one : record.value("who", json::array()))
        wanted.push_back({text_of(one, "scheme"), text_of(one, "issuer"), text_of(one, "value")});
    const auto found = find_accounts(settings, service, wanted, call);
    std::string id;
    for (const auto& one : found) {
        if (one.match == Match::several)
            rejected("Several Moodle accounts share an identifier of this person.");
        if (one.match != Match::one) continue;
        if (!id.empty() && id != one.person.id)
            rejected("The identifiers of this person lead to different Moodle accounts.");
        id = one.person.id;
    }
    if (id.empty()) throw bridge::Failure{BRIDGE_NOT_FOUND, "Moodle has no account of this person."};
    return id;
}

std::string competency_of(const Service& service, const json& record) {
    const auto wanted = record.value("competency", json::object());
    if (const auto id = text_of(wanted, "id"); !id.empty()) return id;
    const auto idnumber = text_of(wanted, "idnumber");
    if (idnumber.empty()) rejected("The record does not name a competency.");
    Form form;
    form.add("filters[0][column]", "idnumber").add("filters[0][value]", idnumber);
    const auto framework = text_of(wanted, "framework");
    if (!framework.empty())
        form.add("filters[1][column]", "competencyframeworkid").add("filters[1][value]", framework);
    const auto list = service.call("core_competency_list_competencies", form, "the competencies");
    std::vector<std::string> ids;
    if (list.is_array()) {
        for (const auto& c : list) {
            if (text_of(c, "idnumber") == idnumber) ids.push_back(text_of(c, "id"));
        }
    }
    if (ids.empty()) throw bridge::Failure{BRIDGE_NOT_FOUND, "Moodle has no competency of that ID number."};
    if (ids.size() > 1)
        rejected("Several frameworks in Moodle have a competency of that ID number: name the framework.");
    return ids.front();
}

std::string course_of(const Service& service, const json& record) {
    const auto course = record.value("course", json::object());
    if (const auto id = text_of(course, "id"); !id.empty()) return id;
    for (const auto field : {CourseField::idnumber, CourseField::shortname}) {
        const auto value = text_of(course, name_of(field));
        if (value.empty()) continue;
        const auto found = find_courses(service, {{field, value}});
        if (found.empty())
            throw bridge::Failure{BRIDGE_NOT_FOUND, "Moodle does not have the course of the record."};
        return found.front().id;
    }
    return {};
}

// The scale of the competency, else that of its framework: [{"scaleid":"3"},{"id":2,"scaledefault":1,...}].
std::int64_t default_grade(const json& summary) {
    const auto competency = summary.value("competency", json::object());
    const auto scale = json::parse(text_of(competency, "scaleconfiguration"), nullptr, false);
    if (scale.is_array()) {
        for (const auto& value : scale) {
            if (whole(value, "scaledefault") == 1) return whole(value, "id");
        }
    }
    rejected("The record has no grade, and the competency's scale has no default.");
}

std::string receipt(std::int64_t evidence, const std::string& user, const std::string& competency,
                    std::int64_t grade) {
    return json{{"evidence_id", evidence},
                {"user_id", std::stoll(user)},
                {"competency_id", std::stoll(competency)},
                {"grade", grade}}
        .dump();
}

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 18 && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::string marker_of(std::string_view key) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out = "bridge:";
    for (const char c : key) {
        const auto u = static_cast<unsigned char>(c);
        const bool plain_one = (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') ||
                               std::string_view("-_.:|/@").find(c) != std::string_view::npos;
        if (plain_one) {
            out += c;
        } else {
            out += '%';
            out += hex[u >> 4];
            out += hex[u & 15];
        }
    }
    return out;
}

bool has_marker(const std::string& note, const std::string& marker) {
    for (auto at = note.find(marker); at != std::string::npos; at = note.find(marker, at + 1)) {
        const auto end = at + marker.size();
        const bool begins = at == 0 || note[at - 1] == ' ';
        if (begins && (end == note.size() || note[end] == ' ')) return true;
    }
    return false;
}

std::string push_award(const Settings& settings, const Service& service, std::string_view key,
                       std::string_view record_json, std::string_view previous_json,
                       const bridge::Call& call) {
    const auto record = json::parse(record_json, nullptr, false);
    if (!record.is_object()) rejected("The record is no object.");
    auto grade = whole(record, "grade");
    if (const auto digits = text_of(record, "grade"); grade == 0 && is_number(digits))
        grade = std::stoll(digits);
    if (record.contains("grade") && grade < 1) rejected("The grade must be a position in the scale, from 1.");
    const auto previous = json::parse(previous_json.empty() ? "null" : previous_json, nullptr, false);

    const auto user = user_of(settings, service, record, call);
    const auto competency = competency_of(service, record);
    if (!is_number(user) || !is_number(competency)) rejected("The competency's id is no number.");
    Form who;
    who.add("userid", user).add("competencyid", competency);
    const auto summary =
        service.call("tool_lp_data_for_user_competency_summary", who, "the state of the competency");
    if (grade == 0) grade = default_grade(summary);

    // What an earlier push wrote, whether its receipt arrived or not. Another grade under the same key is
    // news.
    const auto marker = marker_of(key);
    const auto known = whole(previous, "grade") == grade ? whole(previous, "evidence_id") : 0;
    const auto evidence = summary.value("evidence", json::array());
    if (evidence.is_array()) {
        for (const auto& one : evidence) {
            const auto id = whole(one, "id");
            const bool ours = (known != 0 && id == known) || has_marker(text_of(one, "note"), marker);
            if (ours && whole(one, "grade") == grade) return receipt(id, user, competency, grade);
        }
    }

    const auto course = course_of(service, record);
    auto form = who;
    form.add("grade", grade).add("note", note_of(record, marker));
    if (!course.empty()) form.add("courseid", course);
    const auto* const function =
        course.empty() ? "core_competency_grade_competency" : "core_competency_grade_competency_in_course";
    const auto written = service.call(function, form, "the rating of a competency", Effect::writes);
    // Written it is: the next try finds the marker, and the id with it.
    if (whole(written, "id") == 0)
        throw bridge::Failure{BRIDGE_RETRY, "Moodle did not say which evidence it made of the rating."};
    return receipt(whole(written, "id"), user, competency, grade);
}

}  // namespace moodle
