// What the writer's commits come to: counted on its thread, read by whoever watches. Thread-safe.
#pragma once
#include <mutex>

#include "core/store/store_facts.hpp"

namespace capbridge::store {

class WriterBoard {
public:
    // `error` is the code of a write that the disk did not take, or "".
    void committed(double seconds, const std::string& error, bool derived, Instant now) {
        const std::lock_guard lock(mutex_);
        std::size_t i = 0;
        while (i < commit_bounds.size() && seconds > commit_bounds[i]) ++i;
        ++facts_.commits[i];
        facts_.commit_seconds += seconds;
        if (derived) ++facts_.derived;
        facts_.error_code = error;
        if (error.empty()) return;
        ++facts_.failed;
        facts_.error_at = now;
    }
    [[nodiscard]] WriterFacts facts() const {
        const std::lock_guard lock(mutex_);
        return facts_;
    }

private:
    mutable std::mutex mutex_;
    WriterFacts facts_;
};

}  // namespace capbridge::store
