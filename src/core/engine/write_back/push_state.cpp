#include "core/engine/write_back/push_state.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

constexpr const char* memory_key = "host/push";

ordered_json instant_json(const std::optional<Instant>& at) {
    return at ? ordered_json(format_instant(*at)) : ordered_json(nullptr);
}

}  // namespace

PushState read_push_state(Bridge& bridge, const std::string& source_uuid) {
    PushState out;
    const auto text = bridge.store().sources().memory(source_uuid, memory_key);
    if (!text) return out;
    const auto kept = json::parse(*text, nullptr, false);
    if (!kept.is_object()) return out;
    const auto instant = [&](const char* member) { return parse_instant(get_string(kept, member)); };
    out.last_try = instant("last_try");
    out.last_ok = instant("last_ok");
    out.next_due = instant("next_due");
    if (const auto error = kept.find("error"); error != kept.end() && error->is_object()) {
        out.error_code = get_string(*error, "code");
        out.error = get_string(*error, "message");
    }
    out.failures = kept.value("failures", 0);
    out.stopped = kept.value("stopped", false);
    out.unmet = kept.value("unmet", std::size_t{0});
    return out;
}

Status keep_push_state(Bridge& bridge, const std::string& source_uuid, const PushState& state) {
    return bridge.store().sources().set_memory(source_uuid, memory_key, push_state_to_json(state).dump());
}

ordered_json push_state_to_json(const PushState& state) {
    ordered_json out{{"last_try", instant_json(state.last_try)},
                     {"last_ok", instant_json(state.last_ok)},
                     {"next_due", instant_json(state.next_due)},
                     {"failures", state.failures},
                     {"error", nullptr},
                     {"stopped", state.stopped},
                     {"unmet", state.unmet}};
    if (!state.error_code.empty()) out["error"] = {{"code", state.error_code}, {"message", state.error}};
    return out;
}

}  // namespace capbridge::engine
