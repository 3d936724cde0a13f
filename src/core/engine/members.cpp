#include "core/engine/members.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace capbridge::engine {
namespace {

bool has(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

tl::unexpected<Error> unknown(const Members& members, const std::string& name) {
    std::string all;
    for (const auto* names : {&members.texts, &members.others}) {
        for (const auto each : *names) all += (all.empty() ? "" : ", ") + std::string(each);
    }
    if (members.tried_first) all += ", dry_run, list";
    return fail("unknown_parameter", "it is none of " + all, name);
}

}  // namespace

Status check_members(const json& params, const Members& members) {
    for (const auto& [name, value] : params.items()) {
        if (has(members.others, name)) continue;
        if (has(members.texts, name)) {
            if (!value.is_string() && !value.is_null())
                return fail("bad_parameter", "a text is needed", name);
        } else if (members.tried_first && name == "dry_run") {
            if (!value.is_boolean()) return fail("bad_parameter", "say true or false", name);
        } else if (members.tried_first && name == "list") {
            if (!value.is_number_integer() || value < 0)
                return fail("bad_parameter", "a number of people is needed", name);
        } else {
            return unknown(members, name);
        }
    }
    return {};
}

}  // namespace capbridge::engine
