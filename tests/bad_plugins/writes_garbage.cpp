// Writes to the socket behind the host's back.
#define BAD_ID "bad.writes_garbage"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    const std::string garbage(4096, '\xee');
    if (write(3, garbage.data(), garbage.size()) < 0) return "no socket";
    pause();
    return "";
}
