// The "completions" door: facts that a client posts for its source, without any adapter. Operation:
//
//   completions.post  {source: its uuid, completions: [record, ...]}
//       -> {"source", "run", "counts": {"read", "added", "changed", "same", "withdrawn", "rejected"},
//           "results": [{"key", "outcome": added|changed|same|withdrawn|rejected, "reason"?, "where"?}, ...]}
//
// The records are those of config/schemas/records/completion.schema.json, at most 1,000 and in the order in
// which they count; `what: withdrawn` takes a fact back. The same again changes nothing. Everything that is
// good is stored together before the answer; what is not is told and not kept. All of a source's requests of
// one day are one run, which can be taken back. Errors: "too_many", "not_found" (the source), "store_busy"
// (others keep changing the same facts), and the store's. Thread-safe.
#pragma once
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

inline constexpr std::size_t most_completions = 1000;  // of one request

std::vector<Operation> completions_operations();  // completions.post, course.list

}  // namespace capbridge::engine
