// Says competencies to others: looks at everybody, and appends a statement for each that was achieved, has
// expired or is taken back since it was said last. Statement and state commit together, so that a crash or a
// rebuild says nothing twice. Forwarding delivers them. One caller at a time, with Bridge::changing.
#pragma once
#include "core/engine/assert/settings.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

struct AssertionRound {
    bool back_fill = false;    // also what was achieved before the settings' day
    std::optional<Day> since;  // of a back-fill: from this day on; absent: everything, dated or not
    bool dry_run = false;
};
// {counts: {achieved, renewed, expired, revoked, no_identifier, not_in_framework}, by: [{archetype, factor,
// said, statements}], run?}. Nothing is due: no run. Errors of the store; "stopping".
Result<ordered_json> say_competencies(Bridge& bridge, const AssertionSettings& settings,
                                      const AssertionRound& round, const Caller& caller);

// {said: {achieved, expired, revoked}, by: [{archetype, factor, achieved, expired, revoked}]}: as it was said
// last.
ordered_json said_so_far(Bridge& bridge);

}  // namespace capbridge::engine
