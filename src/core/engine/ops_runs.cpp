// Runs: what happened, and taking one back as a whole.
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/operation_list.hpp"
#include "core/xapi/from_completion.hpp"

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

// {limit?}
Result<ordered_json> run_list(Bridge& bridge, const json& params, const Caller&) {
    ordered_json out{{"runs", ordered_json::array()}};
    for (const auto& run :
         bridge.store().sources().runs(std::min<std::size_t>(params.value("limit", std::size_t{50}), 10000)))
        out["runs"].push_back(run_json(run));
    return out;
}

// {run}
Result<ordered_json> run_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto run, run_of(bridge, params));
    auto out = run_json(run);
    out["statements"] = bridge.store().journal().count_of_run(run.id);
    out["decisions"] = bridge.store().journal().decisions_of_run(run.id).size();
    out["rejected"] = ordered_json::array();
    for (const auto& r : bridge.store().sources().rejected(run.id))
        out["rejected"].push_back({{"where", r.where}, {"code", r.code}, {"message", r.message}});
    return out;
}

// Collects what takes a run back: one batch, one commit.
class Reverting {
public:
    Reverting(Bridge& bridge, const store::RunRow& run) : bridge_(bridge), run_(run) {}

    Result<store::Batch> batch(std::int64_t revert_run, const std::string& who) {
        batch_.run = revert_run;
        batch_.who = who;
        for (const auto& change : bridge_.store().sources().changes_of_run(run_.id)) {
            if (change.latest.digest == change.standing.digest) {
                ++kept;  // another run says the same, or a later one has spoken: that stands
                continue;
            }
            CAPBRIDGE_TRY(take_back(change));
        }
        if (run_.kind == "request" || run_.kind == "import") {
            for (const auto& row : bridge_.store().journal().statements_of_run(run_.id)) {
                // A voiding cannot be undone (xAPI 1.0.3 part 2, 2.3.2): what the run voided stays so, and is
                // counted.
                if (!row.voids.empty()) ++voidings_kept;
                if (!row.voids.empty() || !row.voided_by.empty()) continue;
                append(xapi::voiding_statement(row.id, {bridge_.store().installation().uuid, "", ""},
                                               "reverted"));
                ++voided;
            }
        }
        decisions = bridge_.store().journal().decisions_of_run(run_.id).size();
        // The store marks the run as reverted in the commit of this decision.
        batch_.entries.emplace_back(
            store::NewDecision{"run.revert", std::to_string(run_.id), json{{"run", run_.id}}.dump(), {}});
        if (const auto source = bridge_.store().sources().source(run_.source)) {
            batch_.owner = "source:" + source->uuid;
            batch_.cursor_source = source->uuid;  // so that a mended export is read again
            batch_.cursor = run_.cursor_before;
        }
        return std::move(batch_);
    }

    std::size_t voided = 0, restored = 0, kept = 0, decisions = 0, voidings_kept = 0;

private:
    // The fact goes back to what it is without the run: withdrawn, or that content as a new revision.
    Status take_back(const store::Sources::Change& change) {
        const xapi::SourceContext context{change.source_uuid, "", ""};
        if (!change.latest.statement.empty()) {
            append(xapi::voiding_statement(change.latest.statement, context, "reverted"));
            ++voided;
        }
        store::NewSourceRecord record;
        record.source = change.source_uuid;
        record.kind = change.kind;
        record.key = change.latest.key;
        record.revision = change.latest.revision + 1;
        if (!change.standing.statement.empty()) {
            const auto standing = bridge_.store().journal().statement(change.standing.statement);
            if (!standing)
                return fail("store_damaged", "the journal lacks statement " + change.standing.statement);
            auto statement = json::parse(standing->body);
            statement["id"] = uuid_v5(change.source_uuid,
                                      "restored\n" + standing->id + "\n" + std::to_string(record.revision));
            statement["context"]["extensions"][std::string(xapi::extension::source)]["revision"] =
                record.revision;
            append(statement);
            record.digest = change.standing.digest;
            record.scope = change.standing.scope;
            record.statement = statement["id"].get<std::string>();
            ++restored;
        }
        batch_.source_records.push_back(std::move(record));
        return {};
    }

    void append(const json& statement) { batch_.entries.emplace_back(new_statement(statement)); }

    Bridge& bridge_;
    const store::RunRow& run_;
    store::Batch batch_;
};

// {run}: takes back what the run did, where no later run has spoken since.
Result<ordered_json> run_revert(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto run, run_of(bridge, params));
    if (run.reverted_by != 0)
        return fail("already_reverted", "run " + std::to_string(run.id) + " was taken back by run " +
                                            std::to_string(run.reverted_by));
    if (run.kind == "revert")
        return fail("not_revertible",
                    "a revert is not reverted: sync the source again, or import the file again");
    if (run.who == "system")
        return fail(
            "not_revertible",
            "the framework and policy that came with this version are not taken back; publish others");
    if (!run.ended && run.kind != "request")
        return fail("running", "run " + std::to_string(run.id) + " is not over yet");
    store::RunRow revert;
    revert.kind = "revert";
    revert.source = run.source;
    revert.who = caller.who;
    revert.what = "take back run " + std::to_string(run.id);
    return in_run(bridge, revert, [&](store::RunRow& row) -> Result<ordered_json> {
        Reverting work(bridge, run);
        CAPBRIDGE_LET(auto batch, work.batch(row.id, caller.who));
        CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
        return ordered_json{{"reverted", run.id},
                            {"counts",
                             {{"voided", work.voided},
                              {"restored", work.restored},
                              {"decisions_taken_back", work.decisions},
                              {"kept_later_revisions", work.kept},
                              {"voidings_kept", work.voidings_kept}}}};
    });
}

}  // namespace

std::vector<Operation> run_operations() {
    return {{"run.list", false, "read", run_list},
            {"run.show", false, "read", run_show},
            {"run.revert", true, "admin", run_revert}};
}

}  // namespace capbridge::engine
