// Takes memory that is nobody's in particular: shared, and given back in name only.
#include <sys/mman.h>
#define BAD_ID "bad.shares_memory"
#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    constexpr std::size_t piece = 64u << 20;
    for (int i = 0; i < 32; ++i) {
        void* memory = mmap(nullptr, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return failed("mmap");
        for (std::size_t at = 0; at < piece; at += 4u << 20) {
            std::memset(static_cast<char*>(memory) + at, i, 4u << 20);
            madvise(static_cast<char*>(memory) + at, 4u << 20, MADV_DONTNEED);
        }
    }
    return "";
}
