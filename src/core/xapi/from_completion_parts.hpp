// What from_completion.cpp and from_completion_text.cpp share: the words of a fact. Internal to them. Pure;
// any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/xapi/from_completion.hpp"

namespace capbridge::xapi {

std::string_view what_text(Completion::What what);
std::string_view verb_of(Completion::What what);
std::string activity_type(const Completion& completion);  // its IRI

// Whether the result says completion and success, and what. Of an attempt: what was told, nothing more.
struct Told {
    std::optional<bool> completed, success;
};
Told told_of(const Completion& completion);

// A score that xAPI would refuse (raw outside min..max, scaled outside -1..1) is not passed on; the
// completion is.
Score sound(const Score& score);
json score_json(const Score& score);  // of sound(score)

// The parent, the attempt and the profile (ADL's xAPI SCORM Profile: context activities).
json activities_around(const Attempt& attempt);

std::string statement_id(const Completion& completion, std::string_view actor_key, std::string_view activity,
                         const SourceContext& source, int revision, std::string_view digest);

// Nothing but the members that nearly every completion has.
bool is_plain(const Completion& completion);
std::string digest_text(const Completion& completion);  // of a plain one

}  // namespace capbridge::xapi
