// Returns an error class that does not exist, and tells no reason.
#define BAD_ID "bad.unknown_code"
#include "bad.hpp"

void Sound::misbehave() {
    throw bridge::Failure{4711, {}, {}};
}
BRIDGE_ADAPTERS(Sound)
