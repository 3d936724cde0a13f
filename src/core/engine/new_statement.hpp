// A statement of our own making as a row for the journal. Pure; any thread.
#pragma once
#include "core/base/json.hpp"
#include "core/store/journal.hpp"

namespace capbridge::engine {

// `statement` is valid and has an id.
store::NewStatement new_statement(const json& statement);

}  // namespace capbridge::engine
