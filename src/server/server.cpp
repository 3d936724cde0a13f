#include "server/admin_socket.hpp"
#include "server/application.hpp"
#include "server/http_server.hpp"

namespace capbridge::server {
namespace {

class RunningServer final : public Server {
public:
    RunningServer(Backend backend, std::vector<std::string> cors_origins)
        : application_(std::move(backend), Cors(std::move(cors_origins))) {}
    ~RunningServer() override { RunningServer::stop(); }

    Status begin(const Options& options, const HttpLimits& limits) {
        // The admin socket first: whoever has it may change things, so it must not come up half-way later.
        if (!options.admin_socket.empty()) {
            CAPBRIDGE_LET(admin_, AdminSocket::start(options.admin_socket, application_.backend().run));
        }
        CAPBRIDGE_LET(http_, HttpServer::start(
                                 options.host, options.port, options.threads, limits,
                                 [this](Request request, Responder respond) {
                                     application_.handle(std::move(request), std::move(respond));
                                 },
                                 [this](int status, const Error& error, const Request* without_body) {
                                     return application_.refused(status, error, without_body);
                                 },
                                 [this](const Request& request, std::size_t& most_body) {
                                     return application_.look_at_header(request, most_body);
                                 }));
        application_.set_serving(true);
        return {};
    }

    unsigned short port() const override { return http_->port(); }

    void stop() override {
        application_.set_serving(false);
        if (http_) http_->stop();
        if (admin_) admin_->stop();
        application_.stop();
    }

private:
    Application application_;
    std::unique_ptr<AdminSocket> admin_;
    std::unique_ptr<HttpServer> http_;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(Backend backend, const Options& options,
                                             const HttpLimits& limits) {
    auto server = std::make_unique<RunningServer>(std::move(backend), options.cors_origins);
    CAPBRIDGE_TRY(server->begin(options, limits));
    return server;
}

}  // namespace capbridge::server
