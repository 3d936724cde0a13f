// Strategy batch: the mapped courses person by person, many calls in one request. Moodle cannot be asked for
// changes here, so each run reads all of it. A course's completion has no date in this way of reading. Also
// reads the activities of the mapped courses for strategy report.
#pragma once
#include "moodle/run.hpp"

namespace moodle {

struct SweepParts {
    bool courses = false, activities = false;
};

// Emits the catalogue (kind course) first. `courses` are the mapped ones.
void read_sweep(Run& run, const std::vector<Course>& courses, SweepParts parts);

// One activity's state of one person, of any strategy: 1 completed, 2 passed, 3 failed, 0 not completed.
// `certain`: the person is enrolled and tracked. Anything else is passed over.
void emit_state(const Run& run, const Person& person, const Activity& activity, int state, std::int64_t time,
                bool overridden, bool certain);

}  // namespace moodle
