// Asks a source which accounts belong to the people that the bridge knows: for people without an account
// there, and for actors that nobody is known by. What it answers are proposals for the review of identities
// (operation identity.propose), never links. Thread-safe; the caller's thread.
#pragma once
#include <string>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

// {source, asked, found, proposals?: [...] (dry run), proposed?}. Errors: the adapter's,
// "adapter_unsupported", "unknown_operation" when this build has no review of identities.
Result<ordered_json> lookup_people(Bridge& bridge, const std::string& name, bool dry_run,
                                   const Caller& caller);

}  // namespace capbridge::engine
