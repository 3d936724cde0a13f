// Dies while it is loaded.
#define BAD_ID "bad.crash_in_constructor"
#include "bad.hpp"

__attribute__((constructor)) static void early() {
    *reinterpret_cast<volatile int*>(8) = 1;
}
void Sound::misbehave() {}
BRIDGE_ADAPTERS(Sound)
