#include "core/engine/forward/report.hpp"

#include <algorithm>
#include <functional>

namespace capbridge::engine {
namespace {

// Decisions in a row are few; where they are more, the lag shows once the cursor has passed them.
constexpr std::size_t entries_looked_at = 100;

}  // namespace

ForwardReport forward_report(Bridge& bridge, const store::TargetRow& target) {
    ForwardReport out;
    out.target = target;
    out.state = bridge.forwarding.state(target.uuid);
    auto& journal = bridge.store().journal();
    out.behind = std::max<std::int64_t>(0, journal.watermark().seq - target.cursor);
    out.dead_letters = bridge.store().outbox().count_dead(target.uuid);
    if (out.behind == 0) return out;
    for (const auto& entry : journal.entries(target.cursor, entries_looked_at, store::Journal::Bodies::no)) {
        if (const auto* row = std::get_if<store::StatementRow>(&entry)) {
            out.lag_seconds =
                std::max(0.0, std::chrono::duration<double>(bridge.now() - row->stored).count());
            break;
        }
    }
    return out;
}

std::vector<ForwardReport> forward_reports(Bridge& bridge) {
    std::vector<ForwardReport> out;
    for (const auto& target : bridge.store().outbox().targets())
        out.push_back(forward_report(bridge, target));
    return out;
}

std::vector<MetricFamily> forward_metrics(Bridge& bridge) {
    const auto reports = forward_reports(bridge);
    if (reports.empty()) return {};
    std::vector<MetricFamily> out;
    const auto family = [&](const std::string& name, MetricFamily::Type type, const char* help,
                            const std::function<double(const ForwardReport&)>& value) {
        out.push_back({"capbridge_forward_" + name, help, type, {}});
        for (const auto& one : reports)
            out.back().samples.push_back(
                {{{"target", one.target.name}, {"kind", one.target.kind}}, value(one)});
    };
    constexpr auto gauge = MetricFamily::Type::gauge, counter = MetricFamily::Type::counter;
    family("behind_entries", gauge, "Entries of the journal beyond the target's cursor.",
           [](const auto& r) { return static_cast<double>(r.behind); });
    family("lag_seconds", gauge, "Seconds since the oldest statement beyond the cursor was stored.",
           [](const auto& r) { return r.lag_seconds; });
    family("delivered_total", counter, "Statements delivered since the daemon started.",
           [](const auto& r) { return static_cast<double>(r.state.delivered); });
    family("refused_total", counter, "Statements that became dead letters since the daemon started.",
           [](const auto& r) { return static_cast<double>(r.state.refused); });
    family("dead_letters", gauge, "Statements that the target would not take.",
           [](const auto& r) { return static_cast<double>(r.dead_letters); });
    family("failures", gauge, "Tries in a row that failed; 0 when the last one went well.",
           [](const auto& r) { return static_cast<double>(r.state.failures); });
    family("paused", gauge, "1 when the target is paused.",
           [](const auto& r) { return r.target.paused ? 1.0 : 0.0; });
    return out;
}

}  // namespace capbridge::engine
