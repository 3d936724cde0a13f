// The requirement profile: who needs what, apart from who has what. A list of asks; each says of which people
// which items are asked and how, and the last ask that fits decides. Files
// (config/schemas/profile.schema.json, config/profiles/default.json) that become versions in the journal; the
// one published last is in force. Values; immutable once loaded; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/problem.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::competency {

// required: of each person; collective: of the people together; optional: beside, never lacking.
enum class Demand { required, optional, collective, not_demanded };
std::string_view text(Demand d);

struct Ask {
    std::string id, title;
    // Which items: each list that is not empty must have the item's; `requirements` adds single ones.
    struct Items {
        std::vector<std::string> tiers, factors, groups, not_groups, topics, levels, requirements;
    } items;
    // Of whom: each that is given must hold, units, staff groups and job roles in one employment.
    struct People {
        // Confirmed for one of these, and only items of that archetype; empty: everyone, all items.
        std::vector<std::string> archetypes;
        std::vector<std::string> units, staff_groups, job_roles;  // units: with all below them
        std::vector<std::string> products, deployments;           // works with one of them
        // Works with a deployment of that kind; of somebody about whose deployments it is not known, or who
        // has none, it is taken to hold: nothing is left out for want of knowledge.
        std::optional<bool> clinical;
        std::vector<std::string> risks;
    } people;
    Demand demand = Demand::required;
    std::vector<int> indexes;  // of the items, in order: filled in when loaded
};

struct Profile {
    std::string id, version, title;
    std::vector<Ask> asks;  // in order: a later one overrides
};

// `text` may say "extends": "default": its asks come after those of the shipped profile. Error
// "invalid_document" lists all problems, unknown ids among them.
Result<Profile> load_profile(std::string_view text, const std::string& name,
                             const framework::Framework& framework);
// config/profiles/default.json, in the binary; ids that the framework does not have are passed over.
Result<Profile> default_profile(const framework::Framework& framework);

}  // namespace capbridge::competency
