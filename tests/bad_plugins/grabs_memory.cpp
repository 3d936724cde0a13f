// Takes more at once than anybody could watch.
#define BAD_ID "bad.grabs_memory"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    return std::malloc(std::size_t{8} << 30) ? "" : "no memory";
}
