// Wants to be another program.
#define BAD_ID "bad.execs"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    char name[] = "true";
    char* const arguments[] = {name, nullptr};
    execv("/bin/true", arguments);  // which would end well, with exit code 0
    return failed("execv");
}
