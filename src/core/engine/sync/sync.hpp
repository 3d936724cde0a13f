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
    // A person's yes to what holds the source, with the numbers that it was held for. Of a dry run of a
    // source that nothing holds: to everything, so that it shows what there would be.
    bool accept = false;
    // The yes is an answer: error "not_held" when nothing holds the source, or something else than this code
    // of an error, or other numbers than those that have this name (hold_code()); "" = whatever it is.
    bool answers = false;
    std::string held = {}, yes = {};
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

// As it is stored, but for times that lie in the future (outcome.hpp): the log says so then.
store::SourceStateRow state_of(Bridge& bridge, const store::SourceRow& source, const SourceOptions& options);

// A source's state for people: when it was read, how it went, what it waits for.
ordered_json sync_state_json(Bridge& bridge, const store::SourceRow& source);

}  // namespace capbridge::engine
