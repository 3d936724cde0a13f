#include "core/engine/sync/board.hpp"

namespace capbridge::engine {
namespace {

constexpr std::chrono::milliseconds look_up{500};

}  // namespace

Result<SyncBoard::Hold> SyncBoard::hold(const std::string& source, const std::string& what,
                                        const std::atomic<bool>& stopping,
                                        const std::function<void(const std::string& other)>& told) {
    std::unique_lock lock(mutex_);
    while (held_.contains(source)) {
        if (stopping) return fail("stopping", "the bridge is stopping");
        if (free_.wait_for(lock, look_up) == std::cv_status::no_timeout || !held_.contains(source)) continue;
        const auto other = held_.at(source).what;
        lock.unlock();
        told(other);
        lock.lock();
    }
    held_[source] = {what, 0};
    return Hold(*this, source);
}

std::optional<SyncBoard::Hold> SyncBoard::try_hold(const std::string& source, const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (!held_.try_emplace(source, Work{what, 0}).second) return std::nullopt;
    return Hold(*this, source);
}

Result<SyncBoard::Hold> SyncBoard::slot(const std::atomic<bool>& stopping) {
    std::unique_lock lock(mutex_);
    while (used_ >= slots_) {
        if (stopping) return fail("stopping", "the bridge is stopping");
        free_.wait_for(lock, look_up);
    }
    ++used_;
    return Hold(*this, "");
}

void SyncBoard::release(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        if (name.empty()) {
            --used_;
        } else {
            held_.erase(name);
        }
    }
    free_.notify_all();
}

void SyncBoard::set_parallel(int most) {
    {
        const std::lock_guard lock(mutex_);
        slots_ = most;
    }
    free_.notify_all();
}

int SyncBoard::parallel() const {
    const std::lock_guard lock(mutex_);
    return slots_;
}

std::map<std::string, SyncBoard::Work> SyncBoard::at_work() const {
    const std::lock_guard lock(mutex_);
    return held_;
}

void SyncBoard::progress(const std::string& source, std::size_t done) {
    const std::lock_guard lock(mutex_);
    if (const auto it = held_.find(source); it != held_.end()) it->second.done = done;
}

void SyncBoard::changed() {
    {
        const std::lock_guard lock(mutex_);
        ++changes_;
    }
    bell_.notify_all();
}

void SyncBoard::wait(std::uint64_t seen, std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, most, [&] { return changes_ != seen; });
}

std::uint64_t SyncBoard::seen() const {
    const std::lock_guard lock(mutex_);
    return changes_;
}

void SyncBoard::set_scheduling(bool running) {
    const std::lock_guard lock(mutex_);
    scheduling_ = running;
}

bool SyncBoard::scheduling() const {
    const std::lock_guard lock(mutex_);
    return scheduling_;
}

}  // namespace capbridge::engine
