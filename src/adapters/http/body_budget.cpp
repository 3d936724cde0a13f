#include "adapters/http/body_budget.hpp"

#include <algorithm>
#include <chrono>

namespace capbridge::adapters {

std::size_t BodyBudget::held() const {
    const std::lock_guard lock(mutex_);
    return held_;
}

std::size_t BodyBudget::most_held() const {
    const std::lock_guard lock(mutex_);
    return most_held_;
}

bool BodyLease::grow(std::size_t bytes, std::size_t most, const std::atomic<bool>* cancel) {
    std::unique_lock lock(budget_.mutex_);
    while (budget_.alone_ != this && budget_.held_ + bytes > most) {
        if (budget_.alone_ == nullptr) {
            budget_.alone_ = this;
            break;
        }
        if (cancel != nullptr && cancel->load()) return false;
        budget_.changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    held_ += bytes;
    budget_.held_ += bytes;
    budget_.most_held_ = std::max(budget_.most_held_, budget_.held_);
    return true;
}

void BodyLease::release() {
    const std::lock_guard lock(budget_.mutex_);
    budget_.held_ -= held_;
    held_ = 0;
    if (budget_.alone_ == this) budget_.alone_ = nullptr;
    budget_.changed_.notify_all();
}

}  // namespace capbridge::adapters
