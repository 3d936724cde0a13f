// Parts of the commands about evidence by people. Single-threaded; standard output.
#pragma once
#include <string>

#include "cli/commands.hpp"
#include "core/base/json.hpp"

namespace capbridge::cli {

void add_said(CLI::App& root, Run& run);  // attest-list, waive-list

// Of a cohort, or of one person when `file` is empty: what was written, or would be, and what was left out.
// Rows that were left out make the exit code 2.
void print_said(const ordered_json& answer, const std::string& done, const std::string& file, Run& run);

}  // namespace capbridge::cli
