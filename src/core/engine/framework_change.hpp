// What a new version of a framework does to what people decided about the old one: requirements removed,
// added and replaced, and who speaks of those that go. Reads the store only; any thread.
#pragma once
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// {added:[…], removed:[{requirement, replaced_by:[…], why, mappings:[…], profile: asks, attestations,
// overrides}], replaced: how many of removed have a successor, lost: have none}; `most` entries are listed of
// each, the counts are of all. attestations and overrides count people x decision in force.
Result<ordered_json> framework_change(Bridge& bridge, const std::string& text, std::size_t most);

}  // namespace capbridge::engine
