// Counts requests that are not answered yet, so that a server can end after the last of them: the store's
// writer may answer one long after its client has gone. Thread-safe.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace capbridge::server {

class UnderWay {
public:
    // Counts until the last copy is gone.
    std::shared_ptr<void> enter() {
        {
            const std::lock_guard lock(mutex_);
            ++count_;
        }
        return {this, [](UnderWay* self) {
                    // Told under the lock: who waits may destroy us as soon as it is free.
                    const std::lock_guard lock(self->mutex_);
                    if (--self->count_ == 0) self->none_.notify_all();
                }};
    }
    void wait_for_none() {
        std::unique_lock lock(mutex_);
        none_.wait(lock, [this] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable none_;
    std::size_t count_ = 0;
};

}  // namespace capbridge::server
