// Syncs sources when they are due, and writes back, a few at once. Made by a daemon beside the forwarder;
// borrows the Bridge and must end before it. Ends when the syncs under way have noticed that the bridge is
// stopping (Bridge::stopping is set before it is destroyed).
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class Scheduler {
public:
    // `parallel`: sources at work at the same time, whoever began them.
    explicit Scheduler(Bridge& bridge, int parallel = 2,
                       std::chrono::milliseconds look_again = std::chrono::milliseconds{1000});
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

private:
    struct Running {
        std::thread thread;
        std::atomic<bool> done{false};
    };
    struct Due {
        bool sync = false, push = false;
    };
    void supervise();
    void begin_what_is_due();
    Status believe_no_future(const store::SourceRow& source);
    [[nodiscard]] Due due(const store::SourceRow& source) const;
    void work(const std::string& source, Due due);
    bool rests(const std::string& source);

    Bridge& bridge_;
    const std::chrono::milliseconds look_again_, rest_after_failure_;
    std::atomic<bool> stopping_{false};
    std::map<std::string, std::unique_ptr<Running>> running_;  // of the supervising thread
    std::mutex resting_mutex_;
    std::map<std::string, std::chrono::steady_clock::time_point> resting_;
    std::thread supervisor_;
};

}  // namespace capbridge::engine
