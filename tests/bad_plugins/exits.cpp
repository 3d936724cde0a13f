// Ends the process as if all were well.
#define BAD_ID "bad.exits"
#include <cstdlib>

#include "bad.hpp"

void Sound::misbehave() {
    std::exit(0);
}
BRIDGE_ADAPTERS(Sound)
