// What the benchmarks measure with: percentiles, and processor time and memory of a process from /proc.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

// Milliseconds; of no samples all are 0. The p-th percentile is the smallest sample that p % are not above.
struct Latency {
    double p50 = 0, p95 = 0, p99 = 0, max = 0;
};
Latency latency_of(std::vector<double> milliseconds);

double cpu_seconds(pid_t pid);  // user and system, of all its threads; 0 when there is no such process
double own_cpu_seconds();

}  // namespace bench
