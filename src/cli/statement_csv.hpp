// Statements as CSV: a row each, agents as their identifier's key. For a spreadsheet or a statistics package;
// what does not fit into the columns (extensions, context activities, members of groups with an identifier)
// is in the JSONL export only. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace capbridge::cli {

std::string statement_csv_header();  // with its line's end
// `statement` as a reader gets it; `voided_by` is the id of the voiding statement, or "".
std::string statement_csv_line(const json& statement, std::string_view voided_by);

}  // namespace capbridge::cli
