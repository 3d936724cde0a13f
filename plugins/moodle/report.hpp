// Strategy report: completions of courses out of one custom report ("Course participants"), page by page.
//
// With an empty cursor it reads the whole report: a row that says "completed" is a completion, one of an
// active enrolment that says "not completed" takes back what was said before. Rows that are gone take nothing
// back: an un-enrolment removes the row although Moodle keeps the completion, so no snapshot is declared.
// Later runs ask for what was completed since the newest one known, less an overlap, by the filter "Time
// completed" of the service's user. Moodle accepts unknown filters in silence, so every row is held to it.
#pragma once
#include "moodle/run.hpp"

namespace moodle {

// Throws CONFIG when the report cannot be read by these settings.
void read_report(Run& run);

// For the self-test: the first page unfiltered, its headers, one date. Throws CONFIG with what to change.
void try_report(const Settings& settings, const Service& service);

}  // namespace moodle
