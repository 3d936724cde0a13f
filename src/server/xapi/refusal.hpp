// How an xAPI request is refused: as application/problem+json (RFC 9457) with every bad statement's index,
// JSON pointer, rule and section for clients that accept it, else as the plain {"code","message","where"} of
// the rest of the server. No content of a statement is quoted. Pure; any thread.
#pragma once
#include "core/base/problem.hpp"
#include "server/http.hpp"

namespace capbridge::server {

// Whether the Accept header names application/problem+json, and not with q=0.
bool accepts_problem(const Request& request);

// `many`: the request was a batch, so that a pointer begins with the statement's index.
Response refusal(bool as_problem, const Error& error, const Problems& problems = {}, bool many = false);

}  // namespace capbridge::server
