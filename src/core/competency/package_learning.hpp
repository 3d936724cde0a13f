// The parts of a package as pieces of learning: for each activity what the manifest and its metadata say of
// it, under the ids that statements have. A package with one thing to launch is one piece of learning: the
// course and that thing together. Objectives of SCORM are pieces of their own, since their results come home
// by themselves; those of cmi5 never do, so they speak for the AU that names them. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/competency/suggest.hpp"
#include "core/scorm/activities.hpp"

namespace capbridge::competency {

struct PackagePart {
    std::string kind;                // as scorm::kind_name()
    std::vector<std::string> iris;   // its own id, then that of the single thing that it launches
    std::vector<std::string> below;  // the same after an LMS's id of the course; empty where ids are kept
    bool is_course = false;
    int minutes = 0;  // LOM's typical learning time; 0: not known
    LearningText text;
};

// In the order of the activities; of objectives only those that an LMS reports. At most 5,000.
std::vector<PackagePart> parts_of(const scorm::Structure& structure, const std::string& course_iri);

}  // namespace capbridge::competency
