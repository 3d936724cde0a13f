// Competencies said to others as statements, and the framework as the xAPI Profile that these follow.
#include <nlohmann/json.hpp>

#include "core/engine/assert/sender.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"
#include "core/framework/xapi_profile.hpp"

namespace capbridge::engine {
namespace {

ordered_json settings_json(const AssertionSettings& settings) {
    const auto s = to_json(settings);
    ordered_json out;
    for (const auto* name : {"on", "since", "tiers", "archetypes", "factors", "actor"})
        out[name] = s.at(name);
    return out;
}

// {id?}: of the framework in force, or of a shipped one: an xAPI Profile (JSON-LD).
Result<ordered_json> profile(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto id = get_string(params, "id", rules->framework.id);
    if (id == rules->framework.id) return framework::xapi_profile(rules->framework);
    CAPBRIDGE_LET(const auto text, framework::shipped_framework(id));
    CAPBRIDGE_LET(const auto other, framework::load_framework(text, id));
    return framework::xapi_profile(other);
}

// {}: the settings, and what was said last of how many.
Result<ordered_json> show(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"settings", settings_json(assertion_settings(bridge))}};
    out.update(said_so_far(bridge));
    return out;
}

// {on, tiers?, archetypes?, factors?, actor?, since?}: what is left out stays as it is. `since` is today the
// first time that it is switched on.
Result<ordered_json> set(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto before = assertion_settings(bridge);
    auto wanted = to_json(before);
    for (const auto* name : {"on", "since", "tiers", "archetypes", "factors", "actor"}) {
        if (params.contains(name)) wanted[name] = params[name];
    }
    CAPBRIDGE_LET(auto settings, read_assertion_settings(wanted, *rules));
    if (settings.on && !settings.since) settings.since = day_of(bridge.now());
    const auto now = to_json(settings);
    ordered_json out{{"settings", settings_json(settings)}};
    out["changed"] = now != to_json(before);
    if (now == to_json(before)) return out;
    return decide(bridge, caller, "decision",
                  settings.on ? "competencies are said to others" : "competencies are not said to others",
                  {{assertion_settings_kind, "default", now.dump(), {}}}, out);
}

Result<AssertionSettings> need_on(Bridge& bridge) {
    auto settings = assertion_settings(bridge);
    if (!settings.on)
        return fail("assertions_off",
                    "competencies are not said to others here: switch it on first (capbridge assertions on)");
    return settings;
}

// {dry_run?}: what is due now; a daemon does it by itself.
Result<ordered_json> send(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto settings, need_on(bridge));
    return say_competencies(bridge, settings, {false, {}, params.value("dry_run", false)}, caller);
}

// {since?, dry_run?}: also what was achieved before the settings' day. Counts only, unless dry_run is false.
Result<ordered_json> back_fill(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto settings, need_on(bridge));
    AssertionRound round{.back_fill = true, .since = {}, .dry_run = params.value("dry_run", true)};
    if (!get_string(params, "since").empty()) {
        CAPBRIDGE_LET(round.since, day_parameter(bridge, params, "since"));
    }
    CAPBRIDGE_LET(auto out, say_competencies(bridge, settings, round, caller));
    out["dry_run"] = round.dry_run;
    return out;
}

}  // namespace

std::vector<Operation> assert_operations() {
    return {
        {"framework.profile", false, "read", profile},
        {"assertions.show", false, "admin", show},
        {"assertions.set", true, "admin", set},
        {"assertions.send", true, "admin", send},
        {"assertions.backfill", true, "admin", back_fill},
    };
}

}  // namespace capbridge::engine
