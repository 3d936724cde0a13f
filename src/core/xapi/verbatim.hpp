// Statements as the client wrote them: member order, spelling of numbers and all. A store adds what it must
// at the end of the object and leaves the rest alone (xAPI 1.0.3 part 2, 2.3.1: statements are immutable).
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::xapi {

// Of a well-formed request body: the text of the one statement, or of each statement of the array.
std::vector<std::string_view> statement_slices(std::string_view body);

// What is stored of a statement: its text with what complete_statement() changed, and nothing else: the
// members that were missing stand at the end, those that the store sets itself (authority, stored) are
// replaced or gone, times that were brought to UTC and context activities that were no list are rewritten
// where they stand. The text is well-formed and has no member twice.
std::string stored_body(std::string_view text, const json& completed);

}  // namespace capbridge::xapi
