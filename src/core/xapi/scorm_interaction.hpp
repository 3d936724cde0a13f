// One answer to one question of a SCO (cmi.interactions.n of SCORM 1.2, RTE 3.4.7, and 2004, RTE 4.2.9) as
// the parts of an xAPI interaction (xAPI 1.0.3 part 2, 2.4.4.1: interaction activities). The delimiters of
// 2004 are xAPI's own and pass through; the lists of 1.2 ("a,b", "{1.a,2.c}") are rewritten. What a reader of
// the answer could have chosen from (choices, steps, ...) CMI does not keep. Lenient as scorm_values.hpp.
// Pure; any thread.
#pragma once
#include <string>

#include "core/xapi/from_completion.hpp"
#include "core/xapi/scorm_values.hpp"

namespace capbridge::xapi {

struct Interaction {
    std::string id;
    Responded said;
    std::optional<bool> success;  // of "correct", "incorrect" and "wrong"; else left out
    Score score;                  // raw: a result that is a number
    std::string duration;         // latency
    std::optional<When> occurred;
};
// Members named as in 2004, or as in 1.2 (student_response, time). Without an id: nothing.
Interaction read_interaction(const json& from, Edition edition, const std::string& where, LeftOuts& left_out);

// An answer, or a correct pattern, of an interaction of that xAPI type ("" for none), as xAPI writes it.
std::string xapi_response(const std::string& text, std::string_view type, Edition edition);

}  // namespace capbridge::xapi
