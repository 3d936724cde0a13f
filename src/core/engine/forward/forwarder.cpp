#include "core/engine/forward/forwarder.hpp"

#include <algorithm>
#include <random>

#include "core/base/log.hpp"
#include "core/engine/forward/worker.hpp"

namespace capbridge::engine {
namespace {

// Somebody else may append or change something without a word (a sync's thread, a clock that jumps).
constexpr std::chrono::milliseconds look_again{2000};
// After something was appended: what comes right behind it goes with it.
constexpr std::chrono::milliseconds gather{20};

}  // namespace

Forwarder::Forwarder(Bridge& bridge, MakeClient make_client)
    : bridge_(bridge), make_client_(std::move(make_client)), supervisor_([this] { supervise(); }) {}

Forwarder::~Forwarder() {
    stopping_ = true;
    bridge_.forwarding.changed();
    supervisor_.join();
}

void Forwarder::supervise() {
    bridge_.forwarding.set_running(true);
    while (!stopping_) {
        const auto seen = bridge_.forwarding.seen();
        std::erase_if(running_, [](auto& one) {
            if (!one.second->done) return false;
            one.second->thread.join();
            return true;
        });
        try {
            for (const auto& target : bridge_.store().outbox().targets()) {
                if (target.paused || running_.contains(target.uuid)) continue;
                auto running = std::make_unique<Running>();
                auto& done = running->done;
                running->thread = std::thread([this, uuid = target.uuid, &done] {
                    work(uuid);
                    done = true;
                    bridge_.forwarding.changed();
                });
                running_.emplace(target.uuid, std::move(running));
            }
        } catch (const std::exception& e) {  // the store cannot be read, or no thread be had: later
            log::error("forward_failed", {{"error", e.what()}});
        }
        if (!stopping_) bridge_.forwarding.wait(seen, false, look_again);
    }
    for (auto& one : running_) one.second->thread.join();
    running_.clear();
    bridge_.forwarding.set_running(false);
}

void Forwarder::work(const std::string& uuid) {
    std::mt19937_64 engine{std::random_device{}()};
    std::uniform_real_distribution<double> numbers(0, 1);
    const auto http = make_client_();
    ForwardWorker worker(bridge_, *http, uuid, stopping_, [&] { return numbers(engine); });
    auto& board = bridge_.forwarding;
    while (!stopping_) {
        const auto seen = board.seen();
        ForwardTurn turn{ForwardTurn::Next::at, bridge_.now() + look_again};
        try {
            turn = worker.turn();
        } catch (const std::exception& e) {
            log::error("forward_failed", {{"target", uuid}, {"error", e.what()}});
        }
        if (turn.next == ForwardTurn::Next::ended) return;
        if (turn.next == ForwardTurn::Next::again || stopping_) continue;
        if (turn.next == ForwardTurn::Next::when_appended) {
            board.wait(seen, true, look_again);
            if (!stopping_) std::this_thread::sleep_for(gather);
        } else {
            const auto wait = turn.at - bridge_.now();
            if (wait > wait.zero())
                board.wait(seen, false, std::min<std::chrono::milliseconds>(wait, look_again));
            if (board.seen().changed != seen.changed) worker.try_now();
        }
    }
}

}  // namespace capbridge::engine
