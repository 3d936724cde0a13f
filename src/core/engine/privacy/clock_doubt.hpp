// Is the clock right? A retention rule believes it, and what it removes does not come back: a clock that is
// ten years ahead makes leavers of people who still work here. Any thread.
#pragma once
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// Nothing was stored and nothing ran for more than 92 days, at the end or before what looks like today, and
// rules of retention were not applied since (whoever applied them knew): error "clock_in_doubt".
Status doubt_clock(Bridge& bridge);

}  // namespace capbridge::engine
