// What an adapter says of itself (bridge_entry.describe in bridge/adapter.h; docs/adapters.md), read from the
// JSON that came out of its process. Pure; any thread.
#pragma once
#include <string>

#include "core/base/json.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::adapters {

// Fills id, name, vendor, version, config_schema, facets (absent: a source), kinds, allowed_hosts and
// threads. Returns what is wrong with it, to follow "its descriptor", or "".
std::string read_descriptor(const json& descriptor, engine::AdapterInfo& info);

}  // namespace capbridge::adapters
