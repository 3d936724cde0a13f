#include "core/engine/sync/memory.hpp"

namespace capbridge::engine {

std::optional<std::string> BorrowedMemory::get(const std::string& key) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = put_.find(key); it != put_.end())
            return it->second.empty() ? std::nullopt : std::optional(it->second);
    }
    return sources_.memory(uuid_, key);
}

Status BorrowedMemory::put(const std::string& key, const std::string& value) {
    if (key.starts_with("host/")) return sources_.set_memory(uuid_, key, value);
    const std::lock_guard lock(mutex_);
    put_[key] = value;
    return {};
}

}  // namespace capbridge::engine
