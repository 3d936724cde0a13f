// A source's options as they are stored (SourceRow::options: issuer, sha256, http, fetch, schedule,
// expect_new, guards, limits, write_back, preset), read; and what an adapter is opened with. Pure but for
// settings_of(); any thread.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/engine/ports.hpp"
#include "core/engine/sync/schedule.hpp"
#include "core/store/sources.hpp"

namespace capbridge::engine {

// A source that nothing is read from: completions and statements are posted to it.
inline constexpr std::string_view no_adapter = "none";

struct Guards {
    double fall = 0.30;     // share of a snapshot's facts that may be missing from the next
    double leavers = 0.05;  // share of the people in post that may leave in one run
    int crashes = 5;        // failures of the adapter itself in a row before the source is quarantined
};

// Absent: the installation's default.
struct PullLimits {
    std::optional<std::chrono::milliseconds> longest_pull = std::nullopt, longest_idle = std::nullopt;
};

struct SourceOptions {
    std::string issuer, sha256;
    json http = json::object(), fetch = nullptr, write_back = nullptr;
    Schedule schedule;
    // So long may pass without anything new: a drop folder that nobody fills any more is read well for ever.
    std::optional<std::chrono::milliseconds> expect_new = std::nullopt;
    Guards guards;
    PullLimits limits = {};
};
// Errors "bad_limit", "bad_expect_new", "bad_schedule", "bad_cron", "bad_zone" (where: the pointer below the
// options).
Result<SourceOptions> read_options(const json& options);
Result<SourceOptions> options_of(const store::SourceRow& source);

// Of the parameters of a source that has no adapter: what only an adapter could use. Error "bad_parameter".
Status check_posts_only(const json& params);

// The members of a source that are stored as options.
json options_json(const json& params);

// `more_settings` are laid over the source's own, for this one pull.
SourceSettings settings_of(const store::SourceRow& source, const SourceOptions& options, SourceMemory* memory,
                           const json& more_settings = json::object());

}  // namespace capbridge::engine
