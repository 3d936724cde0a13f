#include "core/engine/backup/restored.hpp"

#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/store/audit.hpp"

namespace capbridge::engine {

Status write_audit_head(const std::filesystem::path& dir, const store::Manifest& manifest) {
    if (manifest.audit_head.empty()) return {};
    return write_file(dir / "audit.head", manifest.audit_head + "\n", 0600);
}

Status settle_restored(Bridge& bridge, const store::Manifest& manifest) {
    auto& audit = bridge.store().audit();
    const auto anchor = audit.anchor();
    if (!anchor || !(*anchor == audit.head())) return {};
    for (const auto n : audit.open()) {
        store::NewAuditEntry entry;
        entry.at = bridge.now();
        entry.phase = "outcome";
        entry.of = n;
        entry.outcome = "restored";
        entry.who = entry.from = "daemon";
        entry.details = ordered_json{{"backup", manifest.id}}.dump();
        if (const auto rows = audit.after(n - 1, 1); !rows.empty()) {
            const auto intent = json::parse(rows.front().text, nullptr, false);
            if (intent.is_object()) {
                entry.what = get_string(intent, "what");
                entry.request = get_string(intent, "request");
            }
        }
        CAPBRIDGE_TRY(audit.append(entry));
    }
    return {};
}

}  // namespace capbridge::engine
