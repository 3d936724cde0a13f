#include "core/engine/sync/guarded_stream.hpp"

#include <thread>

namespace capbridge::engine {
namespace {

constexpr std::chrono::milliseconds between_tries{500}, step_aside{1};
constexpr std::size_t records_a_report = 1000;

}  // namespace

Result<std::unique_lock<std::timed_mutex>> GuardedStream::turn() {
    // The lock is not fair, and this thread would have it again before anybody who waits could wake up.
    if (bridge_.changes_waiting > 0) std::this_thread::sleep_for(step_aside);
    std::unique_lock<std::timed_mutex> turn(bridge_.changing, std::defer_lock);
    while (!turn.try_lock_for(between_tries)) {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
    }
    return turn;
}

Status GuardedStream::emit(std::string_view kind, std::string_view record_json) {
    if (++records_ % records_a_report == 0) bridge_.syncing.progress(source_, records_);
    CAPBRIDGE_LET(const auto held, turn());
    return intake_.emit(kind, record_json);
}

Status GuardedStream::give_way(std::unique_lock<std::timed_mutex>& held) {
    held.unlock();
    std::this_thread::sleep_for(step_aside);  // other pulls wait too, and nobody counts them
    CAPBRIDGE_LET(held, turn());
    return {};
}

Status GuardedStream::checkpoint(std::string_view cursor) {
    CAPBRIDGE_LET(const auto held, turn());
    return intake_.checkpoint(cursor);
}

}  // namespace capbridge::engine
