// The members of an operation's parameters, checked before anything is done: a mistyped name, or a number
// where a day is meant, must not pass for nothing said. Internal to engine; values, any thread.
#pragma once
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace capbridge::engine {

struct Members {
    std::vector<std::string_view> texts;
    std::vector<std::string_view> others = {};  // of other kinds: whoever reads them checks them
    bool tried_first = false;                   // also dry_run (true or false) and list (a number)
};

// A text may be null, which is as if it were left out. Errors "unknown_parameter", "bad_parameter", whose
// `where` is the name.
Status check_members(const json& params, const Members& members);

}  // namespace capbridge::engine
