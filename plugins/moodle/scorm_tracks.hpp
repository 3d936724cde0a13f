// The CMI elements of one SCO in one attempt, as a member of `scos` of the record scorm_attempt. Reads the
// element names of SCORM 1.2 (cmi.core.*) and 2004 (cmi.*); words and formats stay as they are, the bridge
// converts them. Pure; any thread.
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

// Interactions are people's answers: only where the settings ask for them.
json sco_json(const std::string& identifier, const std::string& title, const Tracks& tracks,
              bool with_interactions);

}  // namespace moodle
