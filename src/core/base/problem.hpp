// Problem: one finding about a file that a person wrote (a framework, mapping, configuration) or sent (a
// statement). A check collects all of them, so that a person mends a file once, not once per mistake.
#pragma once
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge {

struct Problem {
    enum class Severity { error, warning };
    Severity severity = Severity::error;
    std::string code;
    std::string pointer;  // JSON pointer (RFC 6901); "" is the whole document
    std::string message;
    int line = 0;              // 1-based; 0 when unknown
    std::string section = {};  // of the specification that says so: "xAPI 1.0.3 part 2, 2.4.2"; may be empty

    // "mapping.json:12: /claims/0/level: unknown level 'mastery' [unknown_level]"; of the
    // whole document "mapping.json:1: 'id' is missing [schema]"
    [[nodiscard]] std::string text(const std::string& file) const;
};
using Problems = std::vector<Problem>;

bool has_errors(const Problems& problems);
std::string problems_text(const Problems& problems, const std::string& file);  // a line each
// The error of a refused document: code "invalid_document", the message lists every problem, a line each.
Error problems_error(const Problems& problems, const std::string& file);

}  // namespace capbridge
