// CMI run-time data as an LMS kept it, read leniently: the words and formats of SCORM 1.2 (RTE 1.2,
// section 3.4) and 2004 (RTE 4th edition, section 4.2), in whatever spelling a system hands them over, become
// values. What is of no use is left out and told, it never costs the rest of the attempt. "unknown", "not
// attempted" and "" say nothing: nothing is ever false because somebody did not know. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {

// Where (a JSON pointer into the record) and why; never the value.
struct LeftOut {
    std::string where, why;
};
using LeftOuts = std::vector<LeftOut>;

// Which edition's rules a value follows; `unknown` where it makes a difference is the stricter reading.
enum class Edition { unknown, v1_2, v2004 };
// "1.2", "SCORM_1.2", "AICC", "2004", "2004 4th Edition", "CAM 1.3", "1.3".
Edition edition_of(std::string_view text);

// Lower case, without blanks, `_` and `-`: "NOT_ATTEMPTED", "not attempted" and "NotAttempted" are one word.
std::string cmi_word(std::string_view text);

// Of the members "status" (cmi.core.lesson_status or cmi.objectives.n.status: one word for two things),
// "completion" and "success". 1.2 "passed" says nothing of completion unless it is told beside it.
struct CmiStatus {
    bool completed = false;       // told; there is no "not completed"
    std::optional<bool> success;  // told, or left out
    bool begun = false;           // incomplete or browsed: opened, and no more
};
CmiStatus read_status(const json& from, const std::string& where, LeftOuts& left_out);

// Of the member "score": raw, min, max, scaled as numbers or as texts ("80", "80%", "0,8", ""). What lies
// outside its range is left out, not bent to the nearest end. Where there is no scaled mark it is worked out
// of the raw one: from min (0 when absent) to max; 1.2 without a max is of a hundred.
Score read_cmi_score(const json& from, Edition edition, const std::string& where, LeftOuts& left_out);
// What sound() would leave out of a score, told.
void tell_unsound(const Score& score, const std::string& where, LeftOuts& left_out);

// ISO 8601 with at most two digits of a fraction, of "PT12M38.5S", "0012:12:38.50", "00:12:38" (more than 24
// h and minutes above 59 as well), 001238 (a text of at least six digits that begins with 0: hours, minutes,
// seconds) or seconds (a number, or a text of at most five digits). nullopt: it is none of these.
std::optional<std::string> cmi_duration(const json& value);
bool is_no_time(std::string_view duration);  // "PT0S"; also ""
// Of the members "time" (all sessions) or, where that is absent or nought, "session_time" (the last one):
// never their sum. "" when nothing is told, and for nought: LMSs write that where nothing was set.
std::string read_time(const json& from, const std::string& where, LeftOuts& left_out);

// A finite number of a JSON number or a text: "80", "0,8"; nullopt for all else, also for "1,000", which may
// be one or a thousand.
std::optional<double> cmi_number(const json& value);

}  // namespace capbridge::xapi
