// Stands between a pull and its intake: lets each record in under Bridge::changing, so that what an intake
// reads before it writes stays so until it has written, and lets others through in between. One thread.
#pragma once
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class GuardedStream final : public RecordStream {
public:
    GuardedStream(Bridge& bridge, RecordStream& intake, std::string source)
        : bridge_(bridge), intake_(intake), source_(std::move(source)) {}

    Status emit(std::string_view kind, std::string_view record_json) override;
    Status checkpoint(std::string_view cursor) override;
    // Bridge::changing, for anything else that reads and then writes; error "stopping".
    Result<std::unique_lock<std::timed_mutex>> turn();

    // Unlocks, lets who waits have a turn, and locks again.
    Status give_way(std::unique_lock<std::timed_mutex>& turn);

private:
    Bridge& bridge_;
    RecordStream& intake_;
    const std::string source_;
    std::size_t records_ = 0;
};

}  // namespace capbridge::engine
