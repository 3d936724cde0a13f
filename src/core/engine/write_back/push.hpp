// Writing back to one source: what should be over there is held against the ledger of what was pushed, and
// the differences are pushed in one child, each with its idempotency key. A receipt is durable before the
// next item goes out; after a crash in between the same key is pushed again, and the adapter finds its own
// mark over there. What is refused is kept with its reason and tried again. Nothing is ever taken back over
// there; what is not true here any more is said. Thread-safe; the caller's thread.
#pragma once
#include <optional>
#include <string>

#include "core/engine/operations.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {

struct PushRequest {
    bool dry_run = false;  // tells what would be pushed
    bool retry = false;    // what was refused goes again now, not when its next try is due
};
// {source, counts: {wanted, pushed, same, own, rejected, waiting, unmet, statements, statements_rejected},
// run?}: no run when there was nothing to do. own: all evidence came from there; unmet: given once, and not
// true here any more. Errors: the adapter's, "no_write_back", "no_such_requirement",
// "no_such_learning_item", "quarantined", "stopping".
Result<ordered_json> push_source(Bridge& bridge, const std::string& name, const PushRequest& request,
                                 const Caller& caller);

// When the scheduler writes back by itself; none: never, or not on its own.
std::optional<Instant> push_due_at(Bridge& bridge, const store::SourceRow& source,
                                   const SourceOptions& options);
// It has no schedule of its own and goes with the source's syncs.
bool push_follows_sync(const store::SourceRow& source);
// After settings changed or a person resumed the source: nothing is stopped any more.
Status resume_push(Bridge& bridge, const std::string& source_uuid);
// {last_try, last_ok, next_due, failures, error, stopped, unmet}; null when nothing is written back.
ordered_json push_state_json(Bridge& bridge, const store::SourceRow& source);

}  // namespace capbridge::engine
