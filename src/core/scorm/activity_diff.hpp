// What a new version of a package does to its activities: what came, what went, what is called otherwise, and
// what went and seems to be there again under another identifier. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/scorm/activities.hpp"

namespace capbridge::scorm {

// `before` and `after` are indexes into the lists that were compared.
struct ActivityPair {
    std::size_t before = 0, after = 0;
    std::string why;  // "title", "launch" or "title and launch": by what a likely rename was seen; "" else
};
struct ActivityDiff {
    std::vector<std::size_t> added, removed;   // likely renames are in neither
    std::vector<ActivityPair> likely_renamed;  // another identifier, and what else speaks for it
    std::vector<ActivityPair> retitled;        // the same IRI with other names
    std::vector<ActivityPair> moved;           // the same IRI with another parent or kind
    std::size_t unchanged = 0;
};

// A rename is likely where exactly one of those that went and one of those that came, of one kind, share
// their title or what they launch.
ActivityDiff diff_of(const std::vector<PackageActivity>& before, const std::vector<PackageActivity>& after);

}  // namespace capbridge::scorm
