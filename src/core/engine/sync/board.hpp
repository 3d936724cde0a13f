// Who syncs what at the moment: one run of a source at a time, a few sources at once, and the scheduler's
// bell. Lives in memory; owned by the Bridge; thread-safe. Order of locks, wherever several are taken: a
// source's hold, then a slot, then Bridge::changing.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::engine {

class SyncBoard {
public:
    // Lets go when it ends.
    class Hold {
    public:
        Hold(Hold&& other) noexcept : board_(other.board_), name_(std::move(other.name_)) {
            other.board_ = nullptr;
        }
        Hold& operator=(Hold&&) = delete;
        ~Hold() {
            if (board_ != nullptr) board_->release(name_);
        }

    private:
        friend class SyncBoard;
        Hold(SyncBoard& board, std::string name) : board_(&board), name_(std::move(name)) {}
        SyncBoard* board_;
        std::string name_;  // "" is a slot
    };
    // Waits until nobody else works on the source; told() is called twice a second meanwhile. Error
    // "stopping" when `stopping` turns true.
    Result<Hold> hold(const std::string& source, const std::string& what, const std::atomic<bool>& stopping,
                      const std::function<void(const std::string& other)>& told);
    std::optional<Hold> try_hold(const std::string& source, const std::string& what);
    // Waits for one of the places for sources at work at the same time.
    Result<Hold> slot(const std::atomic<bool>& stopping);
    void set_parallel(int most);
    [[nodiscard]] int parallel() const;

    struct Work {
        std::string what;  // "sync", "push", ...
        std::size_t done = 0;
    };
    [[nodiscard]] std::map<std::string, Work> at_work() const;
    void progress(const std::string& source, std::size_t done);

    // The scheduler waits here: changed() when settings or states did.
    void changed();
    void wait(std::uint64_t seen, std::chrono::milliseconds most);
    [[nodiscard]] std::uint64_t seen() const;
    void set_scheduling(bool running);  // a scheduler is at work in this process
    [[nodiscard]] bool scheduling() const;

private:
    void release(const std::string& name);

    mutable std::mutex mutex_;
    std::condition_variable free_, bell_;
    std::map<std::string, Work> held_;
    int slots_ = 2, used_ = 0;
    std::uint64_t changes_ = 0;
    bool scheduling_ = false;
};

}  // namespace capbridge::engine
