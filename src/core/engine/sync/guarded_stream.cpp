#include "core/engine/sync/guarded_stream.hpp"

#include <thread>

#include "core/engine/directory.hpp"

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
    if (!directory_ && Directory::takes(kind)) {
        CAPBRIDGE_LET(auto hold,
                      bridge_.syncing.hold("/people", source_, bridge_.stopping, [](const std::string&) {}));
        directory_.emplace(std::move(hold));
        CAPBRIDGE_TRY(bridge_.project());
    }
    if (++records_ % records_a_report == 0) bridge_.syncing.progress(source_, records_);
    CAPBRIDGE_LET(const auto held, turn());
    return intake_.emit(kind, record_json);
}

Status GuardedStream::settle_directory() {
    if (!directory_) return {};
    return bridge_.project();
}

Status GuardedStream::checkpoint(std::string_view cursor) {
    CAPBRIDGE_LET(const auto held, turn());
    return intake_.checkpoint(cursor);
}

}  // namespace capbridge::engine
