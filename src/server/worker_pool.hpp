// A few threads that take jobs from one bounded queue, so that no slow answer holds up the io thread.
// Thread-safe. stop() lets the queued jobs finish; the destructor calls it.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace capbridge::server {

class WorkerPool {
public:
    WorkerPool(int threads, std::size_t most_waiting);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // False when the queue is full or the pool is stopping: the caller says so to its client at once.
    bool run(std::function<void()> job);
    void stop();

private:
    void work();
    const std::size_t most_waiting_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace capbridge::server
