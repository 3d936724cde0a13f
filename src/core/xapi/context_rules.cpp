// The context of a statement (xAPI 1.0.3 part 2, 2.4.6; IEEE 9274.1.1, 4.2.2.5): who taught, in which team,
// with which other activities, agents and groups.
#include "core/xapi/statement_rules.hpp"

namespace capbridge::xapi {

void StatementRules::context(const json& value, const Place& at, std::string_view object_type) {
    const auto* members = object(value, at, section::context);
    if (members == nullptr) return;
    const auto& section = section::context;
    each(*members, at, section, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "registration") {
            uuid(member, here, section);
        } else if (name == "contextActivities") {
            context_activities(member, here);
        } else if (name == "instructor") {
            actor(member, here, Who::agent_or_group, section);
        } else if (name == "team") {
            actor(member, here, Who::group, section);
        } else if (name == "revision" || name == "platform") {
            string(member, here, section);
            if (object_type != "Activity")
                error("not_allowed", here, "only for statements about an activity", section);
        } else if (name == "language") {
            if (string(member, here, section) && !is_language_tag(text_of(member)))
                error("language", here, "is not a language tag", section);
        } else if (name == "statement") {
            statement_ref(member, here);
        } else if (name == "extensions") {
            extensions(member, here);
        } else if (name == "contextAgents" && is_2_0()) {
            context_actors(member, here, "contextAgent", "agent", Who::agent);
        } else if (name == "contextGroups" && is_2_0()) {
            context_actors(member, here, "contextGroup", "group", Who::group);
        } else {
            return false;
        }
        return true;
    });
}

void StatementRules::context_activities(const json& value, const Place& at) {
    const auto* members = object(value, at, section::context_activities);
    if (members == nullptr) return;
    each(*members, at, section::context_activities,
         [&](std::string_view name, const json& list, const Place& here) {
             if (name != "parent" && name != "grouping" && name != "category" && name != "other")
                 return false;
             const auto* activities = list.get_ptr<const json::array_t*>();
             if (activities == nullptr) {  // a single one, as version 0.95 had it
                 activity(list, here);
                 return true;
             }
             for (std::size_t i = 0; i < activities->size(); ++i) activity((*activities)[i], Place(here, i));
             return true;
         });
}

// contextAgents and contextGroups, which came with 2.0.
void StatementRules::context_actors(const json& value, const Place& at, const char* type, const char* member,
                                    Who who) {
    const auto& section = section::context;
    const auto* list = array(value, at, section);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Place each_at(at, i);
        const auto* members = object((*list)[i], each_at, section);
        if (members == nullptr) continue;
        each(*members, each_at, section, [&](std::string_view name, const json& part, const Place& here) {
            if (name == "objectType") {
                if (text_of(part) != type)
                    error("object_type", here, std::string("must be ") + type, section);
            } else if (name == member) {
                actor(part, here, who, section);
            } else if (name == "relevantTypes") {
                const auto* types = array(part, here, section);
                if (types == nullptr) return true;
                if (types->empty()) error("empty", here, "must name at least one type", section);
                for (std::size_t t = 0; t < types->size(); ++t) iri((*types)[t], Place(here, t), section);
            } else {
                return false;
            }
            return true;
        });
        if (!members->contains("objectType")) missing(each_at, "objectType", section);
        if (!members->contains(member)) missing(each_at, member, section);
    }
}

}  // namespace capbridge::xapi
