// One sync of one source: opens its adapter in a child, pulls into the intake, ends its run, and keeps what
// that means for the next one (outcome.hpp). Holds the source, a slot, and Bridge::changing only while a
// record is taken in: a pull of an hour blocks nobody. Thread-safe; the caller's thread.
#pragma once
#include <string>

#include "core/engine/operations.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {

struct SyncRequest {
    bool full = false;     // from the beginning
    bool dry_run = false;  // counts what it would do; stores nothing, not even a run
    bool accept = false;   // a person's yes to what a guard or a gap would hold
    // A cassette: HTTP is recorded into this folder, or answered from it and not from the network.
    SourceSettings::Cassette cassette = SourceSettings::Cassette::none;
    std::string cassette_folder = {};
};

// {source, counts, rejected: [first ones], run?}. Errors: the adapter's, "snapshot_fell", "leavers",
// "feed_gap" (held), "nothing_usable", "quarantined", "stopping".
Result<ordered_json> sync_source(Bridge& bridge, const std::string& name, const SyncRequest& request,
                                 const Caller& caller);

// Several, a few at the same time: {syncs: [as above, or {source, error}], failed}. One source's failure does
// not keep the others from being read.
Result<ordered_json> sync_sources(Bridge& bridge, const std::vector<std::string>& names,
                                  const SyncRequest& request, const Caller& caller);

// A source's state for people: when it was read, how it went, what it waits for.
ordered_json sync_state_json(Bridge& bridge, const store::SourceRow& source);

}  // namespace capbridge::engine
