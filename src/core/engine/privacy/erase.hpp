// Erasing a person (docs/privacy.md). In order, so that a kill at any moment is finished by the next owner:
// the ledger's line (from then on the doors are closed to them), voiding statements for those targets that
// had theirs, one transaction that puts the tombstones, the fold, and last the pages and files on which the
// texts stood. A ledger that knows more than the store (a backup was restored) is carried out the same way.
#pragma once
#include <string>

#include "core/engine/operations.hpp"
#include "core/store/erasures.hpp"

namespace capbridge::engine {

// What every owner does before anything else (Bridge::take_over): erasures of the ledger that this store has
// not carried out, or not cleaned up after. Gives how many were carried out. Errors: those of the ledger and
// of the store; a database that could not be rewritten is logged and tried again at the next start.
Result<std::size_t> finish_erasures(Bridge& bridge);

// Cleans up behind erasures whose turn it was not yet: a reader did not end, or there was no room. For a
// daemon, now and then; nothing to do is no work.
void clean_behind_erasures(Bridge& bridge);

// Several, one after the other, whose time is over (retention.hpp); others get their turn in between. Gives
// how many were erased.
Result<std::size_t> erase_people(Bridge& bridge, const std::vector<std::string>& people,
                                 const Caller& caller);

// person.erase {person, reason, dry_run?} -> {person, dry_run, places: {place: rows}, told: {by_forwarding,
//   by_hand: [{target | source, statements | items}]}, counts, run?}. By the admin door only.
// person.erasures {} -> {erasures: [{id, at, person, admitted?, cleaned}]}
// person.readmit {identifier | erasure, reason}: whoever was known by it may come again.
std::vector<Operation> erase_operations();

}  // namespace capbridge::engine
