#include "server/session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

// Never has a body, nor a length of one (RFC 9110, 8.6).
bool has_no_content(const Response& response) {
    return response.status == 204 || response.status == 304;
}

// Which of the headers that say who asks for what comes more than once: "" for none.
std::string given_twice(const http::request<ReceivedBody>& message) {
    for (const char* name : {"Authorization", "Content-Type", "X-Experience-API-Version"}) {
        if (message.count(name) > 1) return name;
    }
    return {};
}

// One body has one length, or a proxy before us and we may see different requests in the same bytes. Beast
// takes a coding that it does not know for none at all, so it is looked at here (RFC 9112, 6.1 and 6.3).
bool is_framed_plainly(const http::request<ReceivedBody>& message) {
    const auto codings = message.count(http::field::transfer_encoding);
    if (codings == 0) return true;
    return codings == 1 && message.version() == 11 && message.count(http::field::content_length) == 0 &&
           beast::iequals(message[http::field::transfer_encoding], "chunked");
}

// "http://host/path", which is what a proxy is sent, is taken too (RFC 9112, 3.2.2).
std::string path_and_query(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
        const auto end = std::min(target.find_first_of("/?", scheme.size()), target.size());
        const auto host = target.substr(scheme.size(), end - scheme.size());
        if (!host.empty() && host.find('@') == std::string_view::npos)
            return (target.substr(end).starts_with('/') ? "" : "/") + std::string(target.substr(end));
    }
    return std::string(target);
}

}  // namespace

void Session::wind_up() {
    closing_ = true;
    if (state_ == State::reading) hang_up();
}

void Session::answer(Response response) {
    if (state_ == State::working)
        write(std::move(response), parser_->keep_alive(), parser_->get().method() == http::verb::head);
}

void Session::read_header() {
    state_ = State::reading;
    request_.reset();
    go_on_.reset();
    most_body_ = shared_.limits.body_bytes;
    watched_ = too_late_ = false;
    read_until_ = std::chrono::steady_clock::now() + shared_.limits.read_timeout;
    stream_.tcp().expires_at(read_until_);
    parse_header();
}

void Session::parse_header() {
    parser_.emplace();
    parser_->header_limit(shared_.limits.header_bytes);
    parser_->body_limit(boost::none);  // what is too large depends on the header: we look ourselves
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code ec, std::size_t) {
                                if (ec == http::error::bad_method && self->skip_empty_lines())
                                    return self->parse_header();
                                if (ec) return self->read_failed(ec);
                                self->header_read();
                            });
}

// Before a request they are nothing (RFC 9112, 2.2).
bool Session::skip_empty_lines() {
    const auto bytes = buffer_.data();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    const auto empty = std::min(text.find_first_not_of("\r\n"), text.size());
    buffer_.consume(empty);
    return empty > 0;
}

bool Session::waits_to_go_on() const {
    const auto& message = parser_->get();
    // HTTP/1.0 has no such answer.
    return message.version() >= 11 && beast::iequals(message[http::field::expect], "100-continue");
}

void Session::header_read() {
    const auto& message = parser_->get();
    if (const auto twice = given_twice(message); !twice.empty()) {
        request_ = request_so_far();
        return refuse(400, {"bad_request", "The header " + twice + " is given twice.", twice, 0});
    }
    if (!is_framed_plainly(message)) {
        request_ = request_so_far();
        return refuse(400,
                      {"bad_request",
                       "The only Transfer-Encoding that is taken is chunked, of HTTP/1.1, given once and "
                       "without Content-Length.",
                       "Transfer-Encoding", 0});
    }
    if (parser_->is_done()) return hand_over();
    most_body_ = shared_.limits.body_bytes;
    request_ = request_so_far();
    if (auto refusal = shared_.look_at_header(*request_, most_body_)) {
        state_ = State::working;
        return write(std::move(*refusal), false, message.method() == http::verb::head);
    }
    if (const auto length = parser_->content_length(); length && *length > most_body_)
        return read_failed(http::make_error_code(http::error::body_limit));
    if (request_->sink) return begin_sink();
    watch_body();
    if (waits_to_go_on()) return write_continue();
    read_body();
}

void Session::watch_body() {
    const auto length = parser_->content_length();
    if (length && buffer_.size() >= *length) return;  // it is all here
    watched_ = true;
    stream_.tcp().expires_never();
    late_.expires_at(read_until_);
    late_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (cancelled || !self->watched_ || self->state_ != State::reading) return;
        self->too_late_ = true;
        self->stream_.tcp().cancel();
    });
}

void Session::write_continue() {
    go_on_.emplace(http::status::continue_, 11);
    http::async_write(stream_, *go_on_, [self = shared_from_this()](error_code ec, std::size_t) {
        if (ec || self->too_late_) return self->hang_up();
        if (self->request_->sink) return self->read_piece();
        self->read_body();
    });
}

// Piece by piece: what counts is what has come, not what a client says will come.
void Session::read_body() {
    http::async_read_some(
        stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (self->too_late_ && (ec || !self->parser_->is_done())) {
                return self->refuse(408, {"too_slow", "The body did not come in time.", "", 0});
            }
            if (ec) return self->read_failed(ec);
            const auto size = self->parser_->get().body().size();
            if (size > self->most_body_)
                return self->read_failed(http::make_error_code(http::error::body_limit));
            if (!self->hold(size)) {
                return self->refuse(
                    503, {"busy", "The server has too many requests to read. Please try again soon.", "", 0});
            }
            if (self->parser_->is_done()) return self->hand_over();
            self->read_body();
        });
}

