// What the engine needs from the outside: adapters that give learning records, and a clock. `adapters`
// implements the first.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::engine {

// Any thread.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
};

// Where a source's records go. Called from the thread that called pull(), one call at a time. An error ends
// the pull.
class RecordStream {
public:
    virtual ~RecordStream() = default;
    // kind and record as include/bridge/adapter.h describes them ("completion", "course", "snapshot_begin",
    // ...).
    virtual Status emit(std::string_view kind, std::string_view record_json) = 0;
    // Everything emitted so far is covered by the cursor; returns after both are durable.
    virtual Status checkpoint(std::string_view cursor) = 0;
};

// What a source remembers from run to run: the adapter's state (bridge.state/1, keys "adapter/...") and the
// host's own ("host/..."): calls of the day, say. Thread-safe; durable when put() has returned.
class SourceMemory {
public:
    virtual ~SourceMemory() = default;
    virtual std::optional<std::string> get(const std::string& key) = 0;
    virtual Status put(const std::string& key, const std::string& value) = 0;  // "" forgets
};

// One thing to write back (bridge.sink/1).
struct PushItem {
    std::string kind, key;
    json record;
    json previous;  // the receipt of the last push of this key, or null
};

// One configured source, running in its own child process. Not thread-safe; destroying it ends the child.
// Errors carry the adapter's class as their code: adapter_config, adapter_auth, adapter_retry,
// adapter_not_found, adapter_rejected, adapter_bad_cursor, adapter_unsupported, adapter_cancelled,
// adapter_internal; and the host's own: adapter_crashed (with the signal), adapter_timeout, adapter_memory,
// adapter_protocol.
// Messages name the adapter.
class Source {
public:
    virtual ~Source() = default;
    virtual Status check() = 0;
    // The same for somebody who waits: `noted` hears what the adapter logs as a warning, and it ends when
    // `cancel` turns true (adapter_cancelled within seconds).
    using Noted = std::function<void(const std::string& line)>;
    virtual Status inspect(const Noted& noted, const std::atomic<bool>& cancel);
    // Blocks until the adapter is through, fails, or `cancel` turns true (adapter_cancelled within seconds).
    virtual Status pull(std::string_view cursor, RecordStream& out, const std::atomic<bool>& cancel) = 0;
    // How many files of the drop folder the last pull left for a later one, for they are too young.
    [[nodiscard]] virtual std::size_t too_young() const { return 0; }
    // Pushes what next() gives, one after the other in one child, until it gives nothing. done() hears each
    // item's receipt or error; its own error ends the pushing, as does one that is not about the one item
    // (any class but adapter_rejected and adapter_not_found).
    using NextPush = std::function<std::optional<PushItem>()>;
    using Pushed = std::function<Status(const PushItem& item, const Result<json>& receipt)>;
    virtual Status push(const NextPush& next, const Pushed& done, const std::atomic<bool>& cancel);
    // The accounts of these identifiers, as bridge_users.find answers.
    virtual Result<json> find_users(const json& identifiers, const std::atomic<bool>& cancel);
};

struct AdapterInfo {
    std::string id, name, vendor, version;
    std::filesystem::path path;
    std::string sha256;  // of the file
    json config_schema;
    std::vector<std::string> facets = {}, kinds = {}, allowed_hosts = {};
    bool threads = false;  // it starts threads
};

struct SourceSettings {
    std::string source_name, adapter;
    json settings;                 // valid against the adapter's schema
    std::filesystem::path folder;  // read-only drop folder; empty when the source has none
    // A file younger than this is left for the next run: whoever writes it may not be through. Absent: the
    // installation's default.
    std::optional<std::chrono::seconds> file_min_age = std::nullopt;
    std::string sha256 = {};     // the plugin file must have it; "" = whatever it has
    json http = json::object();  // hosts, auth profiles, budget, ...: configuration.schema.json
    json fetch = nullptr;        // from where the host fills the folder before a pull; null: others fill it
    SourceMemory* memory = nullptr;  // outlives the Source; none: nothing is remembered
    // A cassette: HTTP is recorded into, or answered from, this folder (docs/adapters.md).
    enum class Cassette { none, record, replay } cassette = Cassette::none;
    std::filesystem::path cassette_folder = {};
    // How long a pull may take, and how long it may go on without bringing or reading anything. Absent: the
    // installation's default.
    std::optional<std::chrono::milliseconds> longest_pull = std::nullopt, longest_idle = std::nullopt;
};

// A plugin file or folder that is not used, and why.
struct RefusedAdapter {
    std::filesystem::path path;
    Error error;
};

// The adapters that this installation has. Thread-safe.
class AdapterCatalogue {
public:
    virtual ~AdapterCatalogue() = default;
    virtual std::vector<AdapterInfo> list() = 0;
    // What looks like an adapter and is none, by the order in which it was looked at.
    virtual std::vector<RefusedAdapter> refused() { return {}; }
    virtual Result<AdapterInfo> find(std::string_view adapter_id) = 0;
    // Problems of the settings against the adapter's schema (pointers below the settings). Does not start a
    // child that pulls.
    virtual Result<Problems> check_settings(std::string_view adapter_id, const json& settings) = 0;
    virtual Result<std::unique_ptr<Source>> open(const SourceSettings& settings) = 0;
    // Problems of `http` and `fetch` (pointers /http/..., /fetch/...), secrets' files included.
    virtual Problems check_services(const SourceSettings&) { return {}; }
    // What locks adapters' processes in on this machine, for the status page: {"landlock":7 (version; 0:
    // none), "seccomp":true,"missing":["..."], "lacking":[those without which nothing is locked in],
    // "required":true,"refusal":"..." or null: why no adapter is loaded}; null: not known.
    virtual json sandbox() { return nullptr; }
    // What this source may connect to, as "host:port", sorted; a pattern as it stands ("*.example.org:443").
    virtual Result<std::vector<std::string>> egress(const SourceSettings&) {
        return std::vector<std::string>{};
    }
};

}  // namespace capbridge::engine
