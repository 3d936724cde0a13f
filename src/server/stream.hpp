// The bytes of one connection, plain or through TLS: what Beast reads from and writes to. Its time limits are
// those of the TCP stream below, handshake included. Used on the connection's strand only. Internal to the
// HTTP server.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <utility>

#include "server/tls.hpp"

namespace capbridge::server {

class Stream {
public:
    using executor_type = boost::beast::tcp_stream::executor_type;
    using Tcp = boost::beast::tcp_stream;

    explicit Stream(boost::asio::ip::tcp::socket socket) : tcp_(std::move(socket)) {}

    executor_type get_executor() { return tcp_.get_executor(); }
    Tcp& tcp() { return tcp_; }
    [[nodiscard]] bool is_tls() const { return tls_.has_value(); }
    [[nodiscard]] ssl_st* connection() { return tls_->next_layer().native_handle(); }

    // Everything from here on goes through `connection`, which is the stream's now. `first` is what was read
    // of the client's greeting already; done(error, how much of it was used).
    template <class Buffers, class Done>
    void handshake(ssl_st* connection, const Buffers& first, Done done) {
        tls_.emplace(tcp_, connection);
        tls_->next_layer().async_handshake(boost::asio::ssl::stream_base::server, first, std::move(done));
    }
    // Tells a TLS client that no more comes.
    template <class Done>
    void say_goodbye(Done done) {
        tls_->next_layer().async_shutdown(std::move(done));
    }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
        tcp_.async_read_some(buffers, std::forward<Handler>(handler));
    }
    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
        tcp_.async_write_some(buffers, std::forward<Handler>(handler));
    }

private:
    Tcp tcp_;
    // Flat: several buffers become one record.
    std::optional<boost::beast::flat_stream<boost::asio::ssl::stream<Tcp&>>> tls_;
};

}  // namespace capbridge::server
