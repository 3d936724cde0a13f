// The object of a statement (xAPI 1.0.3 part 2, 2.4.4; IEEE 9274.1.1, 4.2.2.3): activities, agents,
// references, SubStatements; interactions.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/xapi/statement_rules.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::array<std::string_view, 10> interaction_types{
    "true-false",  "choice",     "fill-in", "long-fill-in", "matching",
    "performance", "sequencing", "likert",  "numeric",      "other"};

bool is_component_list(std::string_view name) {
    return name == "choices" || name == "scale" || name == "source" || name == "target" || name == "steps";
}

}  // namespace

void StatementRules::object_of(const json& value, const Place& at, bool inner) {
    const auto* members = object(value, at, section::object);
    if (members == nullptr) return;
    const auto type = type_of(value, "Activity");
    if (type == "Activity") {
        activity(value, at);
    } else if (type == "Agent" || type == "Group") {
        actor(value, at, Who::agent_or_group, section::agent_object);
    } else if (type == "StatementRef") {
        statement_ref(value, at);
    } else if (type == "SubStatement" && !inner) {
        sub_statement(*members, at);
    } else {
        error("object_type", Place(at, "objectType"),
              inner && type == "SubStatement" ? "a SubStatement must not hold another"
                                              : "is not an object type",
              section::object);
    }
}

void StatementRules::activity(const json& value, const Place& at) {
    const auto* members = object(value, at, section::activity);
    if (members == nullptr) return;
    bool has_id = false;
    each(*members, at, section::activity, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "id") {
            has_id = true;
            iri(member, here, section::activity);
        } else if (name == "objectType") {
            if (text_of(member) != "Activity")
                error("object_type", here, "must be Activity", section::activity);
        } else if (name == "definition") {
            definition(member, here);
        } else {
            return false;
        }
        return true;
    });
    if (!has_id) missing(at, "id", section::activity);
}

void StatementRules::definition(const json& value, const Place& at) {
    const auto* members = object(value, at, section::activity);
    if (members == nullptr) return;
    bool has_type = false, has_parts = false;
    each(*members, at, section::activity, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "name" || name == "description") {
            language_map(member, here);
        } else if (name == "type" || name == "moreInfo") {
            iri(member, here, section::activity);
        } else if (name == "extensions") {
            extensions(member, here);
        } else if (name == "interactionType") {
            has_type = true;
            interaction_type(member, here);
        } else if (name == "correctResponsesPattern") {
            has_parts = true;
            correct_responses(member, here);
        } else if (is_component_list(name)) {
            has_parts = true;
            components(member, here);
        } else {
            return false;
        }
        return true;
    });
    if (has_parts && !has_type)
        error("missing", at, "interaction parts need an interactionType", section::activity);
}

void StatementRules::interaction_type(const json& value, const Place& at) {
    const auto type = text_of(value);
    if (std::find(interaction_types.begin(), interaction_types.end(), type) == interaction_types.end())
        error("interaction_type", at, "is not an interaction type", section::activity);
}

void StatementRules::correct_responses(const json& value, const Place& at) {
    const auto* list = value.get_ptr<const json::array_t*>();
    if (list == nullptr ||
        !std::all_of(list->begin(), list->end(), [](const json& pattern) { return pattern.is_string(); }))
        error("type", at, "must be an array of strings", section::activity);
}

void StatementRules::components(const json& value, const Place& at) {
    const auto* list = array(value, at, section::activity);
    if (list == nullptr) return;
    std::unordered_set<std::string_view> ids;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Place each_at(at, i);
        const auto* members = object((*list)[i], each_at, section::activity);
        if (members == nullptr) continue;
        bool has_id = false;
        each(*members, each_at, section::activity,
             [&](std::string_view name, const json& member, const Place& here) {
                 if (name == "id") {
                     has_id = true;
                     if (string(member, here, section::activity) && !ids.insert(text_of(member)).second)
                         error("duplicate", here, "component ids must differ", section::activity);
                 } else if (name == "description") {
                     language_map(member, here);
                 } else {
                     return false;
                 }
                 return true;
             });
        if (!has_id) missing(each_at, "id", section::activity);
    }
}

void StatementRules::statement_ref(const json& value, const Place& at) {
    const auto* members = object(value, at, section::inner_statement);
    if (members == nullptr) return;
    bool has_id = false, has_type = false;
    each(*members, at, section::inner_statement,
         [&](std::string_view name, const json& member, const Place& here) {
             if (name == "id") {
                 has_id = true;
                 uuid(member, here, section::inner_statement);
             } else if (name == "objectType") {
                 has_type = true;
                 if (text_of(member) != "StatementRef")
                     error("object_type", here, "must be StatementRef", section::inner_statement);
             } else {
                 return false;
             }
             return true;
         });
    if (!has_id) missing(at, "id", section::inner_statement);
    if (!has_type)
        error("object_type", Place(at, "objectType"), "must be StatementRef", section::inner_statement);
}

}  // namespace capbridge::xapi
