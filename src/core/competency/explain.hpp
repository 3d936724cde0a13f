// What the explanation of a person's item and that of a cell share. Internal to the folder. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/competency/mapping.hpp"

namespace capbridge::competency {

ordered_json step(std::string_view kind, const std::string& ref, const std::string& says);

// {needs, would_be_given_by:[{id,title,minutes,needs,min_score}]}, best first; says so when there is nothing.
ordered_json missing_entry(const Rules& rules, int requirement, std::string_view context, Day as_of,
                           const std::string& needs);

std::string item_words(const framework::Framework& framework, int requirement);  // "‘Title’ (Familiarity)"

}  // namespace capbridge::competency
