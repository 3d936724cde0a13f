// How many bytes of answers a source may hold at once, over all its requests in parallel: twice what one
// answer may have (http.most_answer_mb). When that is used up, one request after the other goes on alone, so
// that none waits for ever; the bound is then thrice one answer. Bytes are held from their arrival until the
// answer has been handed over. Thread-safe; a lease is used by one thread at a time.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace capbridge::adapters {

class BodyBudget {
public:
    [[nodiscard]] std::size_t held() const;
    [[nodiscard]] std::size_t most_held() const;  // ever

private:
    friend class BodyLease;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t held_ = 0, most_held_ = 0;
    const void* alone_ = nullptr;  // the lease that may go beyond
};

// What one request holds of it. The budget outlives it.
class BodyLease {
public:
    explicit BodyLease(BodyBudget& budget) : budget_(budget) {}
    ~BodyLease() { release(); }
    BodyLease(const BodyLease&) = delete;
    BodyLease& operator=(const BodyLease&) = delete;
    // Waits for room. False: given up.
    bool grow(std::size_t bytes, std::size_t most, const std::atomic<bool>* cancel);
    void release();

private:
    BodyBudget& budget_;
    std::size_t held_ = 0;
};

}  // namespace capbridge::adapters