void Session::stop_watching() {
    if (std::exchange(watched_, false)) late_.cancel();
}

bool Session::hold(std::size_t bytes) {
    const auto before = std::exchange(held_, bytes);
    // Unsigned arithmetic wraps the right way when it becomes less.
    const auto all = shared_.body_bytes += bytes - before;
    return bytes <= before || all <= shared_.limits.all_bodies_bytes;
}

void Session::read_failed(error_code ec) {
    if (state_ == State::gone) return;
    if (ec == http::error::body_limit) {
        // What is announced is refused with the header, which is read by then.
        if (!request_) request_ = request_so_far();
        return refuse(
            413, {"too_large", "The body is larger than " + std::to_string(most_body_) + " bytes.", "", 0});
    }
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
        return refuse(431, {"header_too_large",
                            "The request's header is larger than " +
                                std::to_string(shared_.limits.header_bytes) + " bytes.",
                            "", 0});
    }
    const bool is_http = ec.category() == http::make_error_code(http::error::bad_method).category();
    if (is_http && ec != http::error::end_of_stream && ec != http::error::partial_message) {
        return refuse(400, {"bad_request", "This is not a well-formed HTTP request.", "", 0});
    }
    hang_up();  // end of stream, time-out, reset
}

void Session::refuse(int status, const Error& error) {
    state_ = State::working;
    stop_watching();
    auto response = shared_.refused(status, error, request_ ? &*request_ : nullptr);
    if (status == 503) response.with("Retry-After", "5");
    write(std::move(response), false, parser_->get().method() == http::verb::head);
}

Request Session::request_so_far() const {
    const auto& message = parser_->get();
    Request request;
    request.from = from_;
    request.over_tls = stream_.is_tls();
    request.client_certificate = client_certificate_;
    request.method = message.method_string();
    const auto target = path_and_query({message.target().data(), message.target().size()});
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    for (const auto& field : message) {
        request.headers.emplace_back(lower_ascii({field.name_string().data(), field.name_string().size()}),
                                     std::string(field.value()));
    }
    return request;
}

void Session::hand_over() {
    const auto& message = parser_->get();
    if (!path_and_query({message.target().data(), message.target().size()}).starts_with('/') ||
        (message.version() >= 11 && message.count(http::field::host) != 1)) {
        return refuse(
            400, {"bad_request", "A request needs a path that begins with / and one Host header.", "", 0});
    }
    auto request = request_ ? std::move(*request_) : request_so_far();
    request.body = std::move(parser_->get().body());
    state_ = State::working;
    stop_watching();
    stream_.tcp().expires_never();
    shared_.handle(std::move(request),
                   Responder([sessions = shared_.sessions, weak = weak_from_this()](Response response) {
                       sessions->answer(weak, std::move(response));
                   }));
}

template <class Message>
void Session::fill(Message& message, const Response& response, bool keep_alive) {
    message.result(static_cast<unsigned>(response.status));
    message.version(11);
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
    message.set(http::field::date,
                http_date(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())));
    message.keep_alive(keep_alive);
}

void Session::write(Response response, bool keep_alive, bool is_head) {
    try {
        return begin_write(std::move(response), keep_alive, is_head);
    } catch (const std::exception&) {  // Beast throws for a header that is too long
        log::error("http.answer_threw");
    }
    try {
        begin_write(
            shared_.refused(500, {"internal", "The server could not write its answer.", "", 0}, nullptr),
            false, is_head);
    } catch (const std::exception&) {
        hang_up();
    }
}

void Session::begin_write(Response response, bool keep_alive, bool is_head) {
    state_ = State::writing;
    parser_->get().body() = {};
    hold(0);
    keep_alive = keep_alive && !closing_;
    stream_.tcp().expires_after(shared_.limits.write_timeout);
    auto done = [self = shared_from_this(), keep_alive](error_code ec, std::size_t) {
        self->written(ec, keep_alive);
    };
    if (response.file) {
        head_.emplace();
        fill(*head_, response, keep_alive);
        head_->content_length(response.file->bytes());
        head_serializer_.emplace(*head_);
        if (is_head) return http::async_write_header(stream_, *head_serializer_, std::move(done));
        return http::async_write_header(stream_, *head_serializer_,
                                        [self = shared_from_this(), file = std::move(response.file),
                                         keep_alive](error_code ec, std::size_t) {
                                            if (ec) return self->hang_up();
                                            self->write_file(file, 0, keep_alive);
                                        });
    }
    if (is_head) {  // the header of the GET, its length too, and no body
        head_.emplace();
        fill(*head_, response, keep_alive);
        if (!has_no_content(response)) head_->content_length(response.body.size());
        head_serializer_.emplace(*head_);
        return http::async_write_header(stream_, *head_serializer_, std::move(done));
    }
    full_.emplace();
    fill(*full_, response, keep_alive);
    full_->body() = std::move(response.body);
    full_->prepare_payload();
    if (has_no_content(response)) full_->erase(http::field::content_length);
    http::async_write(stream_, *full_, std::move(done));
}

void Session::written(error_code ec, bool keep_alive) {
    if (ec) return hang_up();
    if (keep_alive && !closing_) return read_header();
    end_politely();
}

void Session::hang_up() {
    if (state_ == State::gone) return;
    state_ = State::gone;
    stop_watching();
    if (request_) request_->sink.reset();  // what was cut off goes now, whoever still holds the session
    error_code ignored;
    stream_.tcp().socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.tcp().close();
    hold(0);
    shared_.sessions->remove(this);
}

}  // namespace capbridge::server
