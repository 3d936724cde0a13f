// What to do about a problem of the configuration: a sentence for each code, so that no finding leaves its
// reader alone. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"

namespace capbridge::cli {

struct Finding {
    std::string file;  // that has it: the configuration, or one that it names
    Problem problem = {};
    std::string remedy = {};
};

// By the problem's code; where none is known, the command that says what the member may hold.
std::string remedy_of(const Problem& problem);

// "file:12: /listen: ... [bad_address]" and below it "    what to do: ...".
std::string findings_text(const std::vector<Finding>& findings);
// [{severity, code, file, line, pointer, message, remedy}]
ordered_json findings_json(const std::vector<Finding>& findings);

}  // namespace capbridge::cli
