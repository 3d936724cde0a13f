// The Alternate Request Syntax (xAPI 1.0.3 part 3, 1.3): a POST with ?method=… whose form body holds what
// would have been headers, parameters and content. Only 1.0.3 has it; 2.0 does not. Pure; any thread.
#pragma once
#include "core/base/result.hpp"
#include "server/http.hpp"

namespace capbridge::server {

// A POST whose query has the parameter "method".
bool is_alternate(const Request& request);
// Makes it the request that is meant; the form wins over the header of the request that carried it. Error
// "bad_alternate_request": path and headers are still there to answer by.
Status read_alternate(Request& request);

}  // namespace capbridge::server
