// Forwarding: targets, how far they are, and what they would not take.
#include <nlohmann/json.hpp>

#include "core/engine/forward/report.hpp"
#include "core/engine/forward/target_row.hpp"
#include "core/engine/forward/worker.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t letters_shown = 100;

ordered_json instant_json(const std::optional<Instant>& at) {
    return at ? ordered_json(format_instant(*at)) : ordered_json(nullptr);
}

ordered_json target_json(Bridge& bridge, const store::TargetRow& target) {
    const auto report = forward_report(bridge, target);
    const auto settings = json::parse(target.settings, nullptr, false);
    ordered_json out{{"name", target.name},
                     {"uuid", target.uuid},
                     {"kind", target.kind},
                     {"url", get_string(settings, "url")},
                     {"paused", target.paused},
                     {"cursor", target.cursor},
                     {"behind", report.behind},
                     {"lag_seconds", report.lag_seconds},
                     {"dead_letters", report.dead_letters},
                     {"running", bridge.forwarding.running()}};
    // Only the process that forwards knows how it goes.
    if (!bridge.forwarding.running()) return out;
    const auto& state = report.state;
    out["delivered"] = state.delivered;
    out["last_delivered"] = instant_json(state.last_delivered);
    out["error"] = nullptr;
    if (!state.error_code.empty()) {
        out["error"] = {{"code", state.error_code},
                        {"message", state.error_message},
                        {"at", instant_json(state.error_at)},
                        {"failures", state.failures}};
    }
    out["next_try"] = instant_json(state.next_try);
    return out;
}

Result<store::TargetRow> need_target(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto name, need_text(params, "name"));
    auto target = bridge.store().outbox().target(name);
    if (!target)
        return fail("not_found", "there is no target '" + name + "' (capbridge forward list)", "/name");
    return std::move(*target);
}

// {name, kind: lrs | webhook, settings, from?: start | now}: adds a target or changes its settings; a known
// one keeps its place, `from` is for a new one ("now" by default). Warnings: what will keep it from sending.
Result<ordered_json> forward_put(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto asked, target_row_of(bridge, params));
    CAPBRIDGE_LET(const auto row, bridge.store().outbox().put_target(asked.row));
    bridge.forwarding.changed();
    auto out = target_json(bridge, row);
    out["changed"] = !asked.is_same;
    out["new"] = asked.is_new;
    out["warnings"] = ordered_json::array();
    if (const auto secret = read_secret(asked.settings); !secret)
        out["warnings"].push_back(secret.error().text());
    return out;
}

// {} -> {targets}
Result<ordered_json> forward_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"targets", ordered_json::array()}};
    for (const auto& target : bridge.store().outbox().targets())
        out["targets"].push_back(target_json(bridge, target));
    return out;
}

// {name, limit?}: with its settings and its oldest dead letters.
Result<ordered_json> forward_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto target, need_target(bridge, params));
    auto out = target_json(bridge, target);
    out["settings"] = json::parse(target.settings, nullptr, false);
    out["dead"] = ordered_json::array();
    for (const auto& letter :
         bridge.store().outbox().dead_letters(target.uuid, params.value("limit", letters_shown))) {
        out["dead"].push_back({{"seq", letter.seq},
                               {"statement", letter.statement},
                               {"code", letter.code},
                               {"message", letter.message},
                               {"tries", letter.tries},
                               {"first", format_instant(letter.first)},
                               {"last", format_instant(letter.last)}});
    }
    return out;
}

// {name, seq?}: sends the dead letters again now, the oldest 1,000 or one; what is delivered is one no more.
// It also ends the target's back-off.
Result<ordered_json> forward_retry(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto target, need_target(bridge, params));
    std::optional<std::int64_t> seq;
    if (params.contains("seq")) seq = params["seq"].get<std::int64_t>();
    const auto http = net::make_http_client();
    bridge.forwarding.changed();
    CAPBRIDGE_LET(const auto report, retry_dead_letters(bridge, *http, target, seq, bridge.stopping,
                                                        [&](std::size_t done, std::size_t total) {
                                                            caller.progress("sending dead letters again",
                                                                            done, total);
                                                        }));
    ordered_json out{{"name", target.name},
                     {"tried", report.tried},
                     {"delivered", report.delivered},
                     {"left", report.left},
                     {"trouble", nullptr}};
    if (report.trouble)
        out["trouble"] = {{"code", report.trouble->code}, {"message", report.trouble->message}};
    return out;
}

// {name, seq | all: true}: gives dead letters up. The statements stay in the journal.
Result<ordered_json> forward_drop(Bridge& bridge, const json& params, const Caller&) {
    constexpr std::size_t at_once = 1000;
    CAPBRIDGE_LET(const auto target, need_target(bridge, params));
    auto& outbox = bridge.store().outbox();
    std::size_t dropped = 0;
    if (params.contains("seq")) {
        CAPBRIDGE_TRY(outbox.remove_dead(target.uuid, params["seq"].get<std::int64_t>()));
        dropped = 1;
    } else if (params.value("all", false)) {
        for (auto letters = outbox.dead_letters(target.uuid, at_once); !letters.empty();
             letters = outbox.dead_letters(target.uuid, at_once)) {
            for (const auto& letter : letters) CAPBRIDGE_TRY(outbox.remove_dead(target.uuid, letter.seq));
            dropped += letters.size();
            if (bridge.stopping) return fail("stopping", "the bridge is stopping");
        }
    } else {
        return fail("bad_parameter", "say which dead letter (seq), or all");
    }
    return ordered_json{
        {"name", target.name}, {"dropped", dropped}, {"left", outbox.count_dead(target.uuid)}};
}

Result<ordered_json> set_paused(Bridge& bridge, const json& params, bool paused) {
    CAPBRIDGE_LET(auto target, need_target(bridge, params));
    CAPBRIDGE_TRY(bridge.store().outbox().set_paused(target.uuid, paused));
    target.paused = paused;
    bridge.forwarding.changed();
    return target_json(bridge, target);
}

// {name}: nothing is sent until it is resumed; its place is kept.
Result<ordered_json> forward_pause(Bridge& bridge, const json& params, const Caller&) {
    return set_paused(bridge, params, true);
}

// {name}
Result<ordered_json> forward_resume(Bridge& bridge, const json& params, const Caller&) {
    return set_paused(bridge, params, false);
}

// {name}: with its place and its dead letters.
Result<ordered_json> forward_remove(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto target, need_target(bridge, params));
    CAPBRIDGE_TRY(bridge.store().outbox().remove_target(target.uuid));
    bridge.forwarding.forget(target.uuid);
    bridge.forwarding.changed();
    return ordered_json{{"name", target.name}, {"removed", true}};
}

}  // namespace

std::vector<Operation> forward_operations() {
    return {
        {"forward.put", true, "admin", forward_put, true}, {"forward.list", false, "admin", forward_list},
        {"forward.show", false, "admin", forward_show},    {"forward.retry", true, "admin", forward_retry},
        {"forward.drop", true, "admin", forward_drop},     {"forward.pause", true, "admin", forward_pause},
        {"forward.resume", true, "admin", forward_resume}, {"forward.remove", true, "admin", forward_remove},
    };
}

}  // namespace capbridge::engine
