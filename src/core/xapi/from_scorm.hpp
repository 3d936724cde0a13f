// What an LMS kept of one attempt at a SCORM package (config/schemas/records/scorm_attempt.schema.json), as
// facts about its SCOs and their objectives, after ADL's xAPI SCORM Profile (2017): IRIs, activity types,
// context activities. Success and completion that the LMS does not know are left out, never false. What is no
// fact about somebody's learning (location, suspend data, interactions) is not taken. The course as a whole
// gets no fact: an attempt lists the SCOs that were opened, which need not be all. Pure; any thread.
#pragma once
#include <vector>

#include "core/xapi/from_completion.hpp"

namespace capbridge::xapi {

struct ScormAttempt {
    std::string key;                // of the attempt
    std::vector<Completion> facts;  // keys are below it (scorm_key)
};
// Errors as read_completion().
Result<ScormAttempt> read_scorm_attempt(const json& record, const SourceContext& source);

// attempt, unit separator, SCO, unit separator, objective.
inline constexpr char scorm_separator = '\x1f';
std::string scorm_key(std::string_view attempt, std::string_view sco, std::string_view objective = {});
std::string_view attempt_of(std::string_view scorm_key);

}  // namespace capbridge::xapi
