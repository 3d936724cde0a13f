// Looks at the running bridge every other second, on a thread of its own, so that /healthz and /readyz answer
// at once from what was seen last, whatever waits for the disk at the moment; that the observer itself hangs
// shows by the age of what it saw. Logs what begins and ceases to be wrong. Thread-safe.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "server/readiness.hpp"

namespace capbridge::server {

class Observer {
public:
    struct Looks {
        std::function<Observed()> bridge;
        std::function<std::optional<TlsFacts>()> tls;
        std::function<std::size_t()> connections;
        std::function<void(std::function<void()> pong)> ping;  // answered by an io thread
        std::function<Instant()> now;
        std::function<bool()> serving;
    };
    explicit Observer(Looks looks);
    ~Observer() { stop(); }
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    void start();  // looks once before it returns
    void stop();
    [[nodiscard]] Observation seen() const;
    [[nodiscard]] Readiness readiness() const;
    // "" or what does not answer.
    [[nodiscard]] std::string hung() const;
    [[nodiscard]] Instant started() const { return started_; }

private:
    using clock = std::chrono::steady_clock;
    void look();
    void tell(const Readiness& now);
    [[nodiscard]] bool is_old() const;

    const Looks looks_;
    Instant started_{};
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    Observation seen_;
    clock::time_point looked_{};
    Readiness told_;
    // Shared with a ping that may be answered late.
    std::shared_ptr<std::atomic<clock::rep>> answered_ = std::make_shared<std::atomic<clock::rep>>();
    clock::time_point moved_{};  // the projector
    std::int64_t folded_ = -1;
    std::uint64_t derived_ = 0;
    std::thread thread_;
};

}  // namespace capbridge::server
