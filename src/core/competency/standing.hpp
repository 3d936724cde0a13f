// Where a record stands by its evidence: the one place that orders the states. Internal to the folder. Pure;
// any thread.
#pragma once
#include <optional>
#include <vector>

#include "core/competency/record.hpp"

namespace capbridge::competency {

// Of the evidence up to the day; without a day, of all of it and as if nothing ever ran out. Never expiring.
State standing(const std::vector<Contribution>& evidence, std::optional<Day> as_of);

// The last day that it held, absent = for ever. Of evidence that counts, or did until it was contradicted.
std::optional<Day> last_day(const Contribution& contribution);
inline bool held_once(const Contribution& c) {
    return c.counts || c.contradicted_on.has_value();
}

}  // namespace capbridge::competency
