#include "adapters/catalogue.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/descriptor.hpp"
#include "adapters/egress.hpp"
#include "adapters/elf_note.hpp"
#include "adapters/sandbox.hpp"
#include "bridge/adapter.h"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/plain_text.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxLibrary = 256u << 20;
constexpr int describe_crashes_at_most = 3;
constexpr std::size_t kMostNamed = 5;  // refused files in one message

std::int64_t nanoseconds(const timespec& t) {
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

Error refusal(std::string code, std::string message, const std::filesystem::path& path) {
    return {std::move(code), std::move(message), path.string(), 0};
}

// The libraries of one directory by name, or why the directory is not looked at.
Result<std::vector<std::filesystem::path>> libraries(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> found;
    std::error_code ec;
    if (!std::filesystem::exists(directory, ec)) return found;
    CAPBRIDGE_TRY(check_ownership(directory));
    for (std::filesystem::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
        if (it->path().extension() == ".so" || is_program(it->path())) found.push_back(it->path());
    }
    if (ec) return fail("adapter_unreadable", "The plugin directory cannot be read.", directory.string());
    std::sort(found.begin(), found.end());
    return found;
}

// What the adapter's own schema says of a setting (its titles and patterns) is shown on terminals.
Problems check_by_adapter(const json& settings, const json& schema) {
    constexpr std::size_t most = 2000;
    auto problems = validate_json(settings, schema);
    for (auto& one : problems) {
        one.message = plain_text(one.message, most);
        one.pointer = plain_text(one.pointer, most);
    }
    return problems;
}

}  // namespace

Status check_ownership(const std::filesystem::path& path) {
    struct stat s {};
    if (lstat(path.c_str(), &s) != 0)
        return fail("adapter_unreadable", "The file cannot be read.", path.string());
    if (!S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode)) {
        return fail("adapter_unsafe_file", "A plugin must be a regular file, not a link.", path.string());
    }
    if (s.st_uid != 0 && s.st_uid != geteuid()) {
        return fail("adapter_unsafe_file",
                    "It belongs to another user. A plugin and its directory must belong to root or to the "
                    "user that runs the bridge (chown).",
                    path.string());
    }
    if ((s.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail("adapter_unsafe_file",
                    "Its group or others may write to it. Take that right away: chmod go-w.", path.string());
    }
    return {};
}

PluginCatalogue::PluginCatalogue(std::vector<std::filesystem::path> directories, ChildSpec spec)
    : directories_(std::move(directories)), spec_(std::move(spec)) {}

Result<std::vector<engine::AdapterInfo>> PluginCatalogue::describe(const std::filesystem::path& path,
                                                                   const std::string& sha256) const {
    engine::AdapterInfo file;
    file.id = path.stem().string();
    file.path = path;
    file.sha256 = sha256;
    HostServices services(file.id);
    CAPBRIDGE_LET(const auto session, open_session(spec_, file, services));
    CAPBRIDGE_LET(const auto answer,
                  session->call(FrameKind::describe, json::object(), {spec_.timeouts.start}, services));

    std::vector<engine::AdapterInfo> adapters;
    if (!answer.contains("adapters") || !answer["adapters"].is_array() || answer["adapters"].empty()) {
        return session->failed("adapter_protocol", "it describes no adapter.");
    }
    for (const auto& descriptor : answer["adapters"]) {
        auto info = file;
        if (const auto problem = read_descriptor(descriptor, info); !problem.empty())
            return session->failed("adapter_protocol", "its descriptor " + problem);
        adapters.push_back(std::move(info));
    }
    return adapters;
}

