// Applying a checked configuration as one, through whatever runs operations (config.apply). Single-threaded.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/configuration.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {

// Parameters of the operation config.apply.
json apply_parameters(const Configuration& configuration);
// What its answer says, a line each: also of what was in force already.
std::vector<std::string> applied_lines(const ordered_json& answer);

using Ask = std::function<Result<ordered_json>(std::string_view operation, const json& params)>;
// What was done, a line each. On an error nothing has changed.
Result<std::vector<std::string>> apply_configuration(const Configuration& configuration, const Ask& ask);

// "--folder SOURCE=FOLDER" options.
Result<std::map<std::string, std::string>> folders_of(const std::vector<std::string>& pairs);

}  // namespace capbridge::cli
