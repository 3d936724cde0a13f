#include "core/engine/rule_history.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/rule_text.hpp"

namespace capbridge::engine {

std::vector<PublishedRule> rule_history(Bridge& bridge, const std::string& kind, const std::string& id) {
    auto& journal = bridge.store().journal();
    std::vector<PublishedRule> out;
    const auto add = [&](const store::DecisionRow& decision, bool reverted) {
        if (decision.kind != kind || decision.payload.empty() || (!id.empty() && decision.key != id)) return;
        const bool known = std::any_of(out.begin(), out.end(),
                                       [&](const PublishedRule& p) { return p.seq == decision.seq; });
        if (known) return;
        const auto document = json::parse(decision.payload, nullptr, false);
        out.push_back({decision.key, document.is_object() ? get_string(document, "version") : "",
                       decision.payload, decision.who, decision.recorded, decision.run, decision.seq,
                       reverted, false});
    };
    const auto in_force = journal.decisions_in_force(kind);
    for (const auto& decision : in_force) add(decision, false);
    // A run says in words of which kind it publishes something.
    for (const auto& run : bridge.store().sources().runs(most_runs)) {
        if (run.kind != "decision" || run.what.find(kind) == std::string::npos) continue;
        for (const auto& decision : journal.decisions_of_run(run.id)) add(decision, run.reverted_by != 0);
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.seq > b.seq; });
    for (auto& each : out) {
        each.in_force = is_only_one(kind) ? !in_force.empty() && each.seq == in_force.back().seq
                                          : std::any_of(in_force.begin(), in_force.end(),
                                                        [&](const auto& d) { return d.seq == each.seq; });
    }
    return out;
}

ordered_json published_json(const PublishedRule& rule) {
    return {{"id", rule.id},
            {"version", rule.version},
            {"state", rule.in_force   ? "in_force"
                      : rule.reverted ? "reverted"
                                      : "before"},
            {"who", rule.who},
            {"published_at", format_instant(rule.recorded)},
            {"run", rule.run}};
}

}  // namespace capbridge::engine
