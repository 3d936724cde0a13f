// Bodies that pass through a connection piece by piece: a request's to its sink, an answer's from its file.
#include <boost/asio/write.hpp>
#include <utility>

#include "server/session.hpp"

namespace capbridge::server {

BodySink::Done Session::then(void (Session::*next)()) {
    return [sessions = shared_.sessions, weak = weak_from_this(), next](std::optional<Response> refusal) {
        sessions->resume(weak, [next, refusal = std::move(refusal)](Session& self) {
            if (self.state_ != State::reading) return;
            if (!refusal) return (self.*next)();
            self.state_ = State::working;
            self.write(*refusal, false, false);
        });
    };
}

void Session::begin_sink() {
    passed_on_ = 0;
    buffer_.reserve(
        128u << 10);  // Beast reads as much at a time as there is room for: else some hundred bytes
    stream_.tcp().expires_never();
    request_->sink->begin(then(&Session::read_piece));
}

void Session::read_piece() {
    if (passed_on_ == 0 && parser_->get().body().empty() && !go_on_ && waits_to_go_on()) {
        stream_.tcp().expires_after(shared_.limits.read_timeout);
        return write_continue();
    }
    constexpr std::size_t a_piece = 1u << 20;
    const auto size = parser_->get().body().size();
    if (passed_on_ + size > most_body_) return read_failed(http::make_error_code(http::error::body_limit));
    if (!hold(size))
        return refuse(503,
                      {"busy", "The server has too many requests to read. Please try again soon.", "", 0});
    if (size >= a_piece || parser_->is_done()) return write_piece();
    if (size == 0) stream_.tcp().expires_after(shared_.limits.read_timeout);
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = shared_from_this()](error_code ec, std::size_t) {
                              if (ec) return self->read_failed(ec);
                              self->read_piece();
                          });
}

void Session::write_piece() {
    stream_.tcp().expires_never();
    auto& body = parser_->get().body();
    auto piece = std::exchange(body, {});
    passed_on_ += piece.size();
    const auto next = parser_->is_done() ? &Session::finish_sink : &Session::read_piece;
    request_->sink->write(std::move(piece), then(next));
}

void Session::finish_sink() {
    hold(0);
    buffer_.shrink_to_fit();
    request_->sink->finish(then(&Session::hand_over));
}

void Session::write_file(std::shared_ptr<const FileBody> file, std::uint64_t offset, bool keep_alive) {
    if (offset == file->bytes()) return written({}, keep_alive);
    file_piece_ = file->read(offset, 256u << 10);
    if (file_piece_.empty()) return hang_up();  // too late to say why: the client sees that it is cut short
    stream_.tcp().expires_after(shared_.limits.write_timeout);
    const auto after = offset + file_piece_.size();
    asio::async_write(
        stream_, asio::buffer(file_piece_),
        [self = shared_from_this(), file = std::move(file), after, keep_alive](error_code ec, std::size_t) {
            if (ec) return self->hang_up();
            self->write_file(file, after, keep_alive);
        });
}

}  // namespace capbridge::server
