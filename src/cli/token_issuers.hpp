// The "token_issuers" of a configuration: whose bearer tokens are accepted. Single-threaded.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/engine/tokens.hpp"

namespace capbridge::cli {

// What is well enough of the list, each with the text of its key file and the name of its source. `load`
// reads a file that stands at a pointer, and reports it when it cannot; `report` takes a pointer, a code and
// a message.
std::vector<engine::TokenIssuer> read_token_issuers(
    const json& list,
    const std::function<std::optional<std::string>(const std::string& pointer, const std::string& path)>&
        load,
    const std::function<void(const std::string& pointer, std::string code, std::string message)>& report);

}  // namespace capbridge::cli
