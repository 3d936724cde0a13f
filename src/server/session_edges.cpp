// How a connection begins (with the client's greeting, where TLS is wanted) and how it ends.
#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <utility>

#include "core/base/log.hpp"
#include "server/session.hpp"

namespace capbridge::server {

void Session::start() {
    error_code ec;
    const auto there = stream_.tcp().socket().remote_endpoint(ec);
    if (!ec) {
        auto address = there.address();
        if (address.is_v6() && address.to_v6().is_v4_mapped())
            address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
        from_ = address.to_string();
    }
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
        const auto tls = self->shared_.tls.get();
        tls ? self->greet(tls) : self->read_header();
    });
}

void Session::greet(const std::shared_ptr<const Tls>& tls) {
    stream_.tcp().expires_after(shared_.limits.handshake_timeout);
    beast::async_detect_ssl(
        stream_.tcp(), buffer_, [self = shared_from_this(), tls](error_code ec, bool is_tls) {
            if (ec) return self->hang_up();
            if (!is_tls) {
                self->parser_.emplace();
                return self->refuse(400, {"tls_needed",
                                          "This port speaks HTTPS only: use an address that "
                                          "begins with https://",
                                          "", 0});
            }
            auto* connection = tls->new_connection();
            if (connection == nullptr) return self->hang_up();
            self->stream_.handshake(connection, self->buffer_.data(),
                                    [self](error_code failed, std::size_t used) {
                                        self->buffer_.consume(used);
                                        self->greeted(failed);
                                    });
        });
}

void Session::greeted(error_code ec) {
    if (state_ == State::gone) return;
    if (ec) {
        // Neither has anything that the client's certificate says of itself.
        const auto why = peer_refusal(stream_.connection());
        log::info("http.tls_refused", {{"why", why.empty() ? ec.message() : why}});
        return hang_up();
    }
    client_certificate_ = peer_fingerprint(stream_.connection());
    read_header();
}

void Session::end_politely() {
    stream_.tcp().expires_after(std::min(shared_.limits.read_timeout, std::chrono::milliseconds(2'000)));
    if (!stream_.is_tls()) return say_no_more();
    // What comes back, or that it is no goodbye, does not matter any more.
    stream_.say_goodbye([self = shared_from_this()](error_code) { self->say_no_more(); });
}

void Session::say_no_more() {
    if (state_ == State::gone) return;
    error_code ignored;
    stream_.tcp().socket().shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    drain(64u << 20);
}

// Below TLS: what comes is thrown away unread.
void Session::drain(std::size_t left) {
    stream_.tcp().async_read_some(buffer_.prepare(64u << 10),
                                  [self = shared_from_this(), left](error_code ec, std::size_t n) {
                                      if (ec || n >= left) return self->hang_up();
                                      self->drain(left - n);
                                  });
}

}  // namespace capbridge::server
