// A statement as a row for the journal: by what it is found, and what it says. Pure; any thread.
#pragma once
#include <optional>

#include "core/base/json.hpp"
#include "core/store/journal.hpp"

namespace capbridge::engine {

// `statement` is valid and has an id. The body is left to the caller, who may have the client's own text.
store::NewStatement read_new_statement(const json& statement);
// The same with a body, for a statement of our own making.
store::NewStatement new_statement(const json& statement);

// What the statement says about its actor and an activity; nothing when it says nothing of the kind, as a
// voiding statement does. `seq` and `statement` are left empty.
std::optional<store::NewFact> fact_of(const json& statement);
// The same of a stored body. Error "store_damaged" when it is no statement.
Result<std::optional<store::NewFact>> fact_of_body(std::string_view body);

}  // namespace capbridge::engine
