// Never returns and never looks up.
#define BAD_ID "bad.endless_loop"
#include <atomic>

#include "bad.hpp"

void Sound::misbehave() {
    static std::atomic<int> turns = 0;
    while (true) ++turns;
}
BRIDGE_ADAPTERS(Sound)
