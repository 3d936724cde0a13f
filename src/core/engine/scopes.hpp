// The scopes of credentials and tokens: xAPI's own (1.0.3 part 3, 4.2) and ours, "read" (questions), "admin"
// (changes), "attest" (to vouch for what others can do) and "metrics" (GET /metrics and nothing else). Pure;
// any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge::engine {

const std::vector<std::string_view>& known_scopes();
bool is_xapi_scope(std::string_view scope);

// What a client gets that asks for these, each once. One that is bound to a source gets scopes of xAPI only,
// and for "all" each of them by name: "all" itself opens what is not the source's. Its statements are those
// of the source, so it has no "statements/read/mine". Errors "bad_parameter".
Result<std::vector<std::string>> granted_scopes(const std::vector<std::string>& asked, bool bound);

}  // namespace capbridge::engine
