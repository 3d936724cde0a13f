// One version of a product after the other in one unit: the deployment that goes live later takes the place
// of the one before, whose users are asked nothing about it from that day on. Pure; any thread.
#pragma once
#include "core/competency/rules.hpp"

namespace capbridge::competency {

// The deployment of another version of the same product in the same unit that went live last before this one;
// nullptr: there is none, or the day of go-live is not known.
const Deployment* version_before(const Rules& rules, const Deployment& deployment);
// The one that goes live next after it.
const Deployment* version_after(const Rules& rules, const Deployment& deployment);
inline bool is_replaced(const Rules& rules, const Deployment& deployment, Day on) {
    const auto* next = version_after(rules, deployment);
    return next != nullptr && *next->go_live <= on;
}

}  // namespace capbridge::competency
