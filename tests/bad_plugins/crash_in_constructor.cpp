// Dies while it is loaded.
#define BAD_ID "bad.crash_in_constructor"
#include "bad.hpp"

__attribute__((constructor)) static void early() {
    volatile int* volatile nothing = nullptr;  // what the optimiser does not see through
    *nothing = 1;
}
void Sound::misbehave() {}
BRIDGE_ADAPTERS(Sound)
