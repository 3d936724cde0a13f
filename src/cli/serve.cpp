// capbridge serve: from the command line to a daemon at work, and to its end. What changes while it runs is
// in live_parts.hpp and reload.hpp.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/apply.hpp"
#include "cli/certificate_watch.hpp"
#include "cli/commands.hpp"
#include "cli/live_parts.hpp"
#include "cli/log_output.hpp"
#include "cli/reload.hpp"
#include "cli/service_notify.hpp"
#include "cli/stop_signal.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/version.hpp"
#include "core/engine/assert/ticker.hpp"
#include "core/engine/backup/ticker.hpp"
#include "core/engine/forward/forwarder.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/privacy/retention.hpp"
#include "core/engine/sync/scheduler.hpp"
#include "server/server.hpp"

namespace capbridge::cli {
namespace {

struct State {
    std::string data, listen, config;
    std::vector<std::string> folders;
    bool debug = false;
    std::string log_format;
};

Result<server::Options> listen_options(const std::string& listen) {
    CAPBRIDGE_LET(const auto address, parse_listen(listen));
    server::Options out;
    out.host = address.host;
    out.port = address.port;
    return out;
}

Result<Reloader::From> reload_from(const State& state) {
    Reloader::From out;
    CAPBRIDGE_LET(out.folders, folders_of(state.folders));
    if (!state.config.empty()) out.file = std::filesystem::absolute(state.config);
    if (!state.data.empty()) {
        out.overridden.push_back("/data");
        out.data = state.data;
    }
    if (!state.listen.empty()) out.overridden.push_back("/listen");
    return out;
}

Result<Checked> configuration_of(const State& state, const std::map<std::string, std::string>& folders) {
    if (state.config.empty()) return Checked{};
    auto checked = check_configuration(state.config, folders, installed_adapters, state.data);
    if (!checked.ok) return fail("invalid_document", findings_text(checked.findings));
    if (!checked.findings.empty()) std::cerr << findings_text(checked.findings) << '\n';
    return checked;
}

// At each start, for a log that somebody reads: which sources' adapters run without being locked in, or that
// none runs.
void tell_of_sandbox(engine::Bridge& bridge) {
    const auto sandbox = bridge.adapters()->sandbox();
    if (!sandbox.is_object()) return;
    if (const auto why = get_string(sandbox, "refusal"); !why.empty())
        return log::error("adapters_not_loaded", {{"why", why}});
    std::string lacking;
    for (const auto& one : sandbox.value("lacking", json::array()))
        lacking += (lacking.empty() ? "" : "; ") + one.get<std::string>();
    if (lacking.empty()) return;
    for (const auto& source : bridge.store().sources().sources())
        log::warn("adapter_not_locked_in",
                  {{"source", source.name}, {"adapter", source.adapter}, {"lacking", lacking}});
}

// Large bodies come and go on every thread: without this the allocator keeps several hundred MiB of them.
void give_memory_back() {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

std::string first_of(const std::string& of_command, const std::string& of_file, const char* otherwise) {
    return !of_command.empty() ? of_command : !of_file.empty() ? of_file : otherwise;
}

// All of the configuration, in the store and in memory, before anybody asks.
Status put_in_force(engine::Bridge& bridge, LiveParts& parts, const Configuration& configuration) {
    CAPBRIDGE_LET(const auto commit, parts.prepare(configuration));
    engine::Caller caller{"config"};
    caller.from = "config";
    CAPBRIDGE_TRY(apply_configuration(configuration, [&](std::string_view op, const json& params) {
        return engine::run_operation(bridge, op, params, caller);
    }));
    commit();
    return {};
}

// Commands that give out addresses (login-link) read it there.
Result<std::string> tell_address(const std::filesystem::path& data, const server::Options& options,
                                 unsigned short port) {
    const auto host = options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
    auto address = (options.tls ? "https://" : "http://") + host + ":" + std::to_string(port);
    CAPBRIDGE_TRY(write_file(data / "address", address + "\n", 0600));
    return address;
}

// What browsers call it, where that is another address; the same readers.
void tell_public_url(const std::filesystem::path& data, const server::PublicUrl& url) {
    std::error_code ignored;
    if (url.text().empty()) {
        std::filesystem::remove(data / "public_url", ignored);
    } else if (const auto written = write_file(data / "public_url", url.text() + "\n", 0600); !written) {
        log::warn("public_url_not_told", {{"why", written.error().text()}});
    }
}

// What a reload does about the port's certificates and the public address.
void add_edge(LiveParts& parts, const std::filesystem::path& data, CertificateWatch& certificates,
              bool with_tls) {
    parts.add([data, &certificates, with_tls](const Configuration& next) -> Result<LiveParts::Commit> {
        if (next.tls.has_value() != with_tls)
            return fail(
                "needs_restart",
                "switching \"tls\" on or off needs a restart: every client's address changes with it");
        return LiveParts::Commit([data, &certificates, tls = next.tls, url = next.edge.public_url] {
            // What cannot be used after all is in the log, and the old certificate stays.
            if (tls) static_cast<void>(certificates.renew(*tls));
            tell_public_url(data, url);
        });
    });
}

LogOverrides log_overrides(const State& state) {
    LogOverrides out;
    if (state.debug) out.level = log::Level::debug;
    if (state.log_format == "json") out.format = log::Format::json;
    if (state.log_format == "plain") out.format = log::Format::plain;
    return out;
}

void tell_audit(engine::Bridge& bridge, std::string_view what, const ordered_json& details) {
    engine::Caller caller{"daemon"};
    caller.from = "daemon";
    if (const auto told = engine::audit_event(bridge, caller, what, ordered_json::object(), details); !told)
        log::error("audit.not_written", {{"code", told.error().code}});
}

// The digest is of the document without its comments and blanks, members in the order of their names: the
// same one that config.reload tells.
ordered_json started_details(const Checked& checked) {
    ordered_json out{{"version", program_version()}};
    if (!checked.document.empty()) out["configuration"] = sha256_hex(checked.document.dump());
    return out;
}

void serve_command(const State& state, Run& run) {
    give_memory_back();
    auto from = reload_from(state);
    if (!from) return run.failed(from.error());
    auto checked = configuration_of(state, from->folders);
    if (!checked) return run.failed(checked.error());
    const auto& configuration = checked->configuration;
    const std::filesystem::path data = first_of(state.data, configuration.data, default_data);
    auto options = listen_options(first_of(state.listen, configuration.listen, "127.0.0.1:8480"));
    if (!options) return run.failed(options.error());
    options->tls = configuration.tls;
    options->version = program_version();
    const auto public_url = configuration.edge.public_url;
    const auto overrides = log_overrides(state);
    apply_log_lines(with(configuration.log, overrides));

    StopSignal stop(!state.config.empty());
    ServiceNotify notify;
    notify.starting("opening the store");
    auto store = store::open_store(data, store::Mode::own, configuration.iri_base);
    if (!store) return run.failed(store.error(), store.error().code == "store_locked" ? 1 : 2);
    engine::Bridge bridge(std::move(*store),
                          installed_adapters(configuration.plugins, configuration.require_sandbox),
                          std::make_unique<SystemClock>());
    stop.on_stop([&bridge] { bridge.stopping = true; });
    const std::unique_ptr<StopSignal, void (*)(StopSignal*)> until_here(&stop, [](StopSignal* s) {
        s->on_stop({});
        s->on_hangup({});
    });
    notify.starting("folding what the records do not show yet");
    if (const auto taken = bridge.take_over(); !taken && !stop.came()) return run.failed(taken.error(), 1);
    tell_audit(bridge, "daemon.started", started_details(*checked));
    LogOutput log_output(bridge, data, overrides);
    log_output.apply(configuration.log);
    LiveParts parts(bridge);
    parts.add([&log_output](const Configuration& next) -> Result<LiveParts::Commit> {
        return LiveParts::Commit([&log_output, log = next.log] { log_output.apply(log); });
    });
    const auto in_force = put_in_force(bridge, parts, configuration);
    if (stop.came()) return log::info("stopped");
    if (!in_force) return run.failed(in_force.error());
    tell_of_sandbox(bridge);
    bridge.start_projector();
    const engine::Forwarder forwarder(bridge);

    Reloader reloader(bridge, parts, std::move(*from), std::move(*checked));
    bridge.reload = [&reloader](const json& params, const engine::Caller& caller) {
        return reloader.reload(params, caller);
    };
    options->live = parts.server();
    options->admin_socket = data / "admin.sock";
    auto server = server::Server::start(bridge, *options);
    if (!server) return run.failed(server.error(), 1);
    const auto address = tell_address(data, *options, (*server)->port());
    if (!address) return run.failed(address.error(), 1);
    tell_public_url(data, public_url);
    CertificateWatch certificates(**server, options->tls);
    add_edge(parts, data, certificates, options->tls.has_value());
    reloader.tell = [&notify, &server](bool under_way) {
        under_way ? notify.reloading() : notify.reloaded((*server)->summary());
    };
    const engine::Scheduler scheduler(bridge, bridge.syncing.parallel());
    const engine::AssertionTicker ticker(bridge);
    const engine::BackupTicker backup_ticker(bridge);
    const engine::RetentionTicker retention_ticker(bridge);
    log::info("serving", {{"address", *address}, {"data", data.string()}});
    reloader.begin();
    stop.on_hangup([&reloader] { reloader.ask(); });

    notify.ready([&server] { return (*server)->hung(); }, [&server] { return (*server)->summary(); });
    log::info("stopping", {{"signal", stop.wait()}});
    notify.stopping();
    stop.on_hangup({});
    stop.on_stop({});
    bridge.stopping = true;
    (*server)->stop();
    reloader.end();
    std::error_code ignored;
    std::filesystem::remove(data / "address", ignored);
    std::filesystem::remove(data / "public_url", ignored);
    bridge.refusals.flush(bridge, true);
    tell_audit(bridge, "daemon.stopped", {{"version", program_version()}});
    log::info("stopped");
}

}  // namespace

void add_serve(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* serve = root.add_subcommand(
        "serve", "Run the daemon: HTTP, page, folding; works without a configuration file");
    serve->add_option("--data", state->data, "Data directory; made when it is not there")
        ->envname("CAPBRIDGE_DATA");
    serve->add_option("--listen", state->listen, "HOST:PORT (port 0: any free one); default 127.0.0.1:8480");
    serve->add_option("--config", state->config, "Configuration file");
    serve->add_option("--folder", state->folders,
                      "SOURCE=FOLDER: another drop folder for a source of the configuration");
    serve->add_flag("--debug", state->debug, "Log more");
    serve
        ->add_option("--log-format", state->log_format,
                     "plain or json; stands over the configuration's \"log\"")
        ->check(CLI::IsMember({"plain", "json"}));
    serve->callback([state, &run] { serve_command(*state, run); });
}

}  // namespace capbridge::cli
