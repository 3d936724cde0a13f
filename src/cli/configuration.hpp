// The configuration file, JSON with comments: read and checked whole (every problem with its pointer, line
// and remedy). The files that it names stay plain JSON: they are published into the journal as they are, byte
// for byte, and go from trust to trust. Single-threaded.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/configured_log.hpp"
#include "cli/remedies.hpp"
#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/engine/backup/settings.hpp"
#include "core/engine/ports.hpp"
#include "core/engine/tokens.hpp"
#include "server/forwarded.hpp"
#include "server/tls.hpp"

namespace capbridge::cli {

struct Address {
    std::string host;
    unsigned short port = 0;
};
// "127.0.0.1:8480", "[::1]:0"; one parser, so that the check refuses what the daemon would: no names.
Result<Address> parse_listen(const std::string& listen);

struct NamedText {
    std::string name;  // the file, as messages call it
    std::string text;
};

// Where neither the command line nor the file names a data directory.
inline constexpr const char* default_data = "/var/lib/capbridge";

struct Configuration {
    std::string organisation, iri_base, data, listen;
    std::string framework;  // the text of a framework file; "" = keep what is in force
    std::string framework_name;
    std::string policy, policy_name;
    std::vector<NamedText> mappings, deployments, archetype_rules;
    std::vector<std::filesystem::path> plugins;
    std::vector<json> sources;                       // parameters of the operation source.put
    std::vector<engine::TokenIssuer> token_issuers;  // `source` is a name here
    std::vector<std::string> cors_origins;
    std::vector<json> forward;  // parameters of the operation forward.put
    int parallel_syncs = 2;
    std::uint64_t most_package_bytes = std::uint64_t{2} << 30;  // of one that is uploaded
    engine::BackupSettings backup = {};
    bool require_sandbox = true;  // no adapter is loaded where the kernel cannot lock it in
    std::optional<server::TlsSettings> tls = {};
    server::Edge edge = {};
    LogSettings log = {};

    [[nodiscard]] std::filesystem::path data_directory() const { return data.empty() ? default_data : data; }
};

// Problems of the file and of every file it names, errors and warnings; `problems` is ready to print, a line
// a problem.
struct Checked {
    Configuration configuration;
    std::string problems;
    bool ok = false;
    std::vector<Finding> findings = {};  // the same, each with what to do
    json document = {};                  // the file, for whoever compares it with another
    std::unordered_map<std::string, int> lines = {};
};
// `folders` replaces the folder of named sources (tests, the demo). `adapters` may be null: settings are then
// not checked. It is told the folders of plugins and whether the sandbox is required. `data` is the data
// directory of the command line; "" leaves it to the file.
using FindAdapters = std::function<std::unique_ptr<engine::AdapterCatalogue>(
    const std::vector<std::filesystem::path>& plugins, bool require_sandbox)>;
Checked check_configuration(const std::filesystem::path& file,
                            const std::map<std::string, std::string>& folders, const FindAdapters& adapters,
                            const std::string& data = {});

}  // namespace capbridge::cli
