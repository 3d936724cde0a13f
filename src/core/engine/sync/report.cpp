#include "core/engine/sync/report.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/engine/sync/options.hpp"
#include "core/engine/sync/outcome.hpp"

namespace capbridge::engine {
namespace {

struct One {
    store::SourceRow source;
    store::SourceStateRow state;
    bool at_work = false;
    std::size_t rejected = 0;  // of what was to be written back
};

double seconds_since(Instant at, Instant now) {
    return std::max(0.0, std::chrono::duration<double>(now - at).count());
}

}  // namespace

std::vector<MetricFamily> sync_metrics(Bridge& bridge) {
    auto& sources = bridge.store().sources();
    const auto at_work = bridge.syncing.at_work();
    std::vector<One> all;
    for (auto& source : sources.sources()) {
        auto state = sources.source_state(source.uuid);
        const bool busy = at_work.contains(source.name);
        const auto rejected = sources.count_pushes(source.uuid, "rejected");
        all.push_back({std::move(source), std::move(state), busy, rejected});
    }
    if (all.empty()) return {};
    const auto now = bridge.now();
    std::vector<MetricFamily> out;
    // A source without a value for a line (never read yet) has no such line.
    const auto family = [&](const std::string& name, const char* help,
                            const std::function<std::optional<double>(const One&)>& value) {
        out.push_back({"capbridge_source_" + name, help, MetricFamily::Type::gauge, {}});
        for (const auto& one : all) {
            if (const auto v = value(one))
                out.back().samples.push_back(
                    {{{"source", one.source.name}, {"adapter", one.source.adapter}}, *v});
        }
    };
    family("last_success_age_seconds", "Seconds since the source was last read well.",
           [&](const One& one) -> std::optional<double> {
               if (!one.state.last_ok) return std::nullopt;
               return seconds_since(*one.state.last_ok, now);
           });
    family("last_new_age_seconds", "Seconds since a sync last brought something new, changed or withdrawn.",
           [&](const One& one) -> std::optional<double> {
               if (!one.state.last_new) return std::nullopt;
               return seconds_since(*one.state.last_new, now);
           });
    family("without_new", "1 when it brought nothing new for longer than its expect_new.",
           [&](const One& one) -> std::optional<double> {
               const auto options = options_of(one.source);
               if (!options || !options->expect_new) return std::nullopt;
               return is_without_new(one.state, *options, now) ? 1 : 0;
           });
    family("overdue_seconds", "Seconds since the source was due and is not read yet.",
           [&](const One& one) -> std::optional<double> {
               if (!one.state.next_due || one.at_work) return std::nullopt;
               return seconds_since(*one.state.next_due, now);
           });
    family("failures", "Syncs in a row that failed; 0 when the last one went well.",
           [](const One& one) { return std::optional<double>(one.state.failures); });
    family("stopped", "1 when it is not scheduled until its settings change or a person resumes it.",
           [](const One& one) { return std::optional<double>(one.state.stopped.empty() ? 0 : 1); });
    family("held", "1 when a guard or a gap waits for a person's yes.",
           [](const One& one) { return std::optional<double>(one.state.held.empty() ? 0 : 1); });
    family("at_work", "1 while it is read or written to.",
           [](const One& one) { return std::optional<double>(one.at_work ? 1 : 0); });
    family("write_back_rejected", "Things that the source would not take.",
           [](const One& one) { return std::optional<double>(static_cast<double>(one.rejected)); });
    return out;
}

}  // namespace capbridge::engine
