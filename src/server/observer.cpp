#include "server/observer.hpp"

#include <algorithm>
#include <exception>

#include "core/base/log.hpp"

namespace capbridge::server {
namespace {

constexpr auto between_looks = std::chrono::seconds{2};
constexpr auto old = std::chrono::seconds{60};

bool has(const std::vector<Reason>& reasons, const std::string& code) {
    return std::any_of(reasons.begin(), reasons.end(), [&](const Reason& r) { return r.code == code; });
}

}  // namespace

Observer::Observer(Looks looks) : looks_(std::move(looks)), started_(looks_.now()) {}

void Observer::start() {
    moved_ = clock::now();
    *answered_ = moved_.time_since_epoch().count();
    look();
    thread_ = std::thread([this] {
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, between_looks, [this] { return stopping_; })) {
            lock.unlock();
            try {
                look();
            } catch (const std::exception&) {  // the disk: what was seen last grows old
                log::error("observer_failed");
            }
            lock.lock();
        }
    });
}

void Observer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Observer::look() {
    Observation next;
    next.at = looks_.now();
    if (looks_.bridge) next.bridge = looks_.bridge();
    if (looks_.tls) next.tls = looks_.tls();
    next.outputs = log::outputs();
    if (looks_.connections) next.connections = looks_.connections();
    if (looks_.serving) next.serving = looks_.serving();
    const auto now = clock::now();
    if (looks_.ping) {
        next.io_silent = std::chrono::duration_cast<std::chrono::seconds>(
            now - clock::time_point(clock::duration(answered_->load())));
        looks_.ping([answered = answered_] { *answered = clock::now().time_since_epoch().count(); });
    }
    const auto& bridge = next.bridge;
    const auto derived = bridge.store.writer.derived;
    if (bridge.folded != folded_ || derived != derived_ || bridge.folded >= bridge.journal) {
        folded_ = bridge.folded;
        derived_ = derived;
        moved_ = now;
    }
    next.projector_still = std::chrono::duration_cast<std::chrono::seconds>(now - moved_);
    tell(judge(next));
    const std::lock_guard lock(mutex_);
    seen_ = std::move(next);
    looked_ = now;
}

// That it starts and stops is told by whoever does it.
void Observer::tell(const Readiness& now) {
    const auto begins = [](const std::vector<Reason>& before, const Reason& r) {
        return r.code != "not_serving" && !has(before, r.code);
    };
    for (const auto& r : now.reasons) {
        if (begins(told_.reasons, r))
            log::error("not_ready", {{"reason", r.code}, {"what", r.message}, {"do", r.remedy}});
    }
    for (const auto& r : now.warnings) {
        if (begins(told_.warnings, r))
            log::warn("health_warning", {{"reason", r.code}, {"what", r.message}, {"do", r.remedy}});
    }
    for (const auto& r : told_.reasons) {
        if (begins(now.reasons, r)) log::info("ready_again", {{"reason", r.code}});
    }
    told_ = now;
}

Observation Observer::seen() const {
    const std::lock_guard lock(mutex_);
    auto out = seen_;
    if (looks_.serving) out.serving = looks_.serving();
    return out;
}

bool Observer::is_old() const {
    const std::lock_guard lock(mutex_);
    return clock::now() - looked_ > old;
}

Readiness Observer::readiness() const {
    auto out = judge(seen());
    if (is_old())
        out.reasons.push_back({"store_hangs", "The store has not answered for a minute.",
                               "Look whether the disk hangs (dmesg), and restart the daemon."});
    return out;
}

std::string Observer::hung() const {
    if (is_old()) return "the store does not answer";
    return server::hung(seen());
}

}  // namespace capbridge::server
