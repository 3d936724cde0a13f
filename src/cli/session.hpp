// How a command reaches the bridge: on the store itself, or through the daemon that owns the data directory.
// Questions open the store read-only beside whoever owns it. Single-threaded.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/engine/bridge.hpp"

namespace CLI {
class App;
}

namespace capbridge::cli {

struct Options {
    std::string data;   // --data, CAPBRIDGE_DATA, or /var/lib/capbridge
    bool json = false;  // --json
};
void add_data_option(CLI::App& command, Options& options);
void add_json_option(CLI::App& command, Options& options);
// --reason, for the audit; it stands over CAPBRIDGE_REASON, which every command takes.
void add_reason_option(CLI::App& command);

class SystemClock final : public engine::Clock {
public:
    [[nodiscard]] Instant now() const override;
};

// The adapters beside this binary (plugins/, ../lib/capbridge/plugins), of CAPBRIDGE_PLUGINS, and of `more`.
// Required unless a configuration file says otherwise: no environment and no option of a command loosens it.
std::unique_ptr<engine::AdapterCatalogue> installed_adapters(const std::vector<std::filesystem::path>& more,
                                                             bool require_sandbox = true);

class Session {
public:
    explicit Session(std::filesystem::path data, std::vector<std::filesystem::path> plugins = {},
                     std::string iri_base = {}, bool require_sandbox = true);
    ~Session();

    // Runs one operation; several on one session share an opened store. Progress goes to standard error.
    Result<ordered_json> run(std::string_view operation, const json& params);

private:
    Result<ordered_json> run_here(std::string_view operation, const json& params, bool changes);

    std::filesystem::path data_;
    std::vector<std::filesystem::path> plugins_;
    std::string iri_base_;
    bool require_sandbox_;
    std::unique_ptr<engine::Bridge> owner_, reader_;
};

std::string who_am_i();  // "cli:<login name>"

// Reads a whole text file given on the command line.
Result<std::string> read_input(const std::string& path);

}  // namespace capbridge::cli
