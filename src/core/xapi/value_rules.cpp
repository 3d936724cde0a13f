#include "core/xapi/value_rules.hpp"

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/xapi/iri.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::size_t most_problems = 200;  // of one statement; a hostile one could hold millions

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string Place::pointer() const {
    if (around == nullptr) return std::string(name);
    return index == no_index ? pointer_append(around->pointer(), name)
                             : pointer_append(around->pointer(), index);
}

bool is_language_tag(std::string_view tag) {
    if (tag.size() > 64) return false;
    std::size_t part = 0, parts = 0;
    bool private_use = false;  // "x-whatever" and "i-klingon" begin with a single letter
    for (std::size_t i = 0; i <= tag.size(); ++i) {
        if (i == tag.size() || tag[i] == '-') {
            if (part == 0 || part > 8) return false;
            if (parts == 0 && part == 1) {
                const char c = tag[i - 1];
                if (c != 'x' && c != 'X' && c != 'i' && c != 'I') return false;
                private_use = true;
            }
            part = 0;
            ++parts;
            continue;
        }
        if (!letter(tag[i]) && (parts == 0 || tag[i] < '0' || tag[i] > '9')) return false;
        ++part;
    }
    return !private_use || parts > 1;
}

void ValueRules::error(const char* code, const Place& at, std::string message, const Section& section) {
    if (problems.size() >= most_problems) return;
    std::string place = is_2_0() ? "IEEE 9274.1.1, " : "xAPI 1.0.3 part 2, ";
    place += is_2_0() ? section.v2_0 : section.v1_0_3;
    problems.push_back(
        {Problem::Severity::error, code, at.pointer(), std::move(message), 0, std::move(place)});
}

void ValueRules::missing(const Place& at, const char* member, const Section& section) {
    error("missing", at, std::string("needs the member '") + member + "'", section);
}

void ValueRules::unknown(const std::string& name, const Place& at, const Section& section) {
    error("unknown_member", at, "'" + name + "' is not a member here", section);
}

const Members* ValueRules::object(const json& value, const Place& at, const Section& section) {
    const auto* members = value.get_ptr<const Members*>();
    if (members == nullptr) error("type", at, "must be an object", section);
    return members;
}

const json::array_t* ValueRules::array(const json& value, const Place& at, const Section& section) {
    const auto* elements = value.get_ptr<const json::array_t*>();
    if (elements == nullptr) error("type", at, "must be an array", section);
    return elements;
}

bool ValueRules::string(const json& value, const Place& at, const Section& section) {
    if (value.is_string()) return true;
    error("type", at, "must be a string", section);
    return false;
}

void ValueRules::boolean(const json& value, const Place& at, const Section& section) {
    if (!value.is_boolean()) error("type", at, "must be true or false", section);
}

void ValueRules::iri(const json& value, const Place& at, const Section& section) {
    if (string(value, at, section) && !is_iri(text_of(value)))
        error("iri", at, "must be an absolute IRI", section);
}

void ValueRules::uuid(const json& value, const Place& at, const Section& section) {
    if (string(value, at, section) && !is_uuid(text_of(value))) error("uuid", at, "must be a UUID", section);
}

void ValueRules::instant(const json& value, const Place& at, const Section& section) {
    if (string(value, at, section) && !parse_instant(text_of(value)))
        error("timestamp", at, "must be an ISO 8601 timestamp", section::time);
}

void ValueRules::language_map(const json& value, const Place& at) {
    const auto* members = object(value, at, section::language_map);
    if (members == nullptr) return;
    for (const auto& [tag, text] : *members) {
        const Place here(at, tag);
        if (!is_language_tag(tag))
            error("language", here, "'" + tag + "' is not a language tag", section::language_map);
        string(text, here, section::language_map);
    }
}

void ValueRules::extensions(const json& value, const Place& at) {
    const auto* members = object(value, at, section::extensions);
    if (members == nullptr) return;
    for (const auto& [name, member] : *members) {
        if (!is_iri(name))
            error("iri", Place(at, name), "an extension's key must be an IRI", section::extensions);
    }
}

}  // namespace capbridge::xapi
