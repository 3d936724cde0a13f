// What differs between two configuration files, member by member, and what a reload does with it. Values are
// shown where the schema knows the member and it cannot be a secret; anything else is only said to have
// changed. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::cli {

struct Difference {
    std::string pointer;  // in the file that has it; a source's is by its name: /sources/esr/folder
    std::string what;     // "added", "changed", "removed"
    std::string effect;   // "live", "restart", "once", "none": config_schema.hpp
    std::string before = {}, after = {};  // as JSON; "" where it is not there or not shown
};

std::vector<Difference> differences(const json& before, const json& after);

// "changed /sources/esr/folder: "/old" -> "/new""
std::string difference_text(const Difference& difference);
ordered_json differences_json(const std::vector<Difference>& differences);

}  // namespace capbridge::cli
