// The version header of xAPI (1.0.3 part 3, 3.3; IEEE 9274.1.1, 4.1.3). Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::server {

// What we answer with: the latest patch of the line that was asked for, and of 2.0 where that is unclear.
std::string xapi_answer_version(std::string_view asked);
// Error "bad_version" when it is missing or is neither 1.0.x nor 2.0.x.
Status check_xapi_version(std::string_view asked);

}  // namespace capbridge::server
