// Members of a statement's objects, and the places where agents and activities stand in one (xAPI 1.0.3 part
// 2, 2.4; IEEE 9274.1.1, 4.2.2). Internal to this folder; nothing here throws, whatever the JSON is. `Json`
// is json or const json.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/json.hpp"

namespace capbridge::xapi {

// The member, or nullptr when there is none or the value is no object.
template <class Json>
Json* member_of(Json& value, std::string_view name) {
    if (!value.is_object()) return nullptr;
    const auto it = value.find(name);
    return it != value.end() ? &*it : nullptr;
}

// A string's text; "" of anything else.
inline std::string_view text_of(const json& value) {
    const auto* text = value.get_ptr<const json::string_t*>();
    return text != nullptr ? std::string_view(*text) : std::string_view();
}
inline std::string_view text_of(const json& value, std::string_view name) {
    const auto* member = member_of(value, name);
    return member != nullptr ? text_of(*member) : std::string_view();
}

// A missing objectType has a default; one that is no string is none at all.
inline std::string_view type_of(const json& value, std::string_view otherwise) {
    const auto* type = member_of(value, "objectType");
    return type != nullptr ? text_of(*type) : otherwise;
}

// Elements of a list, or the value itself where one may stand for a list.
template <class Json, class Visit>
void each_of(Json& list, Visit&& visit) {
    if (!list.is_array()) return visit(list);
    for (auto& element : list) visit(element);
}

// Calls visit(agent, direct) for each Agent and Group of the statement and of the SubStatement in it, not for
// the members of a Group. Direct are those that the statement itself is by or about; the others are related.
template <class Json, class Visit>
void walk_agents(Json& statement, Visit&& visit, bool inner = false) {
    if (auto* actor = member_of(statement, "actor")) visit(*actor, !inner);
    if (auto* authority = member_of(statement, "authority")) visit(*authority, false);
    if (auto* object = member_of(statement, "object")) {
        const auto type = type_of(*object, "Activity");
        if (type == "Agent" || type == "Group") {
            visit(*object, !inner);
        } else if (type == "SubStatement" && !inner) {
            walk_agents(*object, visit, true);
        }
    }
    auto* context = member_of(statement, "context");
    if (context == nullptr) return;
    for (const std::string_view name : {"instructor", "team"}) {
        if (auto* who = member_of(*context, name)) visit(*who, false);
    }
    using Names = std::pair<std::string_view, std::string_view>;
    for (const auto& [list, name] : {Names{"contextAgents", "agent"}, Names{"contextGroups", "group"}}) {
        auto* entries = member_of(*context, list);
        if (entries == nullptr || !entries->is_array()) continue;
        for (auto& entry : *entries) {
            if (auto* who = member_of(entry, name)) visit(*who, false);
        }
    }
}

// Calls visit(activity, direct) for each activity; direct is the object of the statement itself.
template <class Json, class Visit>
void walk_activities(Json& statement, Visit&& visit, bool inner = false) {
    if (auto* object = member_of(statement, "object")) {
        const auto type = type_of(*object, "Activity");
        if (type == "Activity") {
            visit(*object, !inner);
        } else if (type == "SubStatement" && !inner) {
            walk_activities(*object, visit, true);
        }
    }
    auto* context = member_of(statement, "context");
    if (context == nullptr) return;
    auto* lists = member_of(*context, "contextActivities");
    if (lists == nullptr || !lists->is_object()) return;
    for (auto& list : *lists) each_of(list, [&](Json& activity) { visit(activity, false); });
}

// The statement, and the SubStatement in it.
template <class Json, class Visit>
void walk_statements(Json& statement, Visit&& visit) {
    visit(statement);
    if (auto* object = member_of(statement, "object"); object != nullptr)
        if (type_of(*object, "Activity") == "SubStatement") visit(*object);
}

}  // namespace capbridge::xapi
