// How a store is at the moment, for whoever watches over it: its size, its disk, its writer. Values.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace capbridge::store {

// Upper bounds of the classes of commits by their length, in seconds; the last class is what is longer.
inline constexpr std::array commit_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                          0.25,  0.5,    1.0,   2.5,  5.0,   10.0};

struct WriterFacts {
    std::size_t waiting = 0;                                        // writes that wait for their turn
    std::chrono::milliseconds oldest_wait{0};                       // of those, how long the first has waited
    std::chrono::milliseconds at_work_for{0};                       // on one commit; 0: at rest
    std::array<std::uint64_t, commit_bounds.size() + 1> commits{};  // by their length
    double commit_seconds = 0;                                      // of all
    std::uint64_t failed = 0;   // commits with a write that the disk did not take
    std::uint64_t derived = 0;  // commits with records in them: the projector gets on
    std::string error_code;     // of the last commit; "" when it went well
    std::optional<Instant> error_at;
};

struct StoreFacts {
    std::uint64_t database_bytes = 0, wal_bytes = 0;
    std::uint64_t free_bytes = 0, disk_bytes = 0;  // of the disk that it is on; free for its own user
    bool disk_read_only = false;
    int format = 0;      // of the database: how many migrations were done
    WriterFacts writer;  // zeros in a process that only reads
};

}  // namespace capbridge::store
