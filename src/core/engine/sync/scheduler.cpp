#include "core/engine/sync/scheduler.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/sync/outcome.hpp"
#include "core/engine/sync/secret_watch.hpp"
#include "core/engine/sync/sync.hpp"
#include "core/engine/write_back/push.hpp"

namespace capbridge::engine {
namespace {

const Caller& scheduler() {
    static const Caller caller{"schedule"};
    return caller;
}

}  // namespace

Scheduler::Scheduler(Bridge& bridge, int parallel, std::chrono::milliseconds look_again)
    : bridge_(bridge), look_again_(look_again), rest_after_failure_(10 * look_again) {
    bridge_.syncing.set_parallel(parallel);
    bridge_.syncing.set_scheduling(true);
    supervisor_ = std::thread([this] { supervise(); });
}

Scheduler::~Scheduler() {
    stopping_ = true;
    bridge_.syncing.changed();
    supervisor_.join();
    bridge_.syncing.set_scheduling(false);
}

void Scheduler::supervise() {
    while (!stopping_ && !bridge_.stopping) {
        const auto seen = bridge_.syncing.seen();
        std::erase_if(running_, [](auto& one) {
            if (!one.second->done) return false;
            one.second->thread.join();
            return true;
        });
        try {
            begin_what_is_due();
        } catch (const std::exception& e) {  // the store cannot be read, or no thread be had: later
            log::error("schedule_failed", {{"error", e.what()}});
        }
        if (!stopping_) bridge_.syncing.wait(seen, look_again_);
    }
    for (auto& one : running_) one.second->thread.join();
    running_.clear();
}

void Scheduler::begin_what_is_due() {
    const auto most = static_cast<std::size_t>(bridge_.syncing.parallel());
    const auto at_work = bridge_.syncing.at_work();
    struct Waiting {
        std::optional<Instant> last_try;
        std::string name;
        Due due;
    };
    std::vector<Waiting> waiting;
    for (const auto& source : bridge_.store().sources().sources()) {
        if (const auto mended = believe_no_future(source); !mended)
            log::error("state_not_kept", {{"source", source.name}, {"code", mended.error().code}});
        if (running_.contains(source.name) || at_work.contains(source.name) || rests(source.name)) continue;
        if (const auto gone_on = go_on_after_rotation(bridge_, source); !gone_on)
            log::error("state_not_kept", {{"source", source.name}, {"code", gone_on.error().code}});
        if (const auto what = due(source); what.sync || what.push)
            waiting.push_back(
                {bridge_.store().sources().source_state(source.uuid).last_try, source.name, what});
    }
    // Who was read longest ago goes first, so that a few busy sources keep nobody waiting for ever.
    std::stable_sort(waiting.begin(), waiting.end(),
                     [](const Waiting& a, const Waiting& b) { return a.last_try < b.last_try; });
    for (const auto& one : waiting) {
        if (running_.size() >= most) return;
        auto running = std::make_unique<Running>();
        auto& done = running->done;
        running->thread = std::thread([this, name = one.name, what = one.due, &done] {
            try {
                work(name, what);
            } catch (const std::exception& e) {
                log::error("schedule_failed", {{"source", name}, {"error", e.what()}});
            }
            done = true;
            bridge_.syncing.changed();
        });
        running_.emplace(one.name, std::move(running));
    }
}

// Where the clock was ahead once, its times are set right for good: what is reckoned from now each time never
// comes. Under the source's hold, for a sync writes the same state at its end.
Status Scheduler::believe_no_future(const store::SourceRow& source) {
    auto& sources = bridge_.store().sources();
    const auto options = options_of(source);
    if (!options) return {};
    const auto is_right = [&](const store::SourceStateRow& state) {
        return believable(state, options->schedule, bridge_.now(), source.uuid) == state;
    };
    if (is_right(sources.source_state(source.uuid))) return {};
    const auto hold = bridge_.syncing.try_hold(source.name, "schedule");
    if (!hold) return {};
    return sources.put_source_state(source.uuid, state_of(bridge_, source, *options));
}

Scheduler::Due Scheduler::due(const store::SourceRow& source) const {
    const auto options = options_of(source);
    if (!options) return {};
    const auto now = bridge_.now();
    const auto state = bridge_.store().sources().source_state(source.uuid);
    const auto sync = due_at(state, options->schedule, now, source.uuid);
    const auto push = push_due_at(bridge_, source, *options);
    return {sync && *sync <= now, push && *push <= now};
}

bool Scheduler::rests(const std::string& source) {
    const std::lock_guard lock(resting_mutex_);
    const auto it = resting_.find(source);
    return it != resting_.end() && std::chrono::steady_clock::now() < it->second;
}

void Scheduler::work(const std::string& source, Due due) {
    bool well = true;
    if (due.sync) {
        well = sync_source(bridge_, source, {}, scheduler()).has_value();
        if (bridge_.stopping) return;
        const auto row = bridge_.store().sources().source(source);
        due.push = due.push || (well && row && push_follows_sync(*row));
    }
    if (well && due.push) {
        const auto pushed = push_source(bridge_, source, {}, scheduler());
        well = pushed.has_value();
        if (!well) log::error("push_failed", {{"source", source}, {"code", pushed.error().code}});
    }
    if (well) return;
    // Its back-off is in its state. Where that could not be stored (a full disk) it would be due at once.
    const std::lock_guard lock(resting_mutex_);
    resting_[source] = std::chrono::steady_clock::now() + rest_after_failure_;
}

}  // namespace capbridge::engine
