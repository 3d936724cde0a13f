// What the identity.* and person.* operations share: naming somebody, and writing decisions as one run. Any
// thread; the caller holds the turn.
#pragma once
#include <string>
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

// One run with all of the decisions; without any there is no run. Answers `out` with the run's number.
Result<ordered_json> decide(Bridge& bridge, const Caller& caller, const char* kind, std::string what,
                            std::vector<store::NewDecision> decisions, ordered_json out);

// A uuid, or an identifier as SCHEME:ISSUER:VALUE. The person whom they are after merges. Error "not_found".
Result<std::string> known_person(Bridge& bridge, const std::string& text, const char* parameter);

}  // namespace capbridge::engine
