// Is what is stored still what was stored? The database page by page and its indexes, attachments and
// packages against their digests, the chain of the audit. Reads everything, changes nothing, beside whoever
// writes. Any thread.
#pragma once
#include "core/engine/operations.hpp"

namespace capbridge::engine {

// {ok, checked: {database_ms, attachments, packages, bytes, audit_entries}, damage: [{code, what}]}. `damage`
// has at most 100; `more` says how many there are beside.
Result<ordered_json> check_data(Bridge& bridge, const Caller& caller);

}  // namespace capbridge::engine
