// What is left of a statement when the person whom it was about is erased (docs/privacy.md): its id, its verb
// and its activity, said of nobody. And what is left of the statements of others that name them. Every erased
// person has the same agent, so that nobody's trail can be told from another's. Pure; any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {

Agent erased_agent(std::string_view iri_base);
// Of any installation: what comes from another one is of nobody too.
bool is_erased(const Agent& agent);

// A stored statement out of which an erasure took something: said of nobody, or with a mark in it
// ("erased-N-...", engine/privacy/redaction.hpp).
bool has_lost(std::string_view body);

// A valid statement with the same id. A voiding statement goes on voiding.
json tombstone(const json& statement, std::string_view iri_base);

using IsTheirs = std::function<bool(const std::string& agent_key)>;
// Puts the erased agent in the place of each that is theirs, wherever it stands in the value (an extension
// may hold agents too). Gives how many there were.
std::size_t take_out_agents(json& value, const IsTheirs& theirs, std::string_view iri_base);

}  // namespace capbridge::xapi
