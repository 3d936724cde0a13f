// Teams in the engine: reading their members, and what their coverage adds to a matrix. Any thread; errors
// are those of the store.
#pragma once
#include "core/competency/team_coverage.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// Reads the members of the teams in the question's scope only, whatever the matrix was counted from.
void fill_teams(Bridge& bridge, const competency::Rules& rules, const competency::Question& question,
                ordered_json& matrix);

// A team's file may only name archetypes and requirements of the framework. Error "invalid_document".
Status check_team(const competency::Team& team, const framework::Framework& framework,
                  const std::string& name);
// What else is wrong with a team in force: a deployment that is not, members whom nobody is known by.
std::vector<std::string> team_warnings(Bridge& bridge, const competency::Rules& rules, std::string_view team);

}  // namespace capbridge::engine
