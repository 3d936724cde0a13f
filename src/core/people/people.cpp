// People and assignments as payloads of decisions, and back. What is not known is left out, not written as
// "".
#include "core/people/people.hpp"

#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::people {
namespace {

void put(json& object, const char* member, const std::string& text) {
    if (!text.empty()) object[member] = text;
}

void put(json& object, const char* member, const std::optional<Day>& day) {
    if (day) object[member] = format_day(*day);
}

std::optional<Day> day_at(const json& object, const char* member) {
    return parse_day(get_string(object, member));
}

// The payload's list, or an empty one: payloads of older versions may lack it.
const json& list_at(const json& object, const char* member) {
    static const json none = json::array();
    const auto it = object.find(member);
    return it == object.end() || !it->is_array() ? none : *it;
}

}  // namespace

std::string identifier_key(const Identifier& identifier) {
    const bool is_address = identifier.scheme == "email" || identifier.scheme == "mbox";
    return identifier.scheme + '\x1f' + identifier.issuer + '\x1f' +
           (is_address ? lower_ascii(identifier.value) : identifier.value);
}

json to_json(const Person& person) {
    json out = {{"id", person.id}, {"identifiers", json::array()}, {"employments", json::array()}};
    put(out, "name", person.name);
    for (const auto& i : person.identifiers) {
        json item = {{"scheme", i.scheme}, {"value", i.value}};
        put(item, "issuer", i.issuer);
        put(item, "valid_from", i.valid_from);
        put(item, "valid_to", i.valid_to);
        out["identifiers"].push_back(std::move(item));
    }
    for (const auto& e : person.employments) {
        json item = json::object();
        put(item, "unit", e.unit);
        put(item, "staff_group", e.staff_group);
        put(item, "job_role", e.job_role);
        put(item, "position", e.position);
        put(item, "from", e.from);
        put(item, "to", e.to);
        out["employments"].push_back(std::move(item));
    }
    return out;
}

Person person_from_json(const json& payload) {
    Person out;
    out.id = get_string(payload, "id");
    out.name = get_string(payload, "name");
    for (const auto& i : list_at(payload, "identifiers")) {
        out.identifiers.push_back({get_string(i, "scheme"), get_string(i, "issuer"), get_string(i, "value"),
                                   day_at(i, "valid_from"), day_at(i, "valid_to")});
    }
    for (const auto& e : list_at(payload, "employments")) {
        out.employments.push_back({get_string(e, "unit"), get_string(e, "staff_group"),
                                   get_string(e, "job_role"), get_string(e, "position"), day_at(e, "from"),
                                   day_at(e, "to")});
    }
    return out;
}

json to_json(const Assignment& assignment) {
    json out = {{"person", assignment.person},
                {"archetype", assignment.archetype},
                {"state", state_text(assignment.state)}};
    put(out, "origin", assignment.origin);
    put(out, "from", assignment.from);
    put(out, "to", assignment.to);
    put(out, "decided_by", assignment.decided_by);
    return out;
}

Assignment assignment_from_json(const json& payload) {
    Assignment out;
    out.person = get_string(payload, "person");
    out.archetype = get_string(payload, "archetype");
    const auto state = get_string(payload, "state");
    out.state = state == "confirmed"  ? Assignment::State::confirmed
                : state == "rejected" ? Assignment::State::rejected
                                      : Assignment::State::proposed;
    out.origin = get_string(payload, "origin");
    out.from = day_at(payload, "from");
    out.to = day_at(payload, "to");
    out.decided_by = get_string(payload, "decided_by");
    return out;
}

std::string_view state_text(Assignment::State state) {
    switch (state) {
        case Assignment::State::proposed:
            return "proposed";
        case Assignment::State::confirmed:
            return "confirmed";
        case Assignment::State::rejected:
            return "rejected";
    }
    return "";
}

}  // namespace capbridge::people
