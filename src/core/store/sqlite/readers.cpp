#include "core/store/sqlite/readers.hpp"

namespace capbridge::store {

Readers::Lease Readers::lease() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto database = std::move(idle_.back());
            idle_.pop_back();
            return {*this, std::move(database)};
        }
    }
    return {*this, std::make_unique<Database>(file_, access_)};
}

void Readers::close() {
    const std::lock_guard lock(mutex_);
    idle_.clear();
}

void Readers::give_back(std::unique_ptr<Database> database) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kept) idle_.push_back(std::move(database));
}

}  // namespace capbridge::store
