// What the explanation of a person's item and that of a cell share. Internal to the folder. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/record.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

ordered_json step(std::string_view kind, const std::string& ref, const std::string& says);

// {needs, would_be_given_by:[{id,title,minutes,needs,min_score}]}, best first; says so when there is nothing,
// and what else could show it: could_be_shown_by {least, says, assessors}.
ordered_json missing_entry(const Rules& rules, int requirement, std::string_view context, Day as_of,
                           const std::string& needs);

// What an attestation, or a self-assessment, says and whether it counts.
std::vector<ordered_json> attestation_steps(const Rules& rules, const Contribution& attestation);

std::string item_words(const framework::Framework& framework, int requirement);  // "‘Title’ (Familiarity)"
// "‘Title’ (Familiarity, a2-liability-1)": where two items of one topic are told apart, which may differ in
// nothing else.
std::string item_words_with_id(const framework::Framework& framework, int requirement);

// "; there are: a, b", and "; there is none" of an empty list: what follows the refusal of an unknown id.
template <class List>
std::string those_there_are(const List& list) {
    std::string ids;
    for (const auto& entry : list) ids += (ids.empty() ? "" : ", ") + entry.id;
    return ids.empty() ? "; there is none" : "; there are: " + ids;
}

}  // namespace capbridge::competency
