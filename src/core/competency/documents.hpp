// The files of this folder as JSON documents: parsed, held to their schema, findings with lines. Internal to
// the folder. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"

namespace capbridge::competency {

// The parse error, if any, names the file.
Result<json> read_document(std::string_view text, const std::string& name);
// `schema` is a path below config/ that travels in the binary.
Problems check_shape(const json& document, const std::string& schema, std::string_view text);

}  // namespace capbridge::competency
