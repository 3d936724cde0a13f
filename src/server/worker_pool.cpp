#include "server/worker_pool.hpp"

#include <exception>

#include "core/base/log.hpp"

namespace capbridge::server {

WorkerPool::WorkerPool(int threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}
WorkerPool::~WorkerPool() {
    stop();
}

bool WorkerPool::run(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || waiting_.size() >= most_waiting_) return false;
        waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void WorkerPool::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        auto job = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        try {
            job();
        } catch (const std::exception&) {
            // A bug: the request that it belonged to answers 500 by itself when its Responder goes. The text
            // of an exception may quote a client's data, so it is not logged.
            log::error("http.job_threw");
        }
        job = nullptr;
        lock.lock();
    }
}

}  // namespace capbridge::server
