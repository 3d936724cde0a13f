// What of the server's settings changes while it runs (a reload of the configuration), swapped as one: a
// request sees all of the old ones or all of the new ones. Thread-safe.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "server/cors.hpp"
#include "server/server.hpp"

namespace capbridge::server {

struct Backend;

struct LiveSettings {
    Cors cors = Cors({});
    CheckToken check_token;  // null: bearer tokens are refused
    std::uint64_t most_package_bytes = std::uint64_t{2} << 30;
    Edge edge = {};
};

class Live {
public:
    explicit Live(LiveSettings settings)
        : settings_(std::make_shared<const LiveSettings>(std::move(settings))) {}
    void set(LiveSettings settings) {
        auto next = std::make_shared<const LiveSettings>(std::move(settings));
        const std::lock_guard lock(mutex_);
        settings_.swap(next);  // the old ones end after the lock
    }
    // Never null.
    [[nodiscard]] std::shared_ptr<const LiveSettings> get() const {
        const std::lock_guard lock(mutex_);
        return settings_;
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const LiveSettings> settings_;
};

// The path of the public URL ("/capbridge"), or "": before every address of ours that leaves us.
std::string prefix_of(const Backend& backend);

}  // namespace capbridge::server
