// How an item of the ledger goes on. Its states: "pushed"; "rejected"; "unmet", it was pushed and is not true
// here any more; "dropped", it was refused and is not wanted any more. Pure; any thread.
#pragma once
#include "core/store/sources.hpp"

namespace capbridge::engine {

// It was refused: kept with its reason, and tried again after an hour, doubled with each time up to a week.
store::PushRow refused_row(store::PushRow before, const Error& why, Instant now);
store::PushRow pushed_row(store::PushRow before, const json& receipt, Instant now);
// It is not true here any more.
store::PushRow unmet_row(store::PushRow before, Instant now);

bool was_given(const store::PushRow& row);  // the other system took it once
// A refused one is to be tried again. What was written by a clock that was ahead is due at once.
bool is_due(const store::PushRow& row, Instant now);

}  // namespace capbridge::engine
