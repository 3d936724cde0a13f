// The adapters of this installation (engine::AdapterCatalogue): the *.so and *.adapter files of a
// list of plugin directories.
//
// A library is never loaded into this process: its ELF note is read from the file, then a child describes it.
// A *.adapter is a program of its own, run by the same child; it must be executable.
// What was found is kept by path, size, time and SHA-256 of the file; each question looks at the directories
// again, so that a new or replaced file needs no restart. Only files and directories that nobody but root and
// the current user could have written are taken. The first of two files with one adapter id wins (order of
// directories, then of names). Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <vector>

#include "adapters/source.hpp"

namespace capbridge::adapters {

class PluginCatalogue : public engine::AdapterCatalogue {
public:
    using Refused = engine::RefusedAdapter;

    // A directory that does not exist is one without plugins.
    explicit PluginCatalogue(std::vector<std::filesystem::path> directories, ChildSpec spec = {});

    std::vector<engine::AdapterInfo> list() override;
    Result<engine::AdapterInfo> find(std::string_view adapter_id) override;
    Result<Problems> check_settings(std::string_view adapter_id, const json& settings) override;
    Result<std::unique_ptr<engine::Source>> open(const engine::SourceSettings& settings) override;
    // Found out once.
    json sandbox() override;
    Problems check_services(const engine::SourceSettings& settings) override;
    Result<std::vector<std::string>> egress(const engine::SourceSettings& settings) override;
    // Files that look like plugins and cannot be used, and directories that are not looked at.
    std::vector<Refused> refused() override;

private:
    struct Stamp {
        std::int64_t size = 0, modified_ns = 0, changed_ns = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    struct Known {
        Stamp stamp;
        int crashes = 0;  // while it was described, since it changed
        std::string sha256;
        std::vector<engine::AdapterInfo> adapters;
        Error error;  // code "" when it is usable
    };
    struct View {
        std::vector<engine::AdapterInfo> adapters;
        std::vector<Refused> refused;
    };

    View look();
    // Each refusal goes into the log once, and again when it is another one.
    void say(const std::vector<Refused>& refused);
    json known_sandbox();        // mutex_ is held
    std::string none_because();  // why no adapter may be loaded here; "" when they may
    void read(const std::filesystem::path& path, Known& known) const;
    void learn(const std::filesystem::path& path, Known& known) const;
    [[nodiscard]] Result<std::vector<engine::AdapterInfo>> describe(const std::filesystem::path& path,
                                                                    const std::string& sha256) const;

    const std::vector<std::filesystem::path> directories_;
    const ChildSpec spec_;
    StateStore state_;
    std::mutex mutex_;
    std::map<std::filesystem::path, Known> known_;
    std::map<std::filesystem::path, std::string> said_;  // refusals that are in the log
    json sandbox_;                                       // null: not known yet
};

// Error "adapter_unsafe_file": somebody else than root and the current user owns or may write it; says how to
// mend it.
Status check_ownership(const std::filesystem::path& path);

}  // namespace capbridge::adapters
