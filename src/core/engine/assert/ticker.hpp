// Says competencies by itself, in a daemon: soon after records changed, and after midnight for what has
// expired. Owned by whoever serves; a thread of its own, which ends with it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class AssertionTicker {
public:
    // Looks each `look` whether there is something to do, and rests for `rest` after each round: a round
    // looks at everybody.
    explicit AssertionTicker(Bridge& bridge, std::chrono::milliseconds look = std::chrono::seconds{5},
                             std::chrono::milliseconds rest = std::chrono::minutes{1});
    ~AssertionTicker();
    AssertionTicker(const AssertionTicker&) = delete;
    AssertionTicker& operator=(const AssertionTicker&) = delete;

private:
    void tick();
    [[nodiscard]] bool is_due() const;

    Bridge& bridge_;
    const std::chrono::milliseconds look_, rest_;
    std::int64_t seen_ = -1;  // the fold's cursor after the last round
    Day day_{};               // and its day
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace capbridge::engine
