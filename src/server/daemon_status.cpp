#include "server/daemon_status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/process_facts.hpp"

namespace capbridge::server {

ordered_json daemon_status(const Observation& seen, const Readiness& readiness, Instant started,
                           const std::string& version) {
    const auto process = process_facts();
    const auto& writer = seen.bridge.store.writer;
    auto out = readiness_json(readiness);
    out["version"] = version;
    out["started"] = format_instant(started);
    out["seen"] = format_instant(seen.at);
    out["journal"] = seen.bridge.journal;
    out["folded"] = seen.bridge.folded;
    out["behind"] = std::max<std::int64_t>(0, seen.bridge.journal - seen.bridge.folded);
    out["lag_seconds"] = seen.bridge.lag_seconds;
    out["connections"] = seen.connections;
    out["process"] = {{"resident_bytes", process.resident_bytes},
                      {"open_files", process.open_files},
                      {"most_files", process.most_files},
                      {"threads", process.threads},
                      {"cpu_seconds", process.cpu_seconds}};
    out["writer"] = {
        {"waiting", writer.waiting},
        {"oldest_wait_ms", writer.oldest_wait.count()},
        {"failed_commits", writer.failed},
        {"error", writer.error_code.empty() ? ordered_json(nullptr) : ordered_json(writer.error_code)},
        {"error_at",
         writer.error_at ? ordered_json(format_instant(*writer.error_at)) : ordered_json(nullptr)}};
    out["certificate"] = nullptr;
    if (seen.tls) {
        out["certificate"] = {
            {"from", format_instant(seen.tls->from)},
            {"until", format_instant(seen.tls->until)},
            {"days", std::chrono::floor<std::chrono::days>(seen.tls->until - seen.at).count()},
            {"sha256", seen.tls->sha256}};
        if (seen.tls->client_ca_until)
            out["certificate"]["client_ca_until"] = format_instant(*seen.tls->client_ca_until);
    }
    return out;
}

}  // namespace capbridge::server
