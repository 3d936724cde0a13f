#include "cli/session.hpp"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "adapters/catalogue.hpp"
#include "cli/admin_client.hpp"
#include "cli/progress.hpp"
#include "core/base/files.hpp"
#include "core/base/log_context.hpp"
#include "core/base/text.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::cli {

namespace fs = std::filesystem;

void add_data_option(CLI::App& command, Options& options) {
    // Not CLI11's envname(): it would read the variable for commands that were not called, over the --data of
    // the one that was.
    const char* from_environment = std::getenv("CAPBRIDGE_DATA");
    options.data = from_environment != nullptr ? from_environment : "/var/lib/capbridge";
    command.add_option("--data", options.data, "Data directory; CAPBRIDGE_DATA sets the default")
        ->capture_default_str();
}

void add_json_option(CLI::App& command, Options& options) {
    command.add_flag("--json", options.json, "Answer in JSON");
}

void add_reason_option(CLI::App& command) {
    command.add_option_function<std::string>(
        "--reason", [](const std::string& why) { ::setenv("CAPBRIDGE_REASON", why.c_str(), 1); },
        "Why, for the audit: a ticket's number, say; no names of people. CAPBRIDGE_REASON sets it too");
}

Instant SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::unique_ptr<engine::AdapterCatalogue> installed_adapters(const std::vector<fs::path>& more,
                                                             bool require_sandbox) {
    std::vector<fs::path> directories = more;
    if (const char* extra = std::getenv("CAPBRIDGE_PLUGINS")) {
        for (const auto& dir : split(extra, ':')) directories.emplace_back(dir);
    }
    std::error_code ec;
    if (const auto self = fs::read_symlink("/proc/self/exe", ec); !ec) {
        directories.push_back(self.parent_path() / "plugins");
        directories.push_back(self.parent_path().parent_path() / "lib" / "capbridge" / "plugins");
    }
    adapters::ChildSpec spec;
    spec.require_sandbox = require_sandbox;
    return std::make_unique<adapters::PluginCatalogue>(std::move(directories), std::move(spec));
}

std::string who_am_i() {
    const auto* entry = ::getpwuid(::geteuid());
    return "cli:" + (entry != nullptr ? std::string(entry->pw_name) : std::to_string(::geteuid()));
}

Result<std::string> read_input(const std::string& path) {
    return read_file(path);
}

Session::Session(fs::path data, std::vector<fs::path> plugins, std::string iri_base, bool require_sandbox)
    : data_(std::move(data)),
      plugins_(std::move(plugins)),
      iri_base_(std::move(iri_base)),
      require_sandbox_(require_sandbox) {}

Session::~Session() = default;

Result<ordered_json> Session::run(std::string_view operation, const json& params) {
    const auto* known = engine::find_operation(operation);
    if (known == nullptr)
        return fail("unknown_operation", "there is no operation '" + std::string(operation) + "'");
    std::error_code ec;
    if (!known->begins && !fs::exists(data_ / "capbridge.db", ec) &&
        !fs::exists(data_ / store::restore_mark, ec)) {
        return fail("no_data",
                    "there is no capbridge data here; 'capbridge serve' or 'capbridge config apply' begins "
                    "it, --data says where",
                    data_.string());
    }
    return run_here(operation, params, known->changes || known->audited);
}

Result<ordered_json> Session::run_here(std::string_view operation, const json& params, bool changes) {
    ProgressLine progress;
    engine::Caller caller{who_am_i(), [&](std::string_view what, std::size_t done, std::size_t total) {
                              progress.show(what, done, total);
                          }};
    caller.from = "cli";
    caller.request = log::request_id("");
    if (const char* why = std::getenv("CAPBRIDGE_REASON"); why != nullptr) caller.reason = why;
    if (!changes && !owner_) {
        if (!reader_) {
            CAPBRIDGE_LET(auto store, store::open_store(data_, store::Mode::read));
            reader_ = std::make_unique<engine::Bridge>(std::move(store),
                                                       installed_adapters(plugins_, require_sandbox_),
                                                       std::make_unique<SystemClock>());
        }
        return engine::run_operation(*reader_, operation, params, caller);
    }
    if (!owner_) {
        auto store = store::open_store(data_, store::Mode::own, iri_base_);
        if (!store && store.error().code == "store_locked") {
            auto answer = ask_daemon(data_ / "admin.sock", operation, params, caller.who, caller.progress,
                                     caller.reason);
            if (!answer && answer.error().code == "no_daemon") {
                return fail("busy",
                            store.error().message +
                                "; it is no daemon that could take the command: try again when it is done",
                            data_.string());
            }
            return answer;
        }
        if (!store) return fail(store.error());
        owner_ = std::make_unique<engine::Bridge>(std::move(*store),
                                                  installed_adapters(plugins_, require_sandbox_),
                                                  std::make_unique<SystemClock>());
        CAPBRIDGE_TRY(owner_->take_over());
    }
    return engine::run_operation(*owner_, operation, params, caller);
}

}  // namespace capbridge::cli
