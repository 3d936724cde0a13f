// What a manifest cannot say and capbridge.json says of packages that we built: which interactions a SCO
// reports. {"interactions":[{"sco":"SCO1","id":"q1","type":"choice","title":"..."}]}; `sco` is the identifier
// of an item or AU, `title` a text or an object of texts by language. Pure; any thread.
#pragma once
#include <cstddef>
#include <string_view>

#include "core/scorm/structure.hpp"

namespace capbridge::scorm {

inline constexpr std::string_view capbridge_file = "capbridge.json";  // beside the manifest

// Puts them where they belong; those that are there already stay as they are. How many were new: what is not
// well-formed, or of no item that there is, is passed over.
std::size_t add_interactions(std::string_view capbridge_json, Structure& structure);

}  // namespace capbridge::scorm
