// An exception in a thread of its own ends in std::terminate.
#define BAD_ID "bad.abort_in_pull"
#define BAD_THREADS "true"
#include <thread>

#include "bad.hpp"

void Sound::misbehave() {
    std::thread([] { throw 1; }).join();
}
BRIDGE_ADAPTERS(Sound)
