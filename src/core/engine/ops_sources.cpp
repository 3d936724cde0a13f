// Sources: configured, listed, shown; and the adapters that there are.
#include <nlohmann/json.hpp>

#include "core/engine/operation_list.hpp"
#include "core/engine/source_change.hpp"
#include "core/engine/source_check.hpp"
#include "core/engine/sync/memory.hpp"
#include "core/engine/sync/outcome.hpp"
#include "core/engine/sync/sync.hpp"
#include "core/engine/write_back/push.hpp"

namespace capbridge::engine {
namespace {

ordered_json source_json(Bridge& bridge, const store::SourceRow& s) {
    ordered_json out{{"uuid", s.uuid},
                     {"name", s.name},
                     {"adapter", s.adapter},
                     {"folder", s.folder},
                     {"activity_base", s.activity_base},
                     {"settings", json::parse(s.settings, nullptr, false)},
                     {"synced_before", !s.cursor.empty()}};
    out.update(sync_state_json(bridge, s));
    out["write_back"] = push_state_json(bridge, s);
    return out;
}

// Tried out before it is stored; what was found when it would work, else the error.
Result<ordered_json> try_out(Bridge& bridge, const store::SourceRow& source, const Caller& caller) {
    CAPBRIDGE_LET(const auto options, options_of(source));
    auto& sources = bridge.store().sources();
    std::optional<BorrowedMemory> memory;
    if (const auto before = sources.source(source.name)) memory.emplace(sources, before->uuid);
    caller.progress("checking " + source.name, 0, 0);
    CAPBRIDGE_LET(auto checked,
                  check_source(*bridge.adapters(), settings_of(source, options, memory ? &*memory : nullptr),
                               longest_check, bridge.stopping));
    if (checked.at("ok").get<bool>()) return checked;
    std::string code;
    for (const auto& finding : checked.at("findings")) {
        if (code.empty() && finding.at("severity") == "error") code = finding.at("code").get<std::string>();
    }
    return fail(code, "source " + source.name +
                          " would not work, and nothing was changed: " + findings_text(checked));
}

// Puts it into the store; its uuid and cursor stay.
Result<ordered_json> store_source(Bridge& bridge, store::SourceRow source, const Caller& caller) {
    auto& sources = bridge.store().sources();
    auto before = sources.source(source.name);
    if (before && source.activity_base.empty()) source.activity_base = activity_base_of(bridge, before->uuid);
    if (before && is_same_source(*before, source)) return source_json(bridge, *before);
    // A sync under way reads by the settings that it began with, and its cursor is of those.
    CAPBRIDGE_LET(const auto hold, hold_source(bridge, source.name, "change", caller));
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    before = sources.source(source.name);
    CAPBRIDGE_LET(auto row, sources.put_source(source));
    if (before && reads_otherwise(*before, source)) {
        CAPBRIDGE_TRY(sources.set_cursor(row.uuid, ""));
        row.cursor.clear();
    }
    if (row.activity_base.empty()) {
        row.activity_base = activity_base_of(bridge, row.uuid);
        CAPBRIDGE_LET(row, sources.put_source(row));
    }
    if (before) {
        const auto state = sources.source_state(row.uuid);
        const auto next = state_after_change(*before, row, state);
        if (next != state) CAPBRIDGE_TRY(sources.put_source_state(row.uuid, next));
        if (may_push_again(*before, row)) CAPBRIDGE_TRY(resume_push(bridge, row.uuid));
    }
    bridge.syncing.changed();
    return source_json(bridge, row);
}

// Adds a source or changes its settings. Besides a source's members {check?}: only when it would work.
Result<ordered_json> source_put(Bridge& bridge, const json& params, const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    auto members = params;
    members.erase("check");
    CAPBRIDGE_LET(auto source, source_row_of(bridge, members));
    ordered_json checked;
    if (params.value("check", false)) {
        CAPBRIDGE_LET(checked, try_out(bridge, source, caller));
    }
    CAPBRIDGE_LET(auto answer, store_source(bridge, std::move(source), caller));
    if (!checked.is_null()) answer["checked"] = std::move(checked);
    return answer;
}

Result<ordered_json> source_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"sources", ordered_json::array()}};
    for (const auto& s : bridge.store().sources().sources()) out["sources"].push_back(source_json(bridge, s));
    return out;
}

// {source}: with its options, its last runs and what was written back.
Result<ordered_json> source_show(Bridge& bridge, const json& params, const Caller&) {
    constexpr std::size_t runs_shown = 10, pushes_shown = 100;
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    auto& sources = bridge.store().sources();
    const auto source = sources.source(name);
    if (!source)
        return fail("not_found", "there is no source '" + name + "' (capbridge source list)", "/source");
    auto out = source_json(bridge, *source);
    out["options"] = ordered_json::parse(source->options, nullptr, false);
    out["sandbox"] =
        bridge.adapters() == nullptr ? ordered_json() : ordered_json(bridge.adapters()->sandbox());
    out["runs"] = ordered_json::array();
    for (const auto& run : sources.runs_of_source(name, runs_shown)) {
        out["runs"].push_back({{"id", run.id},
                               {"kind", run.kind},
                               {"began", format_instant(run.began)},
                               {"outcome", run.outcome.empty() ? "running" : run.outcome},
                               {"counts", ordered_json::parse(run.counts.empty() ? "{}" : run.counts)}});
    }
    out["written_back"] = {{"pushed", sources.count_pushes(source->uuid, "pushed")},
                           {"rejected", sources.count_pushes(source->uuid, "rejected")}};
    out["push_rejected"] = ordered_json::array();
    for (const auto& p : sources.pushes(source->uuid, "rejected", pushes_shown)) {
        out["push_rejected"].push_back(
            {{"kind", p.kind},
             {"key", p.key},
             {"code", p.error_code},
             {"message", p.error},
             {"tries", p.tries},
             {"next_try", p.next_try ? ordered_json(format_instant(*p.next_try)) : ordered_json(nullptr)}});
    }
    return out;
}

Result<ordered_json> adapter_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"adapters", ordered_json::array()}};
    if (bridge.adapters() == nullptr) return out;
    for (const auto& a : bridge.adapters()->list()) {
        out["adapters"].push_back({{"id", a.id},
                                   {"name", a.name},
                                   {"vendor", a.vendor},
                                   {"version", a.version},
                                   {"facets", a.facets},
                                   {"path", a.path.string()},
                                   {"sha256", a.sha256}});
    }
    out["sandbox"] = bridge.adapters()->sandbox();
    out["refused"] = ordered_json::array();
    for (const auto& one : bridge.adapters()->refused())
        out["refused"].push_back(
            {{"path", one.path.string()}, {"code", one.error.code}, {"reason", one.error.message}});
    return out;
}

}  // namespace

std::vector<Operation> source_operations() {
    return {
        {"source.put", true, "admin", source_put, true, true},
        {"source.list", false, "read", source_list},
        {"source.show", false, "admin", source_show},
        {"adapter.list", false, "read", adapter_list},
    };
}

}  // namespace capbridge::engine
