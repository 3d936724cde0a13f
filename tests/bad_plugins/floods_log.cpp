// Talks without end.
#define BAD_ID "bad.floods_log"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host* host) {
    if (!host) return "nobody to talk to";
    while (true) host->log(BRIDGE_LOG_DEBUG, "and another thing");
}
