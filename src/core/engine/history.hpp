// What is said of a person's items, gathered for the fold: facts from statements, attestations and overrides
// from decisions.
#pragma once
#include <string>
#include <vector>

#include "core/competency/record.hpp"
#include "core/store/projection.hpp"

namespace capbridge::engine {

// actors[i] stands for the person's identifiers[i]. Of people who were merged an override of the same item
// may come twice: their own goes first.
// `all`: where the facts of everybody were read already; else of facts that are not `wanted` one is enough.
competency::History history_of(store::Projection& projection, const people::Person& person,
                               const std::vector<std::string>& actors, const store::AllFacts* all = nullptr,
                               const store::ActivityFilter* wanted = nullptr);

}  // namespace capbridge::engine
