// When writing back is due, and what is known of how it goes.
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/write_back/push.hpp"
#include "core/engine/write_back/push_state.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::engine {
namespace {

WriteBack write_back_of(const SourceOptions& options) {
    return read_write_back(options.write_back).value_or(WriteBack{});
}

// A clock that was ahead and went back would keep the source waiting for days that are far away. What it
// wrote is put right once; going by the time of now again and again would never come to an end.
void set_right(Bridge& bridge, const store::SourceRow& source, const WriteBack& write_back,
               PushState& state) {
    const auto now = bridge.now();
    if (!state.last_try || *state.last_try <= now) return;
    state.last_try = now;
    if (state.last_ok && *state.last_ok > now) state.last_ok = now;
    if (state.next_due) {
        state.next_due = state.failures > 0 ? now : write_back.schedule.next(now, source.uuid);
    }
    if (const auto kept = keep_push_state(bridge, source.uuid, state); !kept)
        log::error("push_state", {{"source", source.name}, {"code", kept.error().code}});
}

}  // namespace

std::optional<Instant> push_due_at(Bridge& bridge, const store::SourceRow& source,
                                   const SourceOptions& options) {
    const auto write_back = write_back_of(options);
    if (!write_back.is_set()) return std::nullopt;
    auto state = read_push_state(bridge, source.uuid);
    if (state.stopped || bridge.store().sources().source_state(source.uuid).stopped == "quarantined")
        return std::nullopt;
    set_right(bridge, source, write_back, state);
    if (state.next_due) return state.next_due;
    if (!write_back.schedule.is_set()) return std::nullopt;
    if (state.last_try) return write_back.schedule.next(*state.last_try, source.uuid);
    return write_back.schedule.first(bridge.now(), source.uuid);
}

bool push_follows_sync(const store::SourceRow& source) {
    const auto options = options_of(source);
    if (!options) return false;
    const auto write_back = write_back_of(*options);
    return write_back.is_set() && !write_back.schedule.is_set();
}

Status resume_push(Bridge& bridge, const std::string& source_uuid) {
    auto state = read_push_state(bridge, source_uuid);
    if (!state.stopped && state.failures == 0) return {};
    state.stopped = false;
    state.failures = 0;
    state.next_due = bridge.now();
    return keep_push_state(bridge, source_uuid, state);
}

ordered_json push_state_json(Bridge& bridge, const store::SourceRow& source) {
    const auto options = options_of(source);
    if (!options || !write_back_of(*options).is_set()) return nullptr;
    return push_state_to_json(read_push_state(bridge, source.uuid));
}

}  // namespace capbridge::engine
