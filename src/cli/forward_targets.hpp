// The configuration's "forward": targets that statements are forwarded to. Single-threaded.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::cli {

// Parameters of the operation forward.put. `list` is what of it keeps to the schema; relative paths in the
// settings hang on `folder`; problems are told with their pointers.
std::vector<json> read_forward_targets(
    const json& list, const std::filesystem::path& folder,
    const std::function<void(const std::string& pointer, std::string code, std::string message)>& problem);

}  // namespace capbridge::cli
