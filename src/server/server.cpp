#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/admin_socket.hpp"
#include "server/application.hpp"
#include "server/daemon_status.hpp"
#include "server/http_server.hpp"

namespace capbridge::server {
namespace {

class RunningServer final : public Server {
public:
    RunningServer(Backend backend, std::vector<std::string> cors_origins)
        : application_(std::move(backend), Cors(std::move(cors_origins))) {}
    ~RunningServer() override { RunningServer::stop(); }

    Status begin(const Options& options, const HttpLimits& limits) {
        std::shared_ptr<const Tls> tls;
        if (options.tls) {
            CAPBRIDGE_LET(tls, Tls::read(*options.tls));
        }
        application_.observe_with(&observer_);
        // The admin socket first: whoever has it may change things, so it must not come up half-way later.
        if (!options.admin_socket.empty()) {
            CAPBRIDGE_LET(admin_,
                          AdminSocket::start(options.admin_socket,
                                             [this](std::string_view name, const json& params,
                                                    const engine::Caller& caller) -> Result<ordered_json> {
                                                 if (name == daemon_status_operation) return status();
                                                 if (name == daemon_metrics_operation)
                                                     return ordered_json{{"text", application_.metrics()}};
                                                 return application_.backend().run(name, params, caller);
                                             }));
        }
        CAPBRIDGE_LET(http_, HttpServer::start(
                                 options.host, options.port, options.threads, limits,
                                 [this](Request request, Responder respond) {
                                     application_.handle(std::move(request), std::move(respond));
                                 },
                                 [this](int status, const Error& error, const Request* without_body) {
                                     return application_.refused(status, error, without_body);
                                 },
                                 [this](Request& request, std::size_t& most_body) {
                                     return application_.look_at_header(request, most_body);
                                 },
                                 std::move(tls)));
        listening_ = http_.get();
        observer_.start();
        application_.set_serving(true);
        return {};
    }

    unsigned short port() const override { return http_->port(); }

    Status set_tls(const TlsSettings& settings) override {
        if (!http_->tls())
            return fail("needs_restart", "The daemon was started without TLS: restart it to begin with it.");
        CAPBRIDGE_LET(auto tls, Tls::read(settings));
        http_->set_tls(std::move(tls));
        return {};
    }
    std::optional<TlsFacts> tls() const override {
        const auto tls = http_->tls();
        return tls ? std::optional(tls->facts()) : std::nullopt;
    }

    std::string hung() const override { return observer_.hung(); }
    std::string summary() const override {
        const auto readiness = observer_.readiness();
        if (!readiness.reasons.empty()) return readiness.reasons.front().message;
        const auto seen = observer_.seen();
        return "ready; " +
               std::to_string(std::max<std::int64_t>(0, seen.bridge.journal - seen.bridge.folded)) +
               " entries behind; " + std::to_string(seen.connections) + " connections";
    }

    void stop() override {
        application_.set_serving(false);
        observer_.stop();
        if (http_) http_->stop();
        if (admin_) admin_->stop();
        application_.stop();
    }

private:
    Result<ordered_json> status() const {
        return daemon_status(observer_.seen(), observer_.readiness(), observer_.started(),
                             application_.backend().version);
    }
    Observer::Looks looks() {
        Observer::Looks out;
        out.bridge = application_.backend().observe;
        out.tls = [this] { return listening_ != nullptr ? tls() : std::nullopt; };
        out.connections = [this] { return listening_ != nullptr ? listening_->connections() : 0; };
        out.ping = [this](std::function<void()> pong) {
            if (listening_ != nullptr) listening_->ping(std::move(pong));
        };
        out.now = application_.backend().now;
        out.serving = [this] { return application_.serving(); };
        return out;
    }

    Application application_;
    Observer observer_{looks()};
    HttpServer* listening_ = nullptr;  // once it is there; set before the observer begins
    std::unique_ptr<AdminSocket> admin_;
    std::unique_ptr<HttpServer> http_;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(Backend backend, const Options& options,
                                             const HttpLimits& limits) {
    backend.most_package_bytes = options.most_package_bytes;
    backend.edge = options.edge;
    backend.version = options.version;
    if (options.live) backend.live = options.live;
    auto server = std::make_unique<RunningServer>(std::move(backend), options.cors_origins);
    CAPBRIDGE_TRY(server->begin(options, limits));
    return server;
}

}  // namespace capbridge::server