void PluginCatalogue::read(const std::filesystem::path& path, Known& known) const {
    auto file = read_file(path, kMaxLibrary);
    if (!file) {
        known.error = refusal("adapter_unreadable", file.error().message, path);
        return;
    }
    auto digest = sha256_hex(*file);
    if (digest == known.sha256 && known.error.code.empty()) return;  // touched, not changed
    known.adapters.clear();
    known.error = {};
    known.sha256 = std::move(digest);
    if (is_program(path)) {
        // It says in hello what it speaks.
        if (access(path.c_str(), X_OK) != 0) {
            known.error = refusal("adapter_unsupported", "It may not be executed: chmod +x.", path);
        } else {
            learn(path, known);
        }
        return;
    }
    const auto abi = read_abi_note(*file);
    if (!abi) {
        known.error = refusal(abi.error().code, abi.error().message, path);
    } else if (abi->major != BRIDGE_ABI_MAJOR) {
        known.error = refusal("adapter_unsupported",
                              "It was built for version " + std::to_string(abi->major) +
                                  " of the adapter ABI; this bridge has version " +
                                  std::to_string(BRIDGE_ABI_MAJOR) + ". Ask its vendor for another build.",
                              path);
    } else {
        learn(path, known);
    }
}

void PluginCatalogue::learn(const std::filesystem::path& path, Known& known) const {
    if (auto adapters = describe(path, known.sha256); adapters) {
        known.adapters = std::move(*adapters);
    } else {
        known.error = refusal(adapters.error().code, adapters.error().message, path);
    }
}

