// What an observer sees of a running bridge, and what is wrong with that: the reasons of /readyz, each with
// what to do. No path, address or name of anybody is in them: /readyz needs no credential. Pure; any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/log_settings.hpp"
#include "core/base/time.hpp"
#include "core/store/store_facts.hpp"
#include "server/tls.hpp"

namespace capbridge::server {

// What the bridge itself tells (Backend::observe).
struct Observed {
    store::StoreFacts store = {};
    std::int64_t journal = 0, folded = 0;  // the last entry, and the last that the records show
    double lag_seconds = 0;                // age of the first entry that they do not show
};

struct Observation {
    Instant at{};
    Observed bridge = {};
    std::optional<TlsFacts> tls = {};
    std::vector<log::Output> outputs = {};  // of the log and the audit
    std::size_t connections = 0;
    std::chrono::seconds io_silent{0};        // since an io thread last answered
    std::chrono::seconds projector_still{0};  // behind, and not getting on, for so long
    bool serving = false;
};

struct Reason {
    std::string code, message, remedy;
};
struct Readiness {
    std::vector<Reason> reasons;   // any: not ready
    std::vector<Reason> warnings;  // it works, and will not for ever
};
Readiness judge(const Observation& seen);

// Does everything that should answer do so? "" or what does not: what a watchdog restarts for.
std::string hung(const Observation& seen);

// {"status": "ready" | "not_ready", "reasons": [{code, message, remedy}], "warnings": [..]}
ordered_json readiness_json(const Readiness& readiness);

}  // namespace capbridge::server
