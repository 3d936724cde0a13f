// The parameters of a named operation as a call over HTTP gives them: in the address for a question, in a
// JSON body for a change; what the path names goes before both. Errors "unknown_parameter",
// "duplicate_parameter", "bad_parameter" and those of parse_json. Pure; any thread.
#pragma once
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "server/router.hpp"

namespace capbridge::server {

// `takes`: the names that the question knows; how a value is read (day, true or false, number, text) follows
// from its name. valid_at is another name of as_of.
Result<json> query_parameters(const Call& call, const std::vector<std::string_view>& takes);
// The body is an object, or nothing.
Result<json> body_parameters(const Call& call, const JsonLimits& limits);

}  // namespace capbridge::server
