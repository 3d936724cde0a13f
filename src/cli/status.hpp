// What `capbridge status` finds wrong, from the answers of the operation "status" and of the daemon itself.
// Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace capbridge::cli {

struct StatusFinding {
    bool is_problem = true;  // else it works, and wants a look
    std::string code, message, remedy;
};
// `daemon` is null where none answers.
std::vector<StatusFinding> status_findings(const ordered_json& status, const ordered_json& daemon,
                                           Instant now);

// "3 days", "5 hours", "just now": between two moments, for people.
std::string span_text(Instant from, Instant to);
std::string bytes_text(std::uint64_t bytes);  // "1.2 GiB"

}  // namespace capbridge::cli
