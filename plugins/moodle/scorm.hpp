// SCORM tracks of the mapped courses: one record for each attempt of each person at each package. Packages
// whose tracks have not changed are passed over (core_course_get_updates_since, or the companion plugin's
// feed), the first time all are read.
#pragma once
#include "moodle/run.hpp"

namespace moodle {

// `companion`: the feed tells who has changed.
void read_scorm(Run& run, const std::vector<Course>& courses, bool companion);

struct Package {
    struct Sco {
        std::string id, identifier, title;
    };
    std::string scorm, cmid, course, name, manifest;
    std::vector<Sco> scos;
};
// Of these courses; with the SCOs that a learner can open.
std::vector<Package> packages_of(const Service& service, const std::vector<Course>& courses);

}  // namespace moodle
