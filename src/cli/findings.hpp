// What a check of a source found, for a person: each finding with its class and what to do. Single-threaded.
#pragma once
#include "core/base/json.hpp"

namespace capbridge::cli {

// The answer of the operation source.check.
void print_findings(const ordered_json& checked);

}  // namespace capbridge::cli
