// Applying a checked configuration, through whatever runs operations. Single-threaded.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/configuration.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {

using Ask = std::function<Result<ordered_json>(std::string_view operation, const json& params)>;
// What was done, a line each.
Result<std::vector<std::string>> apply_configuration(const Configuration& configuration, const Ask& ask);

// "--folder SOURCE=FOLDER" options.
Result<std::map<std::string, std::string>> folders_of(const std::vector<std::string>& pairs);

}  // namespace capbridge::cli