PluginCatalogue::View PluginCatalogue::look() {
    const std::lock_guard lock(mutex_);
    View view;
    const auto sandbox = known_sandbox();
    const auto no_sandbox = sandbox.is_object() ? get_string(sandbox, "refusal") : "";
    std::set<std::filesystem::path> seen;
    std::set<std::string> ids;
    for (const auto& directory : directories_) {
        const auto files = libraries(directory);
        if (!files) {
            view.refused.push_back({directory, files.error()});
            continue;
        }
        for (const auto& path : *files) {
            seen.insert(path);
            if (!no_sandbox.empty()) {
                view.refused.push_back({path, refusal("adapter_no_sandbox", no_sandbox, path)});
                continue;
            }
            if (auto safe = check_ownership(path); !safe) {
                known_.erase(path);
                view.refused.push_back({path, safe.error()});
                continue;
            }
            struct stat s {};
            if (stat(path.c_str(), &s) != 0) continue;
            const Stamp stamp{s.st_size, nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
            auto& known = known_[path];
            if (!(known.stamp == stamp)) known.crashes = 0;
            // A busy machine may have been too slow for it, or have killed it: those are tried again.
            if (!(known.stamp == stamp) || known.error.code == "adapter_retry" ||
                ((known.error.code == "adapter_crashed" || known.error.code == "adapter_timeout") &&
                 known.crashes < describe_crashes_at_most)) {
                read(path, known);
                known.stamp = stamp;
                known.crashes += known.error.code.empty() ? 0 : 1;
            }
            if (!known.error.code.empty()) view.refused.push_back({path, known.error});
            for (const auto& adapter : known.adapters) {
                if (ids.insert(adapter.id).second) {
                    view.adapters.push_back(adapter);
                } else {
                    view.refused.push_back(
                        {path, refusal("adapter_duplicate",
                                       "Another file already has an adapter '" + adapter.id + "'.", path)});
                }
            }
        }
    }
    std::erase_if(known_, [&](const auto& entry) { return !seen.contains(entry.first); });
    say(view.refused);
    return view;
}

void PluginCatalogue::say(const std::vector<Refused>& refused) {
    std::map<std::filesystem::path, std::string> now;
    for (const auto& one : refused) now[one.path] += one.error.code + " " + one.error.message + " ";
    for (const auto& one : refused) {
        const auto before = said_.find(one.path);
        if (before != said_.end() && before->second == now[one.path]) continue;
        if (one.error.code == "adapter_no_sandbox") continue;  // that is said once, and not of each file
        log::warn("adapter_refused",
                  {{"file", one.path.string()}, {"why", one.error.message}, {"code", one.error.code}});
    }
    said_ = std::move(now);
}

std::vector<engine::AdapterInfo> PluginCatalogue::list() {
    return look().adapters;
}

std::vector<PluginCatalogue::Refused> PluginCatalogue::refused() {
    return look().refused;
}

json PluginCatalogue::sandbox() {
    const std::lock_guard lock(mutex_);
    return known_sandbox();
}

json PluginCatalogue::known_sandbox() {
    if (!sandbox_.is_null()) return sandbox_;
    auto probed = probe_sandbox(spec_);
    if (!probed || !probed->is_object()) return sandbox_;  // the adapters' own processes will say why
    sandbox_ = std::move(*probed);
    const auto why = refusal_text(sandbox_.value("lacking", std::vector<std::string>()));
    sandbox_["required"] = spec_.require_sandbox;
    sandbox_["refusal"] = spec_.require_sandbox && !why.empty() ? json(why) : json();
    return sandbox_;
}

std::string PluginCatalogue::none_because() {
    const auto known = sandbox();
    return known.is_object() ? get_string(known, "refusal") : "";
}

Result<engine::AdapterInfo> PluginCatalogue::find(std::string_view adapter_id) {
    if (const auto why = none_because(); !why.empty())
        return fail("adapter_no_sandbox", "Adapter '" + std::string(adapter_id) + "': " + why);
    const auto view = look();
    for (const auto& adapter : view.adapters) {
        if (adapter.id == adapter_id) return adapter;
    }
    std::string message = "No adapter '" + std::string(adapter_id) + "'.";
    // One of them may be the one that was meant: an id need not be the file's name. The likely ones first.
    auto refused = view.refused;
    std::erase_if(refused, [](const Refused& one) { return one.error.code == "adapter_duplicate"; });
    std::stable_partition(refused.begin(), refused.end(),
                          [&](const Refused& one) { return one.path.stem() == adapter_id; });
    for (std::size_t i = 0; i < refused.size() && i < kMostNamed; ++i)
        message += " " + refused[i].path.string() + ": " + refused[i].error.message;
    if (refused.size() > kMostNamed)
        message +=
            " " + std::to_string(refused.size() - kMostNamed) + " more are refused: capbridge adapter list.";
    return fail("not_found", message);
}

Result<Problems> PluginCatalogue::check_settings(std::string_view adapter_id, const json& settings) {
    CAPBRIDGE_LET(const auto adapter, find(adapter_id));
    auto problems = check_by_adapter(settings, adapter.config_schema);
    if (has_errors(problems)) return problems;
    // The schema is content: let the adapter check what a schema cannot say. It has no network and no files
    // for that.
    HostServices services(adapter.id);
    CAPBRIDGE_LET(const auto session, open_session(spec_, adapter, services));
    if (auto done = configure(*session, spec_, adapter.id, settings, false, services); !done) {
        if (done.error().code != "adapter_config") return fail(std::move(done).error());
        problems.push_back({Problem::Severity::error, done.error().code, "", done.error().message, 0});
    }
    return problems;
}

Problems PluginCatalogue::check_services(const engine::SourceSettings& settings) {
    const auto adapter = find(settings.adapter);
    return check_service_settings(settings, adapter ? *adapter : engine::AdapterInfo{});
}

Result<std::vector<std::string>> PluginCatalogue::egress(const engine::SourceSettings& settings) {
    CAPBRIDGE_LET(const auto adapter, find(settings.adapter));
    return egress_of(settings, adapter);
}

Result<std::unique_ptr<engine::Source>> PluginCatalogue::open(const engine::SourceSettings& settings) {
    CAPBRIDGE_LET(auto adapter, find(settings.adapter));
    if (!settings.sha256.empty() && lower_ascii(settings.sha256) != adapter.sha256) {
        return fail("adapter_config",
                    "The file of adapter '" + adapter.id + "' has the checksum " + adapter.sha256 +
                        ", and source '" + settings.source_name + "' is pinned to " + settings.sha256 +
                        ". If the new file is meant, change the source's sha256.",
                    adapter.path.string());
    }
    if (const auto problems = check_by_adapter(settings.settings, adapter.config_schema);
        has_errors(problems)) {
        auto error = problems_error(problems, "source '" + settings.source_name + "'");
        error.code = "adapter_config";
        return fail(std::move(error));
    }
    return std::make_unique<ChildSource>(spec_, std::move(adapter), settings, state_);
}

}  // namespace capbridge::adapters
