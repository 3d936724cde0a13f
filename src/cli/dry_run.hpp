// How a dry run of a change of the rules is shown: who gains and who loses, and where. Single-threaded;
// standard output.
#pragma once
#include "core/base/json.hpp"

namespace capbridge::cli {

void print_comparison(const ordered_json& answer);

}  // namespace capbridge::cli
