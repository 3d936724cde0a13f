// What an LMS kept of one attempt at a SCORM package (config/schemas/records/scorm_attempt.schema.json), as
// facts about its SCOs, their objectives and, where the source is set to tell them, their interactions, after
// ADL's xAPI SCORM Profile (2017): IRIs, activity types, context activities. Words and formats of both
// editions are read leniently (scorm_values.hpp): what is of no use is left out and told. Success and
// completion that the LMS does not know are left out, never false. Location and suspend data are not taken.
// The course as a whole gets no fact: an attempt lists the SCOs that were opened, which need not be all.
// Pure; any thread.
#pragma once
#include <vector>

#include "core/xapi/from_completion.hpp"
#include "core/xapi/scorm_values.hpp"

namespace capbridge::xapi {

struct ScormAttempt {
    std::string key;                // of the attempt
    std::vector<Completion> facts;  // keys are below it (scorm_key)
    // SCOs of which this record says nothing that counts, because they were opened to browse or to review, or
    // for no credit: what was told before of them and what is in them stays. Keys, see is_of(). Each is in
    // left_out too, for an LMS that keeps one state may have written it over what was earned.
    std::vector<std::string> unsaid;
    LeftOuts left_out;
};
// Errors as read_completion(): of what the whole attempt cannot be without (who, key, the ids of SCOs).
Result<ScormAttempt> read_scorm_attempt(const json& record, const SourceContext& source);

// A completion about a SCO, or an objective, of a package: members "sco" and "objective" of its activity. Its
// IRI and its context become those of a fact of an attempt; a completion without them stays as it is.
void place_in_package(const json& record, const SourceContext& source, Completion& into);

// attempt, unit separator, SCO, unit separator, objective.
inline constexpr char scorm_separator = '\x1f';
std::string scorm_key(std::string_view attempt, std::string_view sco, std::string_view objective = {});
// attempt, SCO, nothing, interaction, and from its second answer on the number of the answer.
std::string interaction_key(std::string_view attempt, std::string_view sco, std::string_view interaction,
                            std::size_t answer);
std::string_view attempt_of(std::string_view scorm_key);
bool is_of(std::string_view key, std::string_view sco_key);  // it, or below it

}  // namespace capbridge::xapi
