#include "server/process_facts.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace capbridge::server {

ProcessFacts process_facts() {
    ProcessFacts out;
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            std::uint64_t kib = 0;
            status >> kib;
            out.resident_bytes = kib << 10;
        } else if (word == "Threads:") {
            status >> out.threads;
        }
    }
    std::error_code ec;
    for (auto it = std::filesystem::directory_iterator("/proc/self/fd", ec);
         !ec && it != std::filesystem::directory_iterator(); it.increment(ec))
        ++out.open_files;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        out.most_files = limit.rlim_cur;
    rusage used{};
    if (getrusage(RUSAGE_SELF, &used) == 0) {
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        out.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    }
    return out;
}

}  // namespace capbridge::server
