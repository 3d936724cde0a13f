// Strategy companion: the plugin local_bridge tells what changed since (time, id), in order, so that a run
// costs as much as there is news. Rows name accounts and courses by number; who and what they are is asked in
// batches.
#pragma once
#include <set>
#include <utility>

#include "moodle/run.hpp"

namespace moodle {

// Completions of courses or activities: kind "course" or "activity". `mapped`: ids of the courses to keep;
// empty: all.
void read_feed(Run& run, const std::string& kind, const std::vector<Course>& mapped);

// Which (cmid, person) have new SCORM tracks. `reached` is the position for the next run, once those are
// read.
std::set<std::pair<std::string, std::string>> changed_tracks(Run& run, FeedPosition& reached);

}  // namespace moodle
