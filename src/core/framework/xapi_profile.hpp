// A framework as an xAPI Profile (xAPI Profiles 1.0, part 2; IEEE 9274.3.1): its competencies as activities,
// and the templates of the statements by which a bridge says that somebody achieved one, that it expired or
// that it was revoked. Verbs, activity type and extensions are those of the TLA and of ADL's profile "Learner
// Competency Management", whose templates our statements keep to; ours ask for more. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/framework/framework.hpp"

namespace capbridge::framework {

namespace tla {
inline constexpr std::string_view achieved = "https://w3id.org/xapi/tla/verbs/achieved";
inline constexpr std::string_view expired = "https://w3id.org/xapi/tla/verbs/expired";
inline constexpr std::string_view revoked = "https://w3id.org/xapi/tla/verbs/revoked";
inline constexpr std::string_view competency = "https://w3id.org/xapi/tla/activity-types/competency";
inline constexpr std::string_view evidence = "https://w3id.org/xapi/tla/extensions/evidence";
inline constexpr std::string_view expires = "https://w3id.org/xapi/comp/contextextensions/expires";
}  // namespace tla

// Our context extension, by which a bridge knows such a statement, its own or another's.
inline constexpr std::string_view assertion_extension =
    "https://w3id.org/capbridge/extensions/competency-assertion";

// What is asserted as one: an archetype's items of a factor, or the foundation's (archetype "").
struct Competency {
    std::string archetype, factor;
};
// Those that have an item whose level is known, in the framework's order, the foundation first.
std::vector<Competency> competencies(const Framework& framework);
std::string competency_iri(const Framework& framework, std::string_view archetype, std::string_view factor);
// {id, objectType, definition}, as a statement has it.
json competency_activity(const Framework& framework, std::string_view archetype, std::string_view factor);

std::string profile_iri(const Framework& framework);
// Changes with the framework's version, and with the templates.
std::string profile_version_iri(const Framework& framework);
std::string template_iri(const Framework& framework, std::string_view verb_name);  // "achieved", ...

// The whole document; the same framework gives the same bytes.
ordered_json xapi_profile(const Framework& framework);

}  // namespace capbridge::framework
