// The "post" door: statements from HTTP clients into the journal. Thread-safe.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

struct Posted {
    std::vector<std::string> ids;  // in the order of the request
};

// Checks, completes and appends a statement or an array of them (the JSON text of a request), all or nothing;
// `done` runs after the commit (on the writer's thread) or at once with an error: "invalid_statement"
// (message lists every problem), "statement_conflict" (an id is stored with another content),
// "duplicate_in_batch", or one of the store's. The same statement again is no error and changes nothing.
// `required_id`: of PUT; the statement's own id, if any, must be the same.
void post_statements(Bridge& bridge, std::string_view body, std::string_view required_id,
                     const json& authority, const std::string& who, std::function<void(Result<Posted>)> done);

}  // namespace capbridge::engine
