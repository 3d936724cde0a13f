// What an operator wants to see first.
#include <nlohmann/json.hpp>

#include "core/engine/forward/report.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/sync.hpp"

namespace capbridge::engine {
namespace {

// {}: what an operator wants to see first.
Result<ordered_json> status(Bridge& bridge, const json&, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    auto& projection = bridge.store().projection();
    const auto watermark = bridge.store().journal().watermark();
    ordered_json out{{"organisation", bridge.store().installation().organisation},
                     {"framework", {{"id", rules->framework.id}, {"version", rules->framework.version}}},
                     {"journal", watermark.seq},
                     {"folded", projection.cursor()},
                     {"folded_by", projection.folded_by()},
                     {"people", projection.all_people().size()}};
    out["out_of_force"] = bridge.left_out();
    std::size_t unmapped_statements = 0;
    out["unmapped_activities"] = ordered_json::array();
    for (const auto& a : projection.activities()) {
        if (rules->knows_activity(a.activity)) continue;
        unmapped_statements += a.statements;
        if (out["unmapped_activities"].size() < 20) {
            out["unmapped_activities"].push_back(
                {{"activity", a.activity}, {"statements", a.statements}, {"people", a.people}});
        }
    }
    out["unmapped_statements"] = unmapped_statements;
    std::size_t unresolved_statements = 0;
    const auto unresolved = projection.unresolved(10000);
    for (const auto& u : unresolved) unresolved_statements += u.statements;
    out["unresolved_actors"] = unresolved.size();
    out["unresolved_statements"] = unresolved_statements;
    out["sources"] = ordered_json::array();
    for (const auto& source : bridge.store().sources().sources()) {
        ordered_json one{{"name", source.name}};
        one.update(sync_state_json(bridge, source));
        out["sources"].push_back(std::move(one));
    }
    // Whether this machine's kernel can lock an adapter in, and what it lacks.
    out["sandbox"] =
        bridge.adapters() == nullptr ? ordered_json() : ordered_json(bridge.adapters()->sandbox());
    const auto store = bridge.store().facts();
    out["store"] = {{"database_bytes", store.database_bytes}, {"wal_bytes", store.wal_bytes},
                    {"free_bytes", store.free_bytes},         {"disk_bytes", store.disk_bytes},
                    {"read_only", store.disk_read_only},      {"format", store.format}};
    out["forward"] = ordered_json::array();
    for (const auto& one : forward_reports(bridge))
        out["forward"].push_back(
            {{"name", one.target.name},
             {"paused", one.target.paused},
             {"behind", one.behind},
             {"lag_seconds", one.lag_seconds},
             {"dead_letters", one.dead_letters},
             {"failures", one.state.failures},
             {"error",
              one.state.error_code.empty() ? ordered_json(nullptr) : ordered_json(one.state.error_code)}});
    out["backup"] = bridge.backups.status();
    return out;
}

}  // namespace

std::vector<Operation> status_operations() {
    return {{"status", false, "read", status}};
}

}  // namespace capbridge::engine
