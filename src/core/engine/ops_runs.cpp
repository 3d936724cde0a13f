// Runs: what happened, and taking one back as a whole.
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/facts.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/packages.hpp"
#include "core/engine/record_effects.hpp"
#include "core/engine/reverting.hpp"

namespace capbridge::engine {
namespace {

ordered_json run_json(const store::RunRow& r) {
    auto counts = ordered_json::parse(r.counts.empty() ? "{}" : r.counts, nullptr, false);
    return {{"id", r.id},
            {"kind", r.kind},
            {"what", r.what},
            {"source", r.source.empty() ? ordered_json(nullptr) : ordered_json(r.source)},
            {"adapter", r.adapter.empty() ? ordered_json(nullptr)
                                          : ordered_json({{"id", r.adapter},
                                                          {"version", r.adapter_version},
                                                          {"sha256", r.adapter_sha256}})},
            {"who", r.who},
            {"began", format_instant(r.began)},
            {"ended", r.ended ? ordered_json(format_instant(*r.ended)) : ordered_json(nullptr)},
            {"counts", std::move(counts)},
            {"outcome", r.reverted_by != 0  ? "reverted"
                        : r.outcome.empty() ? "running"
                                            : r.outcome},
            {"error", r.error.empty() ? ordered_json(nullptr) : ordered_json(r.error)},
            {"reverted_by", r.reverted_by == 0 ? ordered_json(nullptr) : ordered_json(r.reverted_by)}};
}

Result<store::RunRow> run_of(Bridge& bridge, const json& params) {
    const auto it = params.find("run");
    if (it == params.end() || !it->is_number_integer())
        return fail("bad_parameter", "the parameter 'run' is the number of a run (capbridge run list)",
                    "/run");
    const auto run = bridge.store().sources().run(it->get<std::int64_t>());
    if (!run) return fail("not_found", "there is no run " + it->dump() + " (capbridge run list)", "/run");
    return *run;
}

// {limit?, source?}
Result<ordered_json> run_list(Bridge& bridge, const json& params, const Caller&) {
    auto& sources = bridge.store().sources();
    const auto limit = std::min<std::size_t>(params.value("limit", std::size_t{50}), 10000);
    const auto source = get_string(params, "source");
    if (!source.empty() && !sources.source(source))
        return fail("not_found", "there is no source '" + source + "' (capbridge source list)", "/source");
    ordered_json out{{"runs", ordered_json::array()}};
    for (const auto& run : source.empty() ? sources.runs(limit) : sources.runs_of_source(source, limit))
        out["runs"].push_back(run_json(run));
    return out;
}

// {run}
Result<ordered_json> run_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto run, run_of(bridge, params));
    auto out = run_json(run);
    out["statements"] = bridge.store().journal().count_of_run(run.id);
    out["decisions"] = bridge.store().journal().decisions_of_run(run.id).size();
    out["reasons"] = ordered_json::object();  // how often, of those that are kept
    out["rejected"] = ordered_json::array();
    out["left_out"] = ordered_json::array();  // of what was taken
    for (const auto& r : bridge.store().sources().rejected(run.id)) {
        if (r.code == left_out_code) {
            out["left_out"].push_back({{"where", r.where}, {"message", r.message}});
            continue;
        }
        out["reasons"][r.code] = out["reasons"].value(r.code, std::size_t{0}) + 1;
        out["rejected"].push_back({{"where", r.where}, {"code", r.code}, {"message", r.message}});
    }
    return out;
}

Status check_revertible(const store::RunRow& run) {
    if (run.reverted_by != 0)
        return fail("already_reverted", "run " + std::to_string(run.id) + " was taken back by run " +
                                            std::to_string(run.reverted_by));
    if (run.kind == "erasure" || run.kind == "retention")
        return fail("not_revertible", "what was erased cannot be brought back");
    if (run.kind == "revert")
        return fail("not_revertible",
                    "a revert is not reverted: sync the source again, or import the file again");
    if (run.who == "system")
        return fail(
            "not_revertible",
            "the framework and policy that came with this version are not taken back; publish others");
    if (run.kind == "push")
        return fail("not_revertible", "what was written back to another system is taken back over there");
    if (!run.ended && run.kind != "request")
        return fail("running", "run " + std::to_string(run.id) + " is not over yet");
    return {};
}

// {run, dry_run?}: takes back what the run did, where no later run has spoken since; or tells what that would
// be. Either answer says whose records change, in which units and from which state to which (effects;
// record_effects.hpp).
Result<ordered_json> run_revert(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto run, run_of(bridge, params));
    // The source's cursor goes back too, so nobody may be reading it.
    std::optional<SyncBoard::Hold> hold;
    if (!run.source.empty() && bridge.store().sources().source(run.source)) {
        CAPBRIDGE_LET(auto held, hold_source(bridge, run.source, "revert", caller));
        hold.emplace(std::move(held));
    }
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    CAPBRIDGE_LET(run, run_of(bridge, params));
    CAPBRIDGE_TRY(check_revertible(run));
    if (params.value("dry_run", false)) {
        Reverting work(bridge, run);
        CAPBRIDGE_TRY(work.batch(0, caller.who));
        CAPBRIDGE_LET(auto preview, work.preview());
        preview["run"] = run.id;
        preview["dry_run"] = true;
        return preview;
    }
    store::RunRow revert;
    revert.kind = "revert";
    revert.source = run.source;
    revert.who = caller.who;
    revert.what = "take back run " + std::to_string(run.id);
    std::optional<RecordEffects> effects;
    std::size_t touched = 0;
    auto done = in_run(bridge, revert, [&](store::RunRow& row) -> Result<ordered_json> {
        Reverting work(bridge, run);
        CAPBRIDGE_LET(auto batch, work.batch(row.id, caller.who));
        // What is not folded yet is no effect of this.
        CAPBRIDGE_TRY(bridge.project());
        if (const auto people = work.people()) {
            touched = people->size();
            CAPBRIDGE_LET(auto before, RecordEffects::before(bridge, *people));
            effects.emplace(std::move(before));
        }
        CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
        ordered_json out{{"reverted", run.id},
                         {"counts",
                          {{"voided", work.voided},
                           {"restored", work.restored},
                           {"decisions_taken_back", work.decisions},
                           {"kept_later_revisions", work.kept},
                           {"voidings_kept", work.voidings_kept}}}};
        out.update(work.told());  // by kind, as a dry run tells it
        return out;
    });
    if (done) {
        (*done)["people_touched"] = effects ? ordered_json(touched) : ordered_json(nullptr);
        (*done)["people_changed"] = nullptr;
        (*done)["effects"] = nullptr;
        // It is done, whether or not it can be told.
        if (effects) {
            if (auto told = effects->told(bridge); told && told->is_object()) {
                (*done)["people_changed"] = effects->changed().size();
                (*done)["effects"] = std::move(*told);
            }
        }
    }
    // A package that the run brought is in force no longer; a file that stays costs room and nothing else.
    if (const auto swept = sweep_packages(bridge); !swept)
        log::warn("packages_not_swept", {{"code", swept.error().code}});
    return done;
}

}  // namespace

std::vector<Operation> run_operations() {
    return {{"run.list", false, "read", run_list},
            {"run.show", false, "read", run_show},
            {"run.revert", true, "admin", run_revert, false, true}};
}

}  // namespace capbridge::engine
