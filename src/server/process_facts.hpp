// What the kernel says about this process (/proc/self); zeros where it does not. Any thread.
#pragma once
#include <cstdint>

namespace capbridge::server {

struct ProcessFacts {
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_files = 0, most_files = 0;
    double cpu_seconds = 0;
    int threads = 0;
};
ProcessFacts process_facts();

}  // namespace capbridge::server
