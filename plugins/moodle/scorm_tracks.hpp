// The CMI elements of one SCO in one attempt, as a member of `scos` of the record scorm_attempt. Reads
// SCORM 1.2 (cmi.core.*) and 2004 (cmi.*) element names. Facts: SCORM 1.2 RTE 3.4.4 (lesson_status), SCORM
// 2004 RTE 4.2. Pure; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "moodle/refusal.hpp"

namespace moodle {

struct Tracks {
    std::map<std::string, std::string> elements;  // names of lists as in cmi.interactions.0.id
    std::int64_t modified = 0;                    // unix seconds

    // nullopt: the SCO was not opened in that attempt.
    static std::optional<Tracks> read(const json& answer);
};

json sco_json(const std::string& identifier, const std::string& title, const Tracks& tracks);

// "00:12:38.50" (SCORM 1.2) or "PT12M38S" -> ISO 8601; "" when it is neither.
std::string duration_of(const std::string& text);

}  // namespace moodle
