// Writes where nothing is.
#define BAD_ID "bad.crash_in_pull"
#include "bad.hpp"

void Sound::misbehave() {
    *reinterpret_cast<volatile int*>(8) = 1;
}
BRIDGE_ADAPTERS(Sound)
