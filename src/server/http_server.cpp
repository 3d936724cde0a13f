#include "server/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <exception>
#include <thread>

#include "core/base/log.hpp"
#include "server/session.hpp"

namespace capbridge::server {
namespace {

class BeastServer final : public HttpServer {
public:
    BeastServer(const HttpLimits& limits, HttpHandler handle, RefusedHandler refused,
                HeaderHandler look_at_header, std::shared_ptr<const Tls> tls) {
        shared_.limits = limits;
        shared_.tls.set(std::move(tls));
        shared_.handle = std::move(handle);
        shared_.refused = std::move(refused);
        shared_.look_at_header = std::move(look_at_header);
    }
    ~BeastServer() override { BeastServer::stop(); }

    Status listen(const std::string& host, unsigned short port) {
        error_code ec;
        const auto address = asio::ip::make_address(host, ec);
        if (ec)
            return fail("bad_address",
                        "\"" + host +
                            "\" is no IP address to listen on. Write one such as 127.0.0.1, 0.0.0.0 or ::1.",
                        host);
        const tcp::endpoint endpoint(address, port);
        const auto where = host + ":" + std::to_string(port);
        acceptor_.open(endpoint.protocol(), ec);
        if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
        if (!ec) acceptor_.bind(endpoint, ec);
        if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
        if (ec == asio::error::address_in_use)
            return fail("address_in_use", "Another program listens on " + where + ". Choose another port.",
                        where);
        if (ec) return fail("bad_address", "Cannot listen on " + where + ": " + ec.message() + ".", where);
        port_ = acceptor_.local_endpoint().port();
        return {};
    }

    void run(int threads) {
        accept();
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
    }

    unsigned short port() const override { return port_; }
    void set_tls(std::shared_ptr<const Tls> tls) override { shared_.tls.set(std::move(tls)); }
    std::shared_ptr<const Tls> tls() const override { return shared_.tls.get(); }
    std::size_t connections() const override { return shared_.sessions->count(); }
    void ping(std::function<void()> pong) override { asio::post(io_, std::move(pong)); }

    void stop() override {
        if (stopped_) return;
        stopped_ = true;
        asio::post(acceptor_.get_executor(), [this] {
            error_code ignored;
            acceptor_.close(ignored);
            pause_.cancel();
        });
        shared_.sessions->wind_up();
        shared_.sessions->wait_until_empty(shared_.limits.stop_grace);
        shared_.sessions->close();
        io_.stop();
        for (auto& thread : threads_) thread.join();
        shared_.sessions->clear();
    }

private:
    // An exception is a bug, or memory that is gone: what it was about ends, the others go on. Its text may
    // quote a client's data, so it is not logged.
    void serve() {
        for (;;) {
            try {
                io_.run();
                return;
            } catch (const std::exception&) {
                log::error("http.io_threw");
            }
        }
    }

    void take(tcp::socket socket) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        auto session = std::make_shared<Session>(std::move(socket), shared_);
        if (!shared_.sessions->add(session, shared_.limits.connections))
            return log::warn("http.too_many_connections");
        session->start();
    }

    void accept() {
        acceptor_.async_accept(asio::make_strand(io_), [this](error_code ec, tcp::socket socket) {
            if (!acceptor_.is_open()) return;
            if (ec) {  // out of descriptors, most likely: give the others time to end
                log::warn("http.accept_failed", {{"error", ec.message()}});
                pause_.expires_after(std::chrono::milliseconds(100));
                pause_.async_wait([this](error_code cancelled) {
                    if (!cancelled && acceptor_.is_open()) accept();
                });
                return;
            }
            try {
                take(std::move(socket));
            } catch (const std::exception&) {
                log::error("http.io_threw");
            }
            accept();
        });
    }

    Shared shared_;
    asio::io_context io_;
    // While a handler is at work elsewhere its session waits for nothing that the io_context knows of.
    asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
    tcp::acceptor acceptor_{asio::make_strand(io_)};
    asio::steady_timer pause_{acceptor_.get_executor()};
    unsigned short port_ = 0;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& host, unsigned short port,
                                                      int threads, const HttpLimits& limits,
                                                      HttpHandler handle, RefusedHandler refused,
                                                      HeaderHandler look_at_header,
                                                      std::shared_ptr<const Tls> tls) {
    auto server = std::make_unique<BeastServer>(limits, std::move(handle), std::move(refused),
                                                std::move(look_at_header), std::move(tls));
    CAPBRIDGE_TRY(server->listen(host, port));
    server->run(threads);
    return server;
}

}  // namespace capbridge::server
