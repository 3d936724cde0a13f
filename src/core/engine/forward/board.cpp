#include "core/engine/forward/board.hpp"

namespace capbridge::engine {

void ForwardBoard::count(std::uint64_t& counter) {
    {
        const std::lock_guard lock(mutex_);
        ++counter;
    }
    wake_.notify_all();
}

ForwardBoard::Seen ForwardBoard::seen() const {
    const std::lock_guard lock(mutex_);
    return {appended_, changed_};
}

void ForwardBoard::wait(const Seen& seen, bool for_appended, std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, most,
                   [&] { return changed_ != seen.changed || (for_appended && appended_ != seen.appended); });
}

void ForwardBoard::update(const std::string& target_uuid, const std::function<void(ForwardState&)>& change) {
    const std::lock_guard lock(mutex_);
    change(states_[target_uuid]);
}

ForwardState ForwardBoard::state(const std::string& target_uuid) const {
    const std::lock_guard lock(mutex_);
    const auto it = states_.find(target_uuid);
    return it == states_.end() ? ForwardState{} : it->second;
}

void ForwardBoard::forget(const std::string& target_uuid) {
    const std::lock_guard lock(mutex_);
    states_.erase(target_uuid);
}

void ForwardBoard::set_running(bool running) {
    const std::lock_guard lock(mutex_);
    running_ = running;
}

bool ForwardBoard::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

}  // namespace capbridge::engine
