// Backups whose time is still to come: the clock was ahead when they were made. They are kept, but they are
// neither the latest one nor one that others are removed for: their order among the others is not known (the
// numbers of the journal do not tell it either, for a restore takes them back). Some minutes are
// forgiven: two machines differ by that much. Pure.
#pragma once
#include <chrono>

#include "core/base/time.hpp"

namespace capbridge::store {

constexpr std::chrono::minutes forgiven_clock{5};

inline bool is_from_future(Instant taken, Instant now) {
    return taken > now + forgiven_clock;
}

inline Instant wall_clock() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace capbridge::store
