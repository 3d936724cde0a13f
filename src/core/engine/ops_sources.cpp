// Sources and their syncs.
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/engine/intake.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t rejected_shown = 20;

ordered_json source_json(const store::SourceRow& s) {
    return {{"uuid", s.uuid},
            {"name", s.name},
            {"adapter", s.adapter},
            {"folder", s.folder},
            {"activity_base", s.activity_base},
            {"settings", json::parse(s.settings, nullptr, false)},
            {"synced_before", !s.cursor.empty()}};
}

// {name, adapter, settings, folder?, activity_base?, file_min_age_seconds?}: adds a source or changes its
// settings; its uuid and cursor stay.
Result<ordered_json> source_put(Bridge& bridge, const json& params, const Caller&) {
    store::SourceRow source;
    CAPBRIDGE_LET(source.name, need_text(params, "name"));
    CAPBRIDGE_LET(source.adapter, need_text(params, "adapter"));
    const auto settings = params.value("settings", json::object());
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    CAPBRIDGE_TRY(bridge.adapters()->find(source.adapter));
    CAPBRIDGE_LET(const auto problems, bridge.adapters()->check_settings(source.adapter, settings));
    if (has_errors(problems)) return fail(problems_error(problems, "the settings of source " + source.name));
    source.settings = settings.dump();
    source.folder = get_string(params, "folder");
    source.activity_base = get_string(params, "activity_base");
    source.file_min_age = std::chrono::seconds{params.value("file_min_age_seconds", 0)};
    const auto before = bridge.store().sources().source(source.name);
    if (before) source.cursor = before->cursor;
    CAPBRIDGE_LET(auto row, bridge.store().sources().put_source(source));
    // Other settings or another folder read other facts: begin again. Facts that are known are no-ops.
    if (before && (before->settings != source.settings || before->folder != source.folder ||
                   before->adapter != source.adapter)) {
        CAPBRIDGE_TRY(bridge.store().sources().set_cursor(row.uuid, ""));
        row.cursor.clear();
    }
    if (row.activity_base.empty()) {
        row.activity_base = bridge.store().installation().iri_base + "/sources/" + row.uuid + "/activities/";
        CAPBRIDGE_LET(row, bridge.store().sources().put_source(row));
    }
    return source_json(row);
}

Result<ordered_json> source_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"sources", ordered_json::array()}};
    for (const auto& s : bridge.store().sources().sources()) out["sources"].push_back(source_json(s));
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
                                   {"path", a.path.string()},
                                   {"sha256", a.sha256}});
    }
    return out;
}

Result<ordered_json> sync_one(Bridge& bridge, const store::SourceRow& source, bool full, bool accept_fall,
                              const Caller& caller) {
    CAPBRIDGE_LET(const auto adapter, bridge.adapters()->find(source.adapter));
    store::RunRow run;
    run.kind = "sync";
    run.source = source.name;
    run.adapter = adapter.id;
    run.adapter_version = adapter.version;
    run.adapter_sha256 = adapter.sha256;
    run.who = caller.who;
    run.what = "sync of " + source.name;
    run.cursor_before = source.cursor;
    return in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
        engine::SourceSettings settings{source.name, source.adapter, json::parse(source.settings),
                                        source.folder};
        settings.file_min_age = source.file_min_age;
        CAPBRIDGE_LET(auto opened, bridge.adapters()->open(settings));
        Intake intake(bridge, source, row.id, caller.progress, accept_fall);
        const std::string from = full ? "" : source.cursor;
        auto pulled = opened->pull(from, intake, bridge.stopping);
        if (!pulled && pulled.error().code == "adapter_bad_cursor" && !from.empty()) {
            // The source no longer knows where we stopped: from the beginning; known facts are no-ops.
            log::warn("cursor_refused", {{"source", source.name}});
            CAPBRIDGE_LET(opened, bridge.adapters()->open(settings));
            pulled = opened->pull({}, intake, bridge.stopping);
        }
        if (pulled) pulled = intake.finish();
        const auto counts = intake.counts().to_json();
        row.counts = counts.dump();
        if (!pulled) return fail(pulled.error());
        if (const auto& c = intake.counts(); c.rejected > 0 && c.rejected == c.read) {
            const auto first = bridge.store().sources().rejected(row.id);
            return fail(
                "nothing_usable",
                "nothing of what was read could be used" +
                    (first.empty() ? std::string() : "; first: " + first[0].where + ": " + first[0].message) +
                    " (capbridge run show " + std::to_string(row.id) + " has them all)");
        }
        ordered_json out{{"source", source.name}, {"counts", counts}, {"rejected", ordered_json::array()}};
        const auto rejected = bridge.store().sources().rejected(row.id);
        for (std::size_t i = 0; i < rejected.size() && i < rejected_shown; ++i) {
            out["rejected"].push_back(
                {{"where", rejected[i].where}, {"code", rejected[i].code}, {"message", rejected[i].message}});
        }
        return out;
    });
}

// {sources: [names] | all: true, full?, accept_fall?}: one source's failure does not keep the others from
// being read.
Result<ordered_json> sync(Bridge& bridge, const json& params, const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    std::vector<store::SourceRow> chosen;
    if (params.value("all", false)) {
        chosen = bridge.store().sources().sources();
        if (chosen.empty())
            return fail(
                "not_found",
                "there is no source yet; 'capbridge config apply FILE' or 'capbridge source add' makes one");
    } else {
        for (const auto& name : params.value("sources", json::array())) {
            const auto source = bridge.store().sources().source(name.get<std::string>());
            if (!source)
                return fail("not_found",
                            "there is no source '" + name.get<std::string>() + "' (capbridge source list)");
            chosen.push_back(*source);
        }
        if (chosen.empty()) return fail("bad_parameter", "name a source, or say --all");
    }
    ordered_json out{{"syncs", ordered_json::array()}, {"failed", 0}};
    std::size_t failed = 0;
    for (const auto& source : chosen) {
        auto done =
            sync_one(bridge, source, params.value("full", false), params.value("accept_fall", false), caller);
        if (done) {
            out["syncs"].push_back(std::move(*done));
        } else {
            ++failed;
            log::error("sync_failed", {{"source", source.name}, {"code", done.error().code}});
            out["syncs"].push_back(
                {{"source", source.name},
                 {"error", {{"code", done.error().code}, {"message", done.error().message}}}});
            if (done.error().code == "stopping") return fail(done.error());
        }
    }
    out["failed"] = failed;
    return out;
}

// {}: folds all records again from the journal alone.
Result<ordered_json> rebuild(Bridge& bridge, const json&, const Caller& caller) {
    caller.progress("folding the journal again", 0, 0);
    CAPBRIDGE_TRY(bridge.rebuild());
    return ordered_json{{"folded", bridge.store().projection().cursor()},
                        {"digest", bridge.store().projection().digest()}};
}

// {}: the digest of everything folded.
Result<ordered_json> digest(Bridge& bridge, const json&, const Caller&) {
    CAPBRIDGE_TRY(bridge.rules());
    return ordered_json{{"folded", bridge.store().projection().cursor()},
                        {"digest", bridge.store().projection().digest()}};
}

}  // namespace

std::vector<Operation> source_operations() {
    return {
        {"source.put", true, "admin", source_put, true},
        {"source.list", false, "read", source_list},
        {"adapter.list", false, "read", adapter_list},
        {"sync", true, "admin", sync},
        {"rebuild", true, "admin", rebuild},
        {"digest", false, "read", digest},
    };
}

}  // namespace capbridge::engine
