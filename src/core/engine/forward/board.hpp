// How forwarding goes at the moment, and who is to be woken: what the forwarder writes and operations read.
// Lives in memory only (a daemon that starts begins at zero); what is durable is in store::Outbox. Owned by
// the Bridge; thread-safe.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace capbridge::engine {

struct ForwardState {
    std::uint64_t delivered = 0, refused = 0;  // statements since the daemon started
    std::optional<Instant> last_delivered;
    std::string error_code, error_message;  // of the last try; "" when it went well
    std::optional<Instant> error_at, next_try;
    int failures = 0;  // in a row
};

class ForwardBoard {
public:
    void appended() { count(appended_); }  // the journal has new entries
    void changed() { count(changed_); }    // targets were added, changed, resumed, or are to be tried now

    // What a waiter has seen; taken before it looks at the journal, so that nothing slips by in between.
    struct Seen {
        std::uint64_t appended = 0, changed = 0;
    };
    [[nodiscard]] Seen seen() const;
    // Returns when something newer than `seen` came (of `appended` only when asked for), or the time is over.
    void wait(const Seen& seen, bool for_appended, std::chrono::milliseconds most);

    void update(const std::string& target_uuid, const std::function<void(ForwardState&)>& change);
    [[nodiscard]] ForwardState state(const std::string& target_uuid) const;
    void forget(const std::string& target_uuid);

    void set_running(bool running);  // a forwarder is at work in this process
    [[nodiscard]] bool running() const;

private:
    void count(std::uint64_t& counter);

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::uint64_t appended_ = 0, changed_ = 0;
    bool running_ = false;
    std::map<std::string, ForwardState> states_;
};

}  // namespace capbridge::engine
