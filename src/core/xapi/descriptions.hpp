// What statements tell about activities and agents, for the Activities and Agents resources (xAPI 1.0.3 part
// 3, 2.4 and 2.5; IEEE 9274.1.1, 4.1.6.3 and 4.1.6.4). Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::xapi {

struct ActivityDefinition {
    std::string id;          // the activity's IRI
    std::string definition;  // JSON object
};
// Every activity of the statement (object, context, SubStatement) that brings a definition; each IRI once.
std::vector<ActivityDefinition> definitions_of(const json& statement);
// What is known of an activity after `told` was heard: language maps and extensions are joined, the later
// word counts. Gives `known` itself when nothing is new. Both are JSON objects; "" is nothing known.
std::string merge_definition(std::string_view known, std::string_view told);

struct AgentName {
    std::string agent;  // Agent::key()
    std::string name;
};
// Names of the agents and identified groups of the statement; each pair once.
std::vector<AgentName> names_of(const json& statement);
// The Person object of an agent (1.0.3 part 3, 2.4): its identifier and the names it was given.
json person_of(const json& agent, const std::vector<std::string>& names);

}  // namespace capbridge::xapi
