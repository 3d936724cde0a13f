// Dry runs: what publishing or withdrawing a rule, or an upgrade of this program, would do to people. They
// change nothing.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/framework_change.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/preview.hpp"
#include "core/engine/rule_text.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_listed = 1000;

competency::ComparisonLimits limits_of(const json& params) {
    competency::ComparisonLimits limits;
    limits.people = std::min(params.value("list", limits.people), most_listed);
    return limits;
}

Result<Proposal> withdrawal(Bridge& bridge, const std::string& kind, const std::string& id) {
    if (is_only_one(kind)) {
        return fail("bad_parameter", "a " + kind + " is not withdrawn: publish another one in its place",
                    "/kind");
    }
    if (!is_rule_kind(kind))
        return fail("bad_parameter", "there are no rules of kind '" + kind + "'", "/kind");
    if (!bridge.store().journal().decision_in_force(kind, id))
        return fail("not_found", "there is no " + kind + " '" + id + "' in force", "/id");
    return Proposal{kind, id, ""};
}

// {kind, text, name?} or {kind, id, withdraw: true}; list?: of how many people to tell one by one. See
// competency/comparison.hpp for the answer; of a framework also `requirements` (framework_change.hpp).
Result<ordered_json> preview(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto kind, need_text(params, "kind"));
    ordered_json out{{"kind", kind}};
    Proposal proposal;
    if (params.value("withdraw", false)) {
        CAPBRIDGE_LET(const auto id, need_text(params, "id"));
        CAPBRIDGE_LET(proposal, withdrawal(bridge, kind, id));
        out["id"] = id;
        out["withdraw"] = true;
    } else {
        CAPBRIDGE_LET(const auto text, need_text(params, "text"));
        CAPBRIDGE_LET(const auto rules, bridge.rules());
        CAPBRIDGE_LET(const auto rule, read_rule_text(*rules, kind, text, get_string(params, "name")));
        proposal = {kind, rule.id, text};
        out["id"] = rule.id;
        out["version"] = rule.version;
        if (kind == "framework") {
            CAPBRIDGE_LET(out["requirements"], framework_change(bridge, text, limits_of(params).people));
        }
    }
    out["dry_run"] = true;
    CAPBRIDGE_LET(const auto compared, preview_rules(bridge, proposal, limits_of(params), caller));
    out.update(compared);
    return out;
}

// {list?}: whether this program would fold the records anew, and what would be different then.
Result<ordered_json> upgrade_preview(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    auto& projection = bridge.store().projection();
    const auto stored = projection.folded_by();
    const auto now = fold_text(*rules);
    ordered_json out{{"stored", stored},
                     {"now", now},
                     {"refolds", stored != now},
                     {"journal", bridge.store().journal().watermark().seq},
                     {"folded", projection.cursor()},
                     {"dry_run", true}};
    CAPBRIDGE_LET(const auto compared, preview_fold(bridge, limits_of(params), caller));
    out.update(compared);
    return out;
}

// {id, why, dry_run?, list?}
Result<ordered_json> mapping_withdraw(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto id, need_text(params, "id"));
    if (params.value("dry_run", false)) {
        json asked = params;
        asked["kind"] = "mapping";
        asked["withdraw"] = true;
        return preview(bridge, asked, caller);
    }
    CAPBRIDGE_LET(const auto why, need_text(params, "why"));
    CAPBRIDGE_TRY(withdrawal(bridge, "mapping", id));
    store::RunRow run;
    run.kind = "decision";
    run.who = caller.who;
    run.what = "withdraw mapping " + id + ": " + why;
    CAPBRIDGE_LET(const auto done, in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
                      store::Batch batch;
                      batch.run = row.id;
                      batch.who = caller.who;
                      batch.entries.emplace_back(store::NewDecision{"mapping", id, "", {}});
                      CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
                      return ordered_json{{"counts", {{"withdrawn", 1}}}};
                  }));
    return ordered_json{{"kind", "mapping"}, {"id", id}, {"withdrawn", true}, {"run", done["run"]}};
}

}  // namespace

std::vector<Operation> preview_operations() {
    return {
        {"preview", false, "read", preview},
        {"upgrade.preview", false, "read", upgrade_preview},
        {"mapping.withdraw", true, "admin", mapping_withdraw},
    };
}

}  // namespace capbridge::engine
