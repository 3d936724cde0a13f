// Presets: settings for a report that many installations have, shipped as config/presets/NAME.json
// {"adapter", "settings"}. A source that names one has its settings, and lays its own over them. Pure; any
// thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace capbridge::engine {

std::vector<std::string> preset_names();
// `source` as it is without its preset: adapter and settings filled in. Objects are merged member by member,
// null takes a member out, anything else replaces (RFC 7386). Without "preset" it comes back as it is. Errors
// "no_such_preset", "bad_preset" (where: pointer below the source).
Result<json> with_preset(json source);

}  // namespace capbridge::engine
