// What of an operation's answer stands in the audit. Pure; any thread.
#pragma once
#include <string_view>

#include "core/base/json.hpp"

namespace capbridge::engine {

// Ids of what it has made: {"key": "..."}; of config.reload where the file changed and how, and its digest.
// Never a secret, so no value of the configuration.
ordered_json audited_answer(std::string_view operation, const ordered_json& answer);

}  // namespace capbridge::engine
