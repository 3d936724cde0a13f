// What the host remembers of sources. AdapterState is the adapter's small memory (bridge.state/1) with its
// limits, kept in the source's memory under "adapter/<key>". StateStore holds, for as long as this process
// lives, what all conversations of a source share: its budget, tokens that are still good, and a memory for
// sources that have no durable one. All are thread-safe.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/http/body_budget.hpp"
#include "adapters/http/limits.hpp"
#include "core/base/result.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::adapters {

// Lost when the process ends.
class ProcessMemory : public engine::SourceMemory {
public:
    std::optional<std::string> get(const std::string& key) override;
    Status put(const std::string& key, const std::string& value) override;

private:
    std::mutex mutex_;
    std::map<std::string, std::string> values_;
};

// An access token and until when it is good; "" is none. What the token service answered instead is kept for
// a while too: a wrong secret that is shown again and again locks accounts.
struct AccessToken {
    std::string value;
    Instant expires{};
    Error refusal;  // code "" when there is none
    Instant refused_until{};
    int refusals = 0;  // in a row
};

// Tokens by the text of their profile, so that a changed configuration finds none. Whoever renews one holds
// the lock meanwhile: a refresh token that is used twice at once is often taken for stolen.
struct TokenShelf {
    std::mutex mutex;
    std::map<std::string, AccessToken> tokens;
};

struct SourceShare {
    ProcessMemory memory;
    CallLimits limits;
    TokenShelf tokens;
    BodyBudget bodies;
    std::mutex state_mutex;
};

// The source's own memory, or the share's when it has none.
inline engine::SourceMemory& memory_of(const engine::SourceSettings& settings, SourceShare& share) {
    return settings.memory != nullptr ? *settings.memory : share.memory;
}

class StateStore {
public:
    std::shared_ptr<SourceShare> share(const std::string& source);

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<SourceShare>> shares_;
};

class AdapterState {
public:
    // Both are borrowed.
    AdapterState(engine::SourceMemory& memory, std::mutex& mutex) : memory_(memory), mutex_(mutex) {}
    std::optional<std::string> get(const std::string& key);
    // An empty value forgets. Error "rejected": a key, a value or the whole is too large.
    Status put(const std::string& key, const std::string& value);

private:
    engine::SourceMemory& memory_;
    std::mutex& mutex_;
};

}  // namespace capbridge::adapters
