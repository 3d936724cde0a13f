// Takes memory until somebody stops it, slowly enough to be watched.
#define BAD_ID "bad.leaks"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    constexpr std::size_t piece = 4u << 20;
    for (int i = 0; i < 100'000; ++i) {
        char* volatile memory = static_cast<char*>(std::malloc(piece));
        if (!memory) return "no memory";
        std::memset(memory, i, piece);
        usleep(2000);
    }
    return "";
}
