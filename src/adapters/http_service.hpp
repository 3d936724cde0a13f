// The host's HTTP service of one conversation: requests of an adapter, made in the daemon. It owns what the
// adapter must never see (secrets, tokens), holds requests to the allowed hosts and to the source's budget,
// tries again with back-off where that is safe, and records or replays cassettes. One for each conversation,
// used by its thread; it runs requests in parallel on threads of its own while run() waits. Budgets are
// shared by all conversations of a source through SourceMemory and a shared limiter.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/redactor.hpp"
#include "adapters/http/retry.hpp"
#include "adapters/state.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::adapters {

struct HttpQuestion {
    std::string method, url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body, auth;
    std::int64_t timeout_ms = 0;
    bool safe = false;
};

// Not "ok": a class of adapter.h by name ("config", "auth", "retry", "rejected", "cancelled", "internal"),
// and `user` says why, without secrets and personal data.
struct HttpOutcome {
    std::string error_class = "ok", user;
    std::int64_t retry_after_ms = -1;
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;
};

class HttpService {
public:
    virtual ~HttpService() = default;
    using Deliver = std::function<Status(std::size_t index, const HttpOutcome& outcome)>;
    // Calls deliver once for each request, as they end, on this thread. Errors are deliver's own, and the
    // tick's.
    virtual Status run(const std::vector<HttpQuestion>& questions, const std::atomic<bool>* cancel,
                       const Deliver& deliver) = 0;
};

// What tests set otherwise, and what ties the service to the conversation that it serves. All may be empty.
struct HttpTuning {
    RetryPolicy retry;
    std::function<Instant()> now;  // the system's clock when empty
    // Called on run()'s thread all 20 ms, or after what deliver took. An error gives the requests up.
    std::function<Status()> tick;
    // Asked when run() begins: how long its requests may take together.
    std::function<std::optional<std::chrono::milliseconds>()> time_left;
    std::shared_ptr<Redactor> redactor;  // learns the secrets and tokens
    std::vector<std::string> resolve;    // of net::HttpRequest
};

// `share`: what conversations of this source have in common; none is one conversation's own. Errors:
// "adapter_config" (settings that cannot work: a missing secret, a bad CA file, an unreadable cassette).
Result<std::unique_ptr<HttpService>> open_http_service(const engine::SourceSettings& settings,
                                                       const engine::AdapterInfo& adapter,
                                                       std::shared_ptr<SourceShare> share = nullptr,
                                                       HttpTuning tuning = {});

}  // namespace capbridge::adapters
