// Writes where nothing is.
#define BAD_ID "bad.crashes"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    volatile int* volatile nothing = nullptr;  // what the optimiser does not see through
    *nothing = 1;
    return "";
}
