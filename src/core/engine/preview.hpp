// What a change of the rules would do, before it is published: everybody folded in memory by today's rules
// and by the ones proposed, and held against each other. Nothing is written. Two threads read; memory is
// bounded by what is listed.
#pragma once
#include "core/competency/comparison.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/rulebook.hpp"

namespace capbridge::engine {

// What Comparison::finish() gives, with out_of_force (what would no longer fit, in words) and watermark.
// Errors as of read_rulebook(), "stopping".
Result<ordered_json> preview_rules(Bridge& bridge, const Proposal& proposal,
                                   const competency::ComparisonLimits& limits, const Caller& caller);
// The records that are stored against a fold by this program: what an upgrade of it would change.
Result<ordered_json> preview_fold(Bridge& bridge, const competency::ComparisonLimits& limits,
                                  const Caller& caller);

}  // namespace capbridge::engine
