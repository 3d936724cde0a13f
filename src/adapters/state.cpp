#include "adapters/state.hpp"

#include <charconv>

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxKey = 256, kMaxValue = 64u << 10, kMaxState = 1u << 20;
constexpr const char* kSizeKey = "host/state_bytes";

std::string kept_under(const std::string& key) {
    return "adapter/" + key;
}

}  // namespace

std::optional<std::string> ProcessMemory::get(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = values_.find(key);
    return it == values_.end() ? std::nullopt : std::optional(it->second);
}

Status ProcessMemory::put(const std::string& key, const std::string& value) {
    const std::lock_guard lock(mutex_);
    if (value.empty()) {
        values_.erase(key);
    } else {
        values_[key] = value;
    }
    return {};
}

std::shared_ptr<SourceShare> StateStore::share(const std::string& source) {
    const std::lock_guard lock(mutex_);
    auto& share = shares_[source];
    if (!share) share = std::make_shared<SourceShare>();
    return share;
}

std::optional<std::string> AdapterState::get(const std::string& key) {
    return memory_.get(kept_under(key));
}

Status AdapterState::put(const std::string& key, const std::string& value) {
    if (key.empty() || key.size() > kMaxKey || value.size() > kMaxValue)
        return fail("rejected", "A key or value of the state is too large.");
    const std::lock_guard lock(mutex_);
    std::size_t total = 0;
    const auto counted = memory_.get(kSizeKey).value_or("0");
    std::from_chars(counted.data(), counted.data() + counted.size(), total);
    const auto before = memory_.get(kept_under(key));
    const auto was = before ? key.size() + before->size() : 0;
    const auto is = value.empty() ? 0 : key.size() + value.size();
    total = (total > was ? total - was : 0) + is;
    if (is > was && total > kMaxState) return fail("rejected", "The state is full.");
    if (is != was) CAPBRIDGE_TRY(memory_.put(kSizeKey, std::to_string(total)));
    return memory_.put(kept_under(key), value);
}

}  // namespace capbridge::adapters
