// Writes where nothing is.
#define BAD_ID "bad.crash_in_pull"
#include "bad.hpp"

void Sound::misbehave() {
    volatile int* volatile nothing = nullptr;  // what the optimiser does not see through
    *nothing = 1;
}
BRIDGE_ADAPTERS(Sound)
