// Turns on the bridge itself.
#define BAD_ID "bad.kills_host"
#include <signal.h>

#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    return kill(getppid(), 0) == 0 ? "" : failed("kill");
}
