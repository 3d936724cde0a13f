// How an item of the ledger goes on. Pure; any thread.
#pragma once
#include "core/store/sources.hpp"

namespace capbridge::engine {

// It was refused: kept with its reason, and tried again after an hour, doubled with each time up to a week.
store::PushRow refused_row(store::PushRow before, const Error& why, Instant now);
store::PushRow pushed_row(store::PushRow before, const json& receipt, Instant now);

}  // namespace capbridge::engine
