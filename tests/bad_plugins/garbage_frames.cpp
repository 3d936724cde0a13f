// Writes to the socket behind the host's back.
#define BAD_ID "bad.garbage_frames"
#include <unistd.h>

#include "bad.hpp"

void Sound::misbehave() {
    const std::string garbage(4096, '\xee');
    if (write(3, garbage.data(), garbage.size()) < 0) _exit(1);
    pause();
}
BRIDGE_ADAPTERS(Sound)
