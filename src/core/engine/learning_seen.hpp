// What the operations about learning read: the activities that statements and catalogues tell of with what
// people decided about them, and people by scope. Internal to engine. Any thread; a store that cannot be read
// throws, as elsewhere.
#pragma once
#include <functional>

#include "core/competency/answers.hpp"
#include "core/competency/triage.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

// Activities with titles: of a source's catalogue, else as statements tell them. Of very many, only those of
// most people have their titles read from statements.
competency::LearningSeen learning_seen(Bridge& bridge);

// {as_of?, unit?, descendants?, staff_group?, job_role?, archetype?, team?, deployment?}. Errors: an
// archetype, team or deployment that there is not.
Result<competency::Question> learning_question(Bridge& bridge, const json& params,
                                               const competency::Rules& rules);
// Everybody (the visitor looks at the scope itself), with evidence where the question is of an earlier day.
// Error "not_found": a unit, staff group or job role that nobody ever worked in.
Status each_person_of(Bridge& bridge, const competency::Rules& rules, const competency::Question& question,
                      const std::function<void(const competency::PersonFacts&)>& visit);
// "limit" between 1 and most.
Result<std::size_t> limit_of(const json& params, std::size_t otherwise, std::size_t most);

}  // namespace capbridge::engine
