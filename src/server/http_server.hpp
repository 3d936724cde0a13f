// HTTP/1.1 over TCP, plain or with TLS: listens, reads requests within limits, hands them over, writes the
// answers (Boost.Beast, callbacks; only http_server.cpp and session.cpp know that). One request of a
// connection is at work at a time, so pipelined requests are answered in order. What is no HTTP gets 400, too
// much header 431, too large a body 413, too slow a body 408; who is too slow before that is hung up on.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "server/http.hpp"
#include "server/tls.hpp"

namespace capbridge::server {

struct HttpLimits {
    // For one whole request (of a body that goes to a sink: for each MiB), and between two of a connection.
    std::chrono::milliseconds read_timeout{30'000};
    std::chrono::milliseconds handshake_timeout{10'000};  // of TLS
    std::chrono::milliseconds write_timeout{60'000};
    std::chrono::milliseconds stop_grace{5'000};  // that answers get to finish in stop()
    std::uint32_t header_bytes = 16u << 10;
    std::size_t body_bytes = 8u << 20;
    std::size_t all_bodies_bytes = 256u
                                   << 20;  // of all requests under way together; more is answered with 503
    std::size_t connections = 512;
};

// Called on an io thread: must not block. The Responder may be called from any thread, also after stop().
using HttpHandler = std::function<void(Request request, Responder respond)>;
// Gives the answer to a request that never became one (status, code, message), so that it has the same
// headers. `without_body` is null when not even its header was read.
using RefusedHandler = std::function<Response(int status, const Error& error, const Request* without_body)>;

// Looks at the header of a request whose body has not been read: an answer is sent at once, the body is left
// unread and the connection closed. Else `most_body` may be lowered, or, with a sink for the body, raised. On
// an io thread: must not block.
using HeaderHandler = std::function<std::optional<Response>(Request& without_body, std::size_t& most_body)>;

class HttpServer {
public:
    // Errors "address_in_use", "bad_address".
    static Result<std::unique_ptr<HttpServer>> start(const std::string& host, unsigned short port,
                                                     int threads, const HttpLimits& limits,
                                                     HttpHandler handle, RefusedHandler refused,
                                                     HeaderHandler look_at_header,
                                                     std::shared_ptr<const Tls> tls = {});
    virtual ~HttpServer() = default;
    [[nodiscard]] virtual unsigned short port() const = 0;
    // New connections begin with it; only of a server that was started with TLS.
    virtual void set_tls(std::shared_ptr<const Tls> tls) = 0;
    [[nodiscard]] virtual std::shared_ptr<const Tls> tls() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
    // Calls back from an io thread: whether they still answer.
    virtual void ping(std::function<void()> pong) = 0;
    // Ends accepting, hangs up on idle connections, waits for the answers under way.
    virtual void stop() = 0;
};

}  // namespace capbridge::server
