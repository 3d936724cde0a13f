// One configured source (engine::Source): each check(), pull(), push() and find_users() runs the adapter in a
// new child process that is gone when the call returns, so that nothing of one run reaches the next and an
// idle source holds no memory.
//
// Back-pressure: the adapter's socket fills while RecordStream::emit or checkpoint takes its time, and its
// emit waits. A checkpoint is acknowledged to the adapter only after RecordStream::checkpoint has returned
// well. Not thread-safe; calls may come from different threads, one after the other.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapters/services.hpp"
#include "adapters/session.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::adapters {

// How to start the adapter's child.
struct ChildSpec {
    std::filesystem::path executable = "/proc/self/exe";  // run as `<executable> adapter-child`
    Timeouts timeouts;
    // What the child may have resident; more ends the run ("adapter_memory"). 0: no limit.
    std::uint64_t memory_mb = 256;
    // Where the kernel cannot lock it in (no Landlock, no seccomp), no adapter is loaded.
    bool require_sandbox = true;
    // A younger file of the drop folder is not listed yet; a source may say otherwise
    // (SourceSettings::file_min_age).
    std::chrono::milliseconds file_min_age{0};
};

class ChildSource : public engine::Source {
public:
    // `state` outlives this.
    ChildSource(ChildSpec spec, engine::AdapterInfo adapter, engine::SourceSettings settings,
                StateStore& state);

    Status check() override;
    Status inspect(const Noted& noted, const std::atomic<bool>& cancel) override;
    Status pull(std::string_view cursor, engine::RecordStream& out, const std::atomic<bool>& cancel) override;
    [[nodiscard]] std::size_t too_young() const override { return too_young_; }
    Status push(const NextPush& next, const Pushed& done, const std::atomic<bool>& cancel) override;
    // Asked in parts of 500.
    Result<json> find_users(const json& identifiers, const std::atomic<bool>& cancel) override;

private:
    // A child with the adapter made and configured.
    [[nodiscard]] Result<std::unique_ptr<Session>> begin(Session::Listener& listener) const;
    [[nodiscard]] Session::Limits limits(std::chrono::milliseconds total) const;
    [[nodiscard]] Session::Limits pull_limits() const;
    [[nodiscard]] std::chrono::milliseconds file_min_age() const;

    ChildSpec spec_;
    engine::AdapterInfo adapter_;
    engine::SourceSettings settings_;
    StateStore& state_;
    std::size_t too_young_ = 0;
};

// A file NAME.adapter is a program that speaks docs/wire.md itself; NAME.so is a library.
bool is_program(const std::filesystem::path& path);

// What locks adapters in on this machine, found out by a child without an adapter:
// {"landlock":7,"seccomp":true,"missing":[],"lacking":[]}.
Result<json> probe_sandbox(const ChildSpec& spec);

// Starts a child and loads the adapter's library in it, after checking that the file is still the one that
// was described. Errors besides those of Session: "adapter_config" (the file has changed).
Result<std::unique_ptr<Session>> open_session(const ChildSpec& spec, const engine::AdapterInfo& adapter,
                                              Session::Listener& listener);
// Makes the adapter in that child and gives it its settings. Without a source it has neither files nor HTTP.
Status configure(Session& session, const ChildSpec& spec, std::string_view adapter_id, const json& settings,
                 bool has_files, Session::Listener& listener, bool has_http = false);

}  // namespace capbridge::adapters
