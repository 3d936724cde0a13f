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
//          again (sync --full). When there is nothing else, there is no run ("run": null).
//   quarantine.drop   {source, all: true | ids: [..] | key: "...", kind?, reason?}
//       -> {"source", "dropped", "run"?}. With a reason it is a run of kind "decision" that says it.
//
// A record leaves by itself when its key comes again and is well; one that says no key when the same record
// is well, or when a full sync closes a snapshot of its kind and does not have it any more.
//
// Thread-safe.
#pragma once
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

std::vector<Operation> quarantine_operations();

}  // namespace capbridge::engine
