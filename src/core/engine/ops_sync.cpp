// Syncs, and what a person decides about those that wait.
#include <nlohmann/json.hpp>

#include "core/engine/operation_list.hpp"
#include "core/engine/sync/outcome.hpp"
#include "core/engine/sync/sync.hpp"
#include "core/engine/write_back/lookup.hpp"
#include "core/engine/write_back/push.hpp"

namespace capbridge::engine {
namespace {

Result<store::SourceRow> need_source(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    auto source = bridge.store().sources().source(name);
    if (!source)
        return fail("not_found", "there is no source '" + name + "' (capbridge source list)", "/source");
    return std::move(*source);
}

// {record | replay: a folder}, of one source.
Status read_cassette(const json& params, std::size_t sources, SyncRequest& request) {
    const auto record = get_string(params, "record"), replay = get_string(params, "replay");
    if (record.empty() && replay.empty()) return {};
    if (!record.empty() && !replay.empty())
        return fail("bad_parameter", "a cassette is recorded or replayed, not both");
    if (sources != 1) return fail("bad_parameter", "a cassette is of one source");
    request.cassette = record.empty() ? SourceSettings::Cassette::replay : SourceSettings::Cassette::record;
    request.cassette_folder = record.empty() ? replay : record;
    return {};
}

// {sources: [names] | all: true, full?, dry_run?, accept?, record? | replay?}
Result<ordered_json> sync(Bridge& bridge, const json& params, const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    std::vector<std::string> names;
    if (params.value("all", false)) {
        for (const auto& source : bridge.store().sources().sources()) {
            if (source.adapter != no_adapter) names.push_back(source.name);
        }
        if (names.empty())
            return fail("not_found",
                        "there is no source to read yet; 'capbridge config apply FILE' or 'capbridge source "
                        "add' makes one");
    } else {
        for (const auto& name : params.value("sources", json::array())) {
            names.push_back(name.get<std::string>());
            if (!bridge.store().sources().source(names.back()))
                return fail("not_found", "there is no source '" + names.back() + "' (capbridge source list)");
        }
        if (names.empty()) return fail("bad_parameter", "name a source, or say --all");
    }
    SyncRequest request{params.value("full", false), params.value("dry_run", false),
                        params.value("accept", params.value("accept_fall", false))};
    CAPBRIDGE_TRY(read_cassette(params, names.size(), request));
    return sync_sources(bridge, names, request, caller);
}

Result<ordered_json> accept(Bridge& bridge, const json& params, const std::string& code,
                            const Caller& caller) {
    CAPBRIDGE_LET(const auto source, need_source(bridge, params));
    SyncRequest request;
    request.accept = request.answers = true;
    request.held = code;
    request.yes = get_string(params, "yes");
    auto done = sync_sources(bridge, {source.name}, request, caller);
    if (!done) return done;
    const auto& one = (*done)["syncs"][0];
    if (one.contains("error") && one["error"]["code"] == "not_held")
        return fail("not_held", one["error"]["message"].get<std::string>());
    return done;
}

// {source, yes?: the name of what the person saw (source.show, held.yes)}: a person's yes to what holds the
// source; it is synced with it, now, and held again if it comes much worse.
Result<ordered_json> source_accept(Bridge& bridge, const json& params, const Caller& caller) {
    return accept(bridge, params, {}, caller);
}

// {source, yes?}: the feed goes on beyond its gap, without what is missing.
Result<ordered_json> gap_accept(Bridge& bridge, const json& params, const Caller& caller) {
    return accept(bridge, params, "feed_gap", caller);
}

Result<ordered_json> resume(Bridge& bridge, const json& params, bool from_the_beginning,
                            const Caller& caller) {
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    CAPBRIDGE_LET(const auto hold, hold_source(bridge, name, "change", caller));
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    CAPBRIDGE_LET(const auto source, need_source(bridge, params));
    CAPBRIDGE_LET(const auto options, options_of(source));
    auto& sources = bridge.store().sources();
    if (from_the_beginning) CAPBRIDGE_TRY(sources.set_cursor(source.uuid, ""));
    CAPBRIDGE_TRY(sources.put_source_state(
        source.uuid, resumed(sources.source_state(source.uuid), options.schedule, bridge.now())));
    CAPBRIDGE_TRY(resume_push(bridge, source.uuid));
    bridge.syncing.changed();
    return ordered_json{{"source", source.name},
                        {"resumed", true},
                        {"from_the_beginning", from_the_beginning},
                        {"scheduled", options.schedule.is_set()}};
}

// {source}: scheduled again, at once; nothing is stopped, quarantined or held any more.
Result<ordered_json> source_resume(Bridge& bridge, const json& params, const Caller& caller) {
    return resume(bridge, params, false, caller);
}

// {source}: the feed begins again, with a full delivery.
Result<ordered_json> gap_reseed(Bridge& bridge, const json& params, const Caller& caller) {
    return resume(bridge, params, true, caller);
}

// {source, dry_run?, retry?}: what should be over there and is not; `retry`: what was refused too, now.
Result<ordered_json> push(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    return push_source(bridge, name, {params.value("dry_run", false), params.value("retry", false)}, caller);
}

// {source, dry_run?}: whose accounts are these? Proposals for the review of identities.
Result<ordered_json> people_lookup(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    return lookup_people(bridge, name, params.value("dry_run", false), caller);
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

std::vector<Operation> sync_operations() {
    return {
        {"sync", true, "admin", sync, false, true},
        {"source.accept", true, "admin", source_accept, false, true},
        {"source.resume", true, "admin", source_resume, false, true},
        {"gap.accept", true, "admin", gap_accept, false, true},
        {"gap.reseed", true, "admin", gap_reseed, false, true},
        {"push", true, "admin", push, false, true},
        {"people.lookup", true, "admin", people_lookup, false, true},
        {"rebuild", true, "admin", rebuild},
        {"digest", false, "read", digest},
    };
}

}  // namespace capbridge::engine
