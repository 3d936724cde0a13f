// What a new version of a package, or its removal, comes to: its activities before and after, and the
// mappings in force whose learning items name what goes. Internal to engine; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/engine/packages.hpp"
#include "core/scorm/activity_diff.hpp"

namespace capbridge::engine {

// {counts: {added, removed, likely_renamed, retitled, moved, unchanged}, and a list of each but the last, cut
// at 200}
ordered_json diff_json(const scorm::ActivityDiff& diff, const std::vector<scorm::PackageActivity>& before,
                       const std::vector<scorm::PackageActivity>& after);

// An activity that is in the new version no more.
struct GoingActivity {
    const scorm::PackageActivity* activity = nullptr;
    const scorm::PackageActivity* instead = nullptr;  // under what other id it is likely there; or null
};
std::vector<GoingActivity> going(const scorm::ActivityDiff& diff,
                                 const std::vector<scorm::PackageActivity>& before,
                                 const std::vector<scorm::PackageActivity>& after);

// {total, people, learning_items: [{mapping, learning_item, title, mappings, activities: [{activity, goes,
// people, likely_now}], people}]}, cut at 200. An item names what goes by our IRI, or by that of an LMS: an
// id that ends as ours does (PackageActivity::below), behind an id that stands in one learning item with the
// course. People are those with statements about it: their evidence stays, but nobody can earn it anew.
ordered_json mapping_effects(Bridge& bridge, const competency::Rules& rules, const std::string& course,
                             const std::vector<GoingActivity>& going);

}  // namespace capbridge::engine
