// As much of a statement as a transport needs to know: its id, when it was stored, and whether it is one at
// all. What else a statement must be is for the store that takes it to say. Pure; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/instant.hpp"

namespace xapi_adapter {

struct ReadStatement {
    nlohmann::json value;
    std::string id;                         // lower case; "" when it has none
    std::optional<plugins::Micros> stored;  // nullopt when it has none that can be read
    std::string reason;                     // "" or why it is no statement; none of its content
};
ReadStatement read_statement(std::string_view text);

// Do both say the same of who did what? What a store adds or writes otherwise (stored, authority, times,
// names, object types that are the default) does not count.
bool same_event(const nlohmann::json& a, const nlohmann::json& b);

}  // namespace xapi_adapter
