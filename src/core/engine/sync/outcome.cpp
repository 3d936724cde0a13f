#include "core/engine/sync/outcome.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

constexpr std::chrono::milliseconds first_wait{60'000}, longest_wait{3'600'000};
// Whoever asks for more than this is asked again anyway.
constexpr std::chrono::milliseconds longest_asked{24 * 3'600'000};
// Two clocks of one site, or one that is set right by a little.
constexpr std::chrono::milliseconds clocks_differ{60'000};
constexpr std::string_view asked = "Try again after ";

std::chrono::milliseconds asked_for(const std::string& message) {
    const auto at = message.rfind(asked);
    if (at == std::string::npos) return {};
    std::int64_t ms = 0;
    const auto* begin = message.data() + at + asked.size();
    const auto [end, error] = std::from_chars(begin, message.data() + message.size(), ms);
    if (error != std::errc{} || ms < 0) return {};
    return std::min(std::chrono::milliseconds{ms}, longest_asked);
}

}  // namespace

bool is_held_code(std::string_view code) {
    return code == "snapshot_fell" || code == "leavers" || code == "feed_gap";
}

Ending ending_of(const Error& error) {
    const auto& code = error.code;
    if (code == "stopping" || code == "adapter_cancelled") return Ending::given_up;
    if (code == "adapter_config" || code == "adapter_auth" || code == "adapter_unsupported")
        return Ending::configuration;
    if (is_held_code(code)) return Ending::held;
    // A cursor that is refused although it is the empty one is a defect too.
    for (const auto* own : {"adapter_crashed", "adapter_timeout", "adapter_protocol", "adapter_internal",
                            "adapter_memory", "adapter_bad_cursor"}) {
        if (code == own) return Ending::crashed;
    }
    return Ending::later;
}

std::chrono::milliseconds back_off(int failures, const Error& error, double dice) {
    std::chrono::milliseconds wait{first_wait.count() << std::clamp(failures - 1, 0, 16)};
    wait = std::min(wait, longest_wait);
    wait = std::chrono::round<std::chrono::milliseconds>(wait * (0.5 + 0.5 * dice));
    return std::max(wait, asked_for(error.message));
}

store::SourceStateRow state_after(store::SourceStateRow state, const SyncEnd& end,
                                  const SourceOptions& options, std::string_view source_uuid) {
    const auto ending = end.error ? ending_of(*end.error) : Ending::well;
    if (end.brought) state.last_new = end.now;
    if (ending == Ending::given_up) return state;
    state.last_try = end.began;
    state.held.clear();
    state.details.clear();
    if (ending == Ending::well) {
        // The cursor is behind what could not be used: reading on is no success yet.
        const bool still = end.nothing_usable && state.error_code == "nothing_usable";
        if (!still) {
            state.last_ok = end.now;
            state.error_code.clear();
            state.error.clear();
            state.failures = state.crashes = 0;
        }
        if (end.full) state.last_full = end.began;
        state.stopped.clear();
        // From its begin, so that an hourly sync of ten minutes stays hourly; what was missed is not made up.
        state.next_due = options.schedule.next(end.began, source_uuid);
        if (state.next_due && *state.next_due <= end.now)
            state.next_due = options.schedule.next(end.now, source_uuid);
        return state;
    }
    state.error_code = end.error->code;
    state.error = end.error->message;
    ++state.failures;
    state.crashes = ending == Ending::crashed ? state.crashes + 1 : 0;
    state.next_due.reset();
    auto details = ordered_json::object();
    if (ending == Ending::held && end.details.is_object()) details = end.details;
    if (!end.answered.empty()) details["answered"] = end.answered.to_json();
    if (!details.empty()) state.details = details.dump();
    if (ending == Ending::held) {
        state.held = end.error->code;
        // The rest of the full reading is read on from there.
        if (end.full && end.kept_to_gap) state.last_full = end.began;
    } else if (ending == Ending::configuration) {
        state.stopped = "configuration";
    } else if (state.crashes >= options.guards.crashes) {
        state.stopped = "quarantined";
    } else if (options.schedule.is_set()) {
        state.stopped.clear();
        state.next_due = end.now + back_off(state.failures, *end.error, end.dice);
    }
    return state;
}

store::SourceStateRow believable(store::SourceStateRow state, const Schedule& schedule, Instant now,
                                 std::string_view source_uuid) {
    const auto before = state;
    for (auto* at : {&state.last_try, &state.last_ok, &state.last_full, &state.last_new}) {
        if (*at && **at > now + clocks_differ) *at = now;
    }
    if (state.next_due) {
        const auto next = schedule.next(now, source_uuid);
        const auto latest = std::max(next.value_or(now), now + longest_asked) + clocks_differ;
        if (state.last_try != before.last_try || *state.next_due > latest) {
            state.next_due = next ? std::optional(std::min(*next, *state.next_due)) : std::nullopt;
        }
    }
    return state;
}

store::SourceStateRow resumed(store::SourceStateRow state, const Schedule& schedule, Instant now) {
    if (state.error_code == "nothing_usable") {
        state.error_code.clear();
        state.error.clear();
    }
    state.stopped.clear();
    state.held.clear();
    state.details.clear();
    state.failures = state.crashes = 0;
    state.next_due.reset();
    if (schedule.is_set()) state.next_due = now;
    return state;
}

bool is_without_new(const store::SourceStateRow& state, const SourceOptions& options, Instant now) {
    const bool read_well =
        state.last_ok && state.failures == 0 && state.held.empty() && state.stopped.empty();
    if (!options.expect_new || !read_well) return false;
    return !state.last_new || *state.last_new + *options.expect_new < now;
}

std::optional<Instant> due_at(const store::SourceStateRow& state, const Schedule& schedule, Instant now,
                              std::string_view source_uuid) {
    if (!schedule.is_set() || !state.stopped.empty() || !state.held.empty()) return std::nullopt;
    if (state.next_due) return state.next_due;
    if (state.last_try)
        return std::min(schedule.next(*state.last_try, source_uuid).value_or(now),
                        schedule.next(now, source_uuid).value_or(now));
    return schedule.first(now, source_uuid);
}

}  // namespace capbridge::engine
