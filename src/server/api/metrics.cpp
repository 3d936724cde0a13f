#include "server/api/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

#include "server/process_facts.hpp"

namespace capbridge::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;
using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<std::pair<std::string, std::string>>;

double seconds(Instant at) {
    return static_cast<double>(unix_ms(at)) / 1000;
}

ClientMetric sample(const Labels& labels, MetricType type, double value) {
    ClientMetric out;
    for (const auto& [name, text] : labels) out.label.push_back({name, text});
    (type == MetricType::Counter ? out.counter.value : out.gauge.value) = value;
    return out;
}

class Writing {
public:
    Families families = {};
    void add(std::string name, const char* help, MetricType type, double value, const Labels& labels = {}) {
        families.push_back({std::move(name), help, type, {sample(labels, type, value)}});
    }
    void gauge(std::string name, const char* help, double value, const Labels& labels = {}) {
        add(std::move(name), help, MetricType::Gauge, value, labels);
    }
    void counter(std::string name, const char* help, double value) {
        add(std::move(name), help, MetricType::Counter, value);
    }
};

void write_process(Writing& out, Instant started, const std::string& version) {
    const auto process = process_facts();
    out.gauge("capbridge_build_info", "The version that runs.", 1, {{"version", version}});
    out.gauge("process_start_time_seconds", "When the daemon began to serve, in seconds since 1970.",
              seconds(started));
    out.counter("process_cpu_seconds_total", "Processor time of the daemon.", process.cpu_seconds);
    out.gauge("process_resident_memory_bytes", "Memory of the daemon.",
              static_cast<double>(process.resident_bytes));
    out.gauge("process_open_fds", "Open file descriptors of the daemon.",
              static_cast<double>(process.open_files));
    out.gauge("process_max_fds", "File descriptors that it may have.",
              static_cast<double>(process.most_files));
    out.gauge("capbridge_process_threads", "Threads of the daemon.", process.threads);
}

void write_store(Writing& out, const Observation& seen) {
    const auto& store = seen.bridge.store;
    const auto& writer = store.writer;
    out.gauge("capbridge_store_database_bytes", "Size of the database.",
              static_cast<double>(store.database_bytes));
    out.gauge("capbridge_store_wal_bytes", "Size of the database's write-ahead log.",
              static_cast<double>(store.wal_bytes));
    out.gauge("capbridge_store_disk_free_bytes", "Room left on the disk of the data directory.",
              static_cast<double>(store.free_bytes));
    out.gauge("capbridge_store_disk_size_bytes", "Size of the disk of the data directory.",
              static_cast<double>(store.disk_bytes));
    out.gauge("capbridge_store_disk_read_only", "1 when that disk is mounted read-only.",
              store.disk_read_only ? 1 : 0);
    out.gauge("capbridge_store_format", "Format of the database: the number of its last migration.",
              store.format);
    out.gauge("capbridge_store_writes_waiting", "Writes that wait for their turn.",
              static_cast<double>(writer.waiting));
    out.gauge("capbridge_store_oldest_write_wait_seconds", "How long the first of them has waited.",
              std::chrono::duration<double>(std::max(writer.oldest_wait, writer.at_work_for)).count());
    out.counter("capbridge_store_commits_failed_total", "Commits with a write that the disk did not take.",
                static_cast<double>(writer.failed));
    prometheus::MetricFamily commits{"capbridge_store_commit_duration_seconds",
                                     "How long commits took, until they were on the disk.",
                                     MetricType::Histogram,
                                     {ClientMetric{}}};
    auto& histogram = commits.metric.front().histogram;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < writer.commits.size(); ++i) {
        count += writer.commits[i];
        histogram.bucket.push_back({count, i < store::commit_bounds.size()
                                               ? store::commit_bounds[i]
                                               : std::numeric_limits<double>::infinity()});
    }
    histogram.sample_count = count;
    histogram.sample_sum = writer.commit_seconds;
    out.families.push_back(std::move(commits));
}

void write_records(Writing& out, const Observed& bridge) {
    out.counter("capbridge_journal_entries_total", "Entries of the journal.",
                static_cast<double>(bridge.journal));
    out.gauge("capbridge_projector_behind_entries",
              "Entries of the journal that the records do not show yet.",
              static_cast<double>(std::max<std::int64_t>(0, bridge.journal - bridge.folded)));
    out.gauge("capbridge_projector_lag_seconds", "Age of the first of them.", bridge.lag_seconds);
}

void write_health(Writing& out, const Observation& seen, const Readiness& readiness) {
    out.gauge("capbridge_ready", "1 when /readyz answers 200.", readiness.reasons.empty() ? 1 : 0);
    const auto list = [&](const char* name, const char* help, const std::vector<Reason>& reasons) {
        if (reasons.empty()) return;
        out.families.push_back({name, help, MetricType::Gauge, {}});
        for (const auto& r : reasons)
            out.families.back().metric.push_back(sample({{"reason", r.code}}, MetricType::Gauge, 1));
    };
    list("capbridge_not_ready_reason", "1 for each reason why it is not ready.", readiness.reasons);
    list("capbridge_health_warning", "1 for each thing that will not do for ever.", readiness.warnings);
    out.gauge("capbridge_http_connections", "Open connections.", static_cast<double>(seen.connections));
    if (!seen.tls) return;
    out.families.push_back({"capbridge_certificate_expiry_timestamp_seconds",
                            "When the certificate ends, in seconds since 1970.",
                            MetricType::Gauge,
                            {}});
    auto& ends = out.families.back().metric;
    ends.push_back(sample({{"use", "server"}}, MetricType::Gauge, seconds(seen.tls->until)));
    if (seen.tls->client_ca_until)
        ends.push_back(
            sample({{"use", "client_ca"}}, MetricType::Gauge, seconds(*seen.tls->client_ca_until)));
}

}  // namespace

std::string metrics_text(const Observation& seen, const Readiness& readiness, Instant started,
                         const std::string& version, const std::vector<engine::MetricFamily>& of_bridge,
                         const RequestStats& requests) {
    Writing out;
    write_process(out, started, version);
    write_health(out, seen, readiness);
    write_store(out, seen);
    write_records(out, seen.bridge);
    for (const auto& family : of_bridge) {
        if (family.samples.empty()) continue;
        const auto type =
            family.type == engine::MetricFamily::Type::counter ? MetricType::Counter : MetricType::Gauge;
        out.families.push_back({family.name, family.help, type, {}});
        for (const auto& one : family.samples)
            out.families.back().metric.push_back(sample(one.labels, type, one.value));
    }
    for (auto& family : requests.collect()) out.families.push_back(std::move(family));
    return prometheus::TextSerializer().Serialize(out.families);
}

}  // namespace capbridge::server
