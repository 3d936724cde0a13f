// Never returns and never looks up.
#define BAD_ID "bad.spins"
#include <atomic>

#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    static std::atomic<int> turns = 0;
    while (true) ++turns;
}
