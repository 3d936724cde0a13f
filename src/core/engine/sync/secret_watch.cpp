#include "core/engine/sync/secret_watch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/sync/outcome.hpp"
#include "core/engine/write_back/push.hpp"
#include "core/engine/write_back/push_state.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

// The later of both times: `mv` keeps the time of the content, and a write keeps the place.
std::optional<Instant> changed(const fs::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return std::nullopt;
    const auto ms = [](const timespec& at) {
        return std::int64_t{at.tv_sec} * 1000 + at.tv_nsec / 1'000'000;
    };
    return from_unix_ms(std::max(ms(found.st_mtim), ms(found.st_ctim)));
}

void look_below(const json& value, std::optional<Instant>& newest) {
    if (!value.is_structured()) return;
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    for (const auto& [name, member] : value.items()) {
        fs::path file;
        if (member.is_string() && (name.ends_with("_file") || name == "known_hosts")) {
            file = member.get<std::string>();
        } else if (member.is_string() && name.ends_with("_credential") && credentials != nullptr) {
            file = fs::path(credentials) / member.get<std::string>();
        }
        if (!file.empty()) newest = std::max(newest, changed(file));
        look_below(member, newest);
    }
}

}  // namespace

std::optional<Instant> secrets_changed(const SourceOptions& options) {
    std::optional<Instant> newest;
    look_below(options.http, newest);
    look_below(options.fetch, newest);
    return newest;
}

Status go_on_after_rotation(Bridge& bridge, const store::SourceRow& source) {
    auto& sources = bridge.store().sources();
    const auto stopped = [&](const store::SourceStateRow& state) { return state.stopped == "configuration"; };
    const auto push = read_push_state(bridge, source.uuid);
    if (!push.stopped && !stopped(sources.source_state(source.uuid))) return {};
    CAPBRIDGE_LET(const auto options, options_of(source));
    const auto newest = secrets_changed(options);
    const auto is_newer = [&](const std::optional<Instant>& last_try) {
        return newest && last_try && *newest > *last_try;
    };
    if (push.stopped && is_newer(push.last_try)) CAPBRIDGE_TRY(resume_push(bridge, source.uuid));
    if (!is_newer(sources.source_state(source.uuid).last_try)) return {};
    // A sync that somebody began by hand writes the same state at its end.
    const auto hold = bridge.syncing.try_hold(source.name, "schedule");
    const auto state = sources.source_state(source.uuid);
    if (!hold || !stopped(state) || !is_newer(state.last_try)) return {};
    log::info("secrets_changed", {{"source", source.name}, {"so", "it is tried again"}});
    return sources.put_source_state(source.uuid, resumed(state, options.schedule, bridge.now()));
}

}  // namespace capbridge::engine
