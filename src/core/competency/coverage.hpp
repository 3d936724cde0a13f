// Which of the framework's requirements today's mapped learning can give, within the caps of the policy; what
// is claimed in vain; what could show the rest. docs/learning.md describes the answers. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

// The least that the policy lets show the item: "completed", "passed", "observed", "attested", "by_lead" (an
// observation or attestation by an assessor with a lead role), or "" when nothing does.
std::string_view least_evidence(const Rules& rules, int requirement);
// "an attestation by a registered assessor with a lead role"
std::string evidence_words(std::string_view least);
// Assessors registered on the day who could vouch for the item of somebody, wherever that person works.
std::size_t assessors_for(const Rules& rules, int requirement, Day day);

// Learning on the day that gives the item in the context, one way for each learning item, best first.
std::vector<const Rules::Use*> learning_for(const Rules& rules, int requirement, std::string_view context,
                                            Day day);

// Mappings that claim it themselves, of a kind or method that may not claim its level.
std::vector<const Rules::Use*> claims_above_cap(const Rules& rules, int requirement);

// Which requirements are listed one by one; the figures are always of all.
enum class CoverageList { none, not_given, by_one_only, above_cap, all };

// {as_of, framework, policy, items:{…}, by_tier, by_archetype, by_factor, by_level, deployments,
// requirements}
ordered_json coverage(const Rules& rules, Day as_of, CoverageList list);
std::string coverage_csv(const ordered_json& coverage);  // a line for each listed requirement

}  // namespace capbridge::competency
