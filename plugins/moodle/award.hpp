// Write-back: a rating of a competency with a note that names the evidence. Each rating appends an evidence
// row in Moodle, so that doing it twice would show: the note carries a marker made of the bridge's key, and
// what was written is looked for before anything is written. A crash between effect and receipt costs
// nothing.
//
// The record: {"who":[identifiers], "competency":{"id"|"idnumber"[,"framework"]}, "grade":2, "note":"...",
//   "evidence":[{"title","url"}], "course":{"id"|"idnumber"|"shortname"}}
// grade is the position in the scale (from 1); absent: the value that the scale calls the default.
// The receipt: {"evidence_id":150,"user_id":4,"competency_id":5,"grade":2}
#pragma once
#include <string>

#include "moodle/service.hpp"

namespace moodle {

// The receipt. Throws REJECTED for what Moodle will never take, NOT_FOUND when person or competency is not
// there.
std::string push_award(const Settings& settings, const Service& service, std::string_view key,
                       std::string_view record_json, std::string_view previous_json,
                       const bridge::Call& call);

// "bridge:<key>", with what could be mistaken for a tag or an end of the word as %XX.
std::string marker_of(std::string_view key);
bool has_marker(const std::string& note, const std::string& marker);

}  // namespace moodle
