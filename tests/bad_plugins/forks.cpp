// Wants to outlive its run.
#define BAD_ID "bad.forks"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    const auto pid = fork();
    if (pid == 0) _exit(0);
    return pid > 0 ? "" : failed("fork");
}
