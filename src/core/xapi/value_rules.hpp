// What every member of a statement is checked with: types, IRIs, UUIDs, timestamps, language maps,
// extensions. Internal to validate.cpp, which knows where each of them stands. One thread.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/xapi/iri.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {

using Names = std::initializer_list<std::string_view>;

inline bool is_language_tag(std::string_view tag) {  // RFC 5646, by its shape
    if (tag.empty() || tag.size() > 35) return false;
    std::size_t part = 0;
    bool first = true;
    for (std::size_t i = 0; i <= tag.size(); ++i) {
        if (i == tag.size() || tag[i] == '-') {
            if (part == 0 || part > 8) return false;
            part = 0;
            first = false;
            continue;
        }
        const char c = tag[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (first || c < '0' || c > '9')) return false;
        ++part;
    }
    return true;
}

class ValueRules {
public:
    Problems problems;

protected:
    void error(std::string code, std::string at, const std::string& message, std::string_view section) {
        problems.push_back({Problem::Severity::error, std::move(code), std::move(at),
                            message + " (xAPI 1.0.3 part 2, " + std::string(section) + ")", 0});
    }

    bool object(const json& value, const std::string& at, std::string_view section) {
        if (value.is_object()) return true;
        error("type", at, "must be an object", section);
        return false;
    }

    bool need(const json& value, const char* member, const std::string& at, std::string_view section) {
        if (value.contains(member)) return true;
        error("missing", at, std::string("needs the member '") + member + "'", section);
        return false;
    }

    void members(const json& value, const std::string& at, Names allowed, std::string_view section) {
        for (const auto& [name, member] : value.items()) {
            if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
                error("unknown_member", pointer_append(at, name), "'" + name + "' is not a member here",
                      section);
            } else if (member.is_null()) {
                error("null", pointer_append(at, name), "must not be null", "2.2");
            }
        }
    }

    // A missing objectType has a default; one that is no string matches none.
    static std::string type_of(const json& value, std::string_view otherwise) {
        return value.is_object() && value.contains("objectType") ? get_string(value, "objectType")
                                                                 : std::string(otherwise);
    }

    bool string(const json& value, const std::string& at, std::string_view section) {
        if (value.is_string()) return true;
        error("type", at, "must be a string", section);
        return false;
    }

    void iri(const json& value, const std::string& at, std::string_view section) {
        if (string(value, at, section) && !is_iri(value.get_ref<const std::string&>()))
            error("iri", at, "must be an absolute IRI", section);
    }

    void uuid(const json& value, const std::string& at, std::string_view section) {
        if (string(value, at, section) && !is_uuid(value.get_ref<const std::string&>()))
            error("uuid", at, "must be a UUID", section);
    }

    void instant(const json& value, const std::string& at) {
        if (string(value, at, "2.4.7") && !parse_instant(value.get_ref<const std::string&>())) {
            error("timestamp", at, "must be an ISO 8601 timestamp", "4.5");
        }
    }

    void boolean(const json& value, const std::string& at, std::string_view section) {
        if (!value.is_boolean()) error("type", at, "must be true or false", section);
    }

    void language_map(const json& value, const std::string& at) {
        if (!object(value, at, "4.2")) return;
        for (const auto& [tag, text] : value.items()) {
            if (!is_language_tag(tag))
                error("language", pointer_append(at, tag), "'" + tag + "' is not a language tag", "4.2");
            string(text, pointer_append(at, tag), "4.2");
        }
    }

    void extensions(const json& value, const std::string& at) {
        if (!object(value, at, "4.1")) return;
        for (const auto& [name, member] : value.items()) {
            if (!is_iri(name))
                error("iri", pointer_append(at, name), "an extension's key must be an IRI", "4.1");
        }
    }
};

}  // namespace capbridge::xapi
