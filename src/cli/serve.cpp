// capbridge serve
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/apply.hpp"
#include "cli/commands.hpp"
#include "cli/stop_signal.hpp"
#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/engine/assert/ticker.hpp"
#include "core/engine/forward/forwarder.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/sync/scheduler.hpp"
#include "server/server.hpp"

namespace capbridge::cli {
namespace {

struct State {
    std::string data, listen, config;
    std::vector<std::string> folders;
    bool debug = false;
};

Result<server::Options> listen_options(const std::string& listen) {
    CAPBRIDGE_LET(const auto address, parse_listen(listen));
    server::Options out;
    out.host = address.host;
    out.port = address.port;
    return out;
}

Result<Configuration> configuration_of(const State& state) {
    if (state.config.empty()) return Configuration{};
    CAPBRIDGE_LET(const auto folders, folders_of(state.folders));
    auto checked = check_configuration(state.config, folders, installed_adapters);
    if (!checked.ok) return fail("invalid_document", checked.problems);
    if (!checked.problems.empty()) std::cerr << checked.problems << '\n';
    return std::move(checked.configuration);
}

// Null without issuers.
Result<server::CheckToken> check_token_of(std::vector<engine::TokenIssuer> issuers, engine::Bridge& bridge) {
    if (issuers.empty()) return server::CheckToken{};
    for (auto& issuer : issuers) {
        if (issuer.source.empty()) continue;
        const auto source = bridge.store().sources().source(issuer.source);
        if (!source)
            return fail("no_such_source", "the issuer " + issuer.issuer + " is bound to the source '" +
                                              issuer.source + "', which there is not");
        issuer.source = source->uuid;
    }
    CAPBRIDGE_LET(auto made, engine::TokenIssuers::make(std::move(issuers)));
    const auto known = std::make_shared<const engine::TokenIssuers>(std::move(made));
    return server::CheckToken([known,
                               &bridge](std::string_view token) -> std::optional<engine::TokenPrincipal> {
        auto principal = known->check_token(token, bridge.now());
        if (principal) return std::move(*principal);
        // Neither has a claim's value in it.
        log::info("token_refused", {{"code", principal.error().code}, {"why", principal.error().message}});
        return std::nullopt;
    });
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

void serve_command(const State& state, Run& run) {
    give_memory_back();
    auto configuration = configuration_of(state);
    if (!configuration) return run.failed(configuration.error());
    const std::string data = !state.data.empty()            ? state.data
                             : !configuration->data.empty() ? configuration->data
                                                            : "/var/lib/capbridge";
    const std::string listen = !state.listen.empty()            ? state.listen
                               : !configuration->listen.empty() ? configuration->listen
                                                                : "127.0.0.1:8480";
    auto options = listen_options(listen);
    if (!options) return run.failed(options.error());
    log::set_level(state.debug ? log::Level::debug : log::Level::info);

    StopSignal stop;
    auto store = store::open_store(data, store::Mode::own, configuration->iri_base);
    if (!store) return run.failed(store.error(), store.error().code == "store_locked" ? 1 : 2);
    engine::Bridge bridge(std::move(*store),
                          installed_adapters(configuration->plugins, configuration->require_sandbox),
                          std::make_unique<SystemClock>());
    stop.on_stop([&bridge] { bridge.stopping = true; });
    const std::unique_ptr<StopSignal, void (*)(StopSignal*)> until_here(
        &stop, [](StopSignal* s) { s->on_stop({}); });
    if (const auto taken = bridge.take_over(); !taken && !stop.came()) return run.failed(taken.error(), 1);
    const engine::Caller caller{"config"};
    const auto applied = apply_configuration(*configuration, [&](std::string_view op, const json& params) {
        return engine::run_operation(bridge, op, params, caller);
    });
    if (stop.came()) return log::info("stopped");
    if (!applied) return run.failed(applied.error());
    auto check_token = check_token_of(configuration->token_issuers, bridge);
    if (!check_token) return run.failed(check_token.error());
    options->check_token = std::move(*check_token);
    options->cors_origins = configuration->cors_origins;
    tell_of_sandbox(bridge);
    bridge.start_projector();
    const engine::Forwarder forwarder(bridge);

    options->admin_socket = std::filesystem::path(data) / "admin.sock";
    auto server = server::Server::start(bridge, *options);
    if (!server) return run.failed(server.error(), 1);
    const std::string host =
        options->host.find(':') == std::string::npos ? options->host : "[" + options->host + "]";
    const std::string address = "http://" + host + ":" + std::to_string((*server)->port());
    // Commands that give out addresses (login-link) read it here.
    if (const auto written = write_file(std::filesystem::path(data) / "address", address + "\n", 0600);
        !written)
        return run.failed(written.error(), 1);
    const engine::Scheduler scheduler(bridge, configuration->parallel_syncs);
    const engine::AssertionTicker ticker(bridge);
    log::info("serving", {{"address", address}, {"data", data}});

    log::info("stopping", {{"signal", stop.wait()}});
    stop.on_stop({});
    bridge.stopping = true;
    (*server)->stop();
    std::error_code ignored;
    std::filesystem::remove(std::filesystem::path(data) / "address", ignored);
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
    serve->callback([state, &run] { serve_command(*state, run); });
}

}  // namespace capbridge::cli
