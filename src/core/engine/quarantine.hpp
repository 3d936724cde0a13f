// Records that could not be used, one by one: what is kept of them, and trying them again. Operations
// (parameters -> answer; "source" is a source's name):
//
//   quarantine.list   {source?, limit? (100), after? (an id)}
//       -> {"records": [{"id", "source", "kind", "key", "where", "code", "message", "first", "last", "tries",
//          "can_be_tried"}], "total", "beyond", "next"}. "beyond": how many more there were than are kept
//          (10,000 a source); "next": the `after` of the next page, or null. The records themselves hold
//          personal data and are not shown.
//   quarantine.retry  {source, all: true | ids: [1, 2] | key: "...", kind?}
//       -> {"source", "tried", "mended", "still_wrong", "not_kept", "run", "counts"}. A run of kind "sync".
//          "not_kept": what the adapter itself refused; its record is not here, so the source must be read
//          again (sync --full).
//   quarantine.drop   {source, all: true | ids: [..] | key: "...", kind?}  -> {"source", "dropped"}
//
// Thread-safe.
#pragma once
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

std::vector<Operation> quarantine_operations();

}  // namespace capbridge::engine
