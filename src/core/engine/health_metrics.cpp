#include "core/engine/health_metrics.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

void add(std::vector<MetricFamily>& out, const char* name, const char* help, double value) {
    out.push_back({name, help, MetricFamily::Type::gauge, {{{}, value}}});
}

}  // namespace

std::vector<MetricFamily> health_metrics(Bridge& bridge) {
    std::vector<MetricFamily> out;
    const auto backup = bridge.backups.status();
    const bool configured = backup.value("configured", false);
    add(out, "capbridge_backup_configured", "1 when the configuration says where backups go.",
        configured ? 1 : 0);
    if (configured) {
        add(out, "capbridge_backup_running", "1 while a backup is made.",
            backup.contains("running") && !backup["running"].is_null() && backup["running"] != false ? 1 : 0);
        add(out, "capbridge_backup_failures", "Backups in a row that failed; 0 when the last one went well.",
            backup.value("failures_in_a_row", 0));
        const auto last = backup.value("last", ordered_json());
        if (const auto taken =
                last.is_object() ? parse_instant(get_string(json(last), "taken")) : std::nullopt)
            add(out, "capbridge_backup_last_success_timestamp_seconds",
                "When the last backup was taken, in seconds since 1970.",
                static_cast<double>(unix_ms(*taken)) / 1000);
    }
    if (bridge.adapters() == nullptr) return out;
    const auto sandbox = bridge.adapters()->sandbox();
    const bool whole = sandbox.is_object() && get_string(sandbox, "refusal").empty() &&
                       sandbox.value("lacking", json::array()).empty();
    add(out, "capbridge_sandbox_enforced",
        "1 when adapters are wholly locked in; 0 when they are not, or none is loaded.", whole ? 1 : 0);
    add(out, "capbridge_adapters_refused", "Adapters that are there and were not loaded.",
        static_cast<double>(bridge.adapters()->refused().size()));
    return out;
}

}  // namespace capbridge::engine
