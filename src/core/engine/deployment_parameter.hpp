// What the operations about a deployment share. Internal to engine; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/competency/assurance.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

// The parameter "deployment", an id. Error "not_found".
Result<const competency::Deployment*> deployment_of(const competency::Rules& rules, const json& params);

// All answers in force to questions of any deployment, in order of record (ops_assurance.cpp).
std::vector<competency::Answer> answers_in_force(Bridge& bridge);

// What a deployment that was just published makes one doubt, in words: an unknown product or version, a unit
// in which nobody works, another deployment of the same (ops_deployment.cpp).
std::vector<std::string> deployment_warnings(Bridge& bridge, const competency::Rules& rules,
                                             std::string_view id);

}  // namespace capbridge::engine
