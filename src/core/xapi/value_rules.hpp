// What every member of a statement is checked with: types, IRIs, UUIDs, timestamps, language maps,
// extensions; and how a breach is told. Internal to the rules of the statement, which know where each of them
// stands. The usual statement is sound, so nothing is built for it: a place in the document is a chain on the
// stack, and becomes a JSON pointer only when there is a problem. One thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/xapi/members.hpp"
#include "core/xapi/sections.hpp"

namespace capbridge::xapi {

// A value's place: the one around it, and the member's name or the element's index.
struct Place {
    const Place* around = nullptr;
    std::string_view name;  // of the outermost: a JSON pointer
    std::size_t index = no_index;
    static constexpr std::size_t no_index = static_cast<std::size_t>(-1);

    explicit Place(std::string_view root) : name(root) {}
    Place(const Place& up, std::string_view member) : around(&up), name(member) {}
    Place(const Place& up, std::size_t element) : around(&up), index(element) {}
    [[nodiscard]] std::string pointer() const;
};

using Members = json::object_t;

bool is_language_tag(std::string_view tag);  // RFC 5646, by the lengths of its parts

class ValueRules {
public:
    explicit ValueRules(Version version) : version_(version) {}
    Problems problems;

protected:
    void error(const char* code, const Place& at, std::string message, const Section& section);
    [[nodiscard]] bool is_2_0() const { return version_ == Version::v2_0; }
    [[nodiscard]] Version version() const { return version_; }

    // The members when it is an object, else a problem.
    const Members* object(const json& value, const Place& at, const Section& section);
    const json::array_t* array(const json& value, const Place& at, const Section& section);
    bool string(const json& value, const Place& at, const Section& section);
    void boolean(const json& value, const Place& at, const Section& section);
    void iri(const json& value, const Place& at, const Section& section);
    void uuid(const json& value, const Place& at, const Section& section);
    void instant(const json& value, const Place& at, const Section& section);
    void language_map(const json& value, const Place& at);
    void extensions(const json& value, const Place& at);
    void missing(const Place& at, const char* member, const Section& section);

    // Calls handle(name, value, place) for each member, which says whether the name is one that may stand
    // here. Null is allowed nowhere but in extensions.
    template <class Handle>
    void each(const Members& members, const Place& at, const Section& section, Handle&& handle) {
        for (const auto& [name, value] : members) {
            const Place here(at, name);
            if (value.is_null()) {
                error("null", here, "must not be null", section::format);
            } else if (!handle(std::string_view(name), value, here)) {
                unknown(name, here, section);
            }
        }
    }

private:
    void unknown(const std::string& name, const Place& at, const Section& section);

    Version version_;
};

}  // namespace capbridge::xapi
