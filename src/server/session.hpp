// One HTTP connection and the set of those that live. Internal to the HTTP server: only http_server.cpp and
// session.cpp see Boost.
#pragma once
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "server/http_server.hpp"
#include "server/received_body.hpp"
#include "server/stream.hpp"

namespace capbridge::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using beast::error_code;

class Session;

// The sessions that live, each owned here. A Responder reaches its session only through this, under the mutex
// and only while it is open: so an answer that comes after stop() touches no executor that is gone.
class Sessions {
public:
    bool add(std::shared_ptr<Session> session, std::size_t most);
    void remove(Session* session);
    void answer(const std::weak_ptr<Session>& to, Response response);
    void resume(const std::weak_ptr<Session>& which, std::function<void(Session&)> next);
    [[nodiscard]] std::size_t count() const;
    void wind_up();  // asks every session to end after its present answer
    void wait_until_empty(std::chrono::milliseconds at_most);
    void close();  // answers from now on are dropped
    void clear();

private:
    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    bool open_ = true, winding_up_ = false;
    std::map<Session*, std::shared_ptr<Session>> sessions_;
};

struct Shared {
    HttpLimits limits;
    HttpHandler handle;
    RefusedHandler refused;
    HeaderHandler look_at_header;
    std::atomic<std::size_t> body_bytes{0};  // that all sessions hold
    CurrentTls tls;                          // none: plain HTTP
    std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>();
};

// One connection; everything runs on its strand.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) {}
    ~Session() { hold(0); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start();
    auto executor() { return stream_.get_executor(); }

    void wind_up();
    void answer(Response response);

private:
    enum class State { reading, working, writing, gone };
    // TLS, where it is wanted: the client's greeting, and what is said to one that speaks plain HTTP.
    void greet(const std::shared_ptr<const Tls>& tls);
    void greeted(error_code ec);
    void read_header();
    void parse_header();
    bool skip_empty_lines();
    [[nodiscard]] bool waits_to_go_on() const;
    void header_read();
    void write_continue();
    void read_body();
    // A body with a sink: asked for, read and written piece by piece, finished.
    void begin_sink();
    void read_piece();
    void write_piece();
    void finish_sink();
    // Goes on with `next` on the strand, or answers what the sink has to say.
    BodySink::Done then(void (Session::*next)());
    void watch_body();  // from here on a client that is too slow is told so
    void stop_watching();
    // Counts the body's bytes that this session holds now towards those of all; false when that is too much.
    bool hold(std::size_t bytes);
    [[nodiscard]] Request request_so_far() const;
    void read_failed(error_code ec);
    void refuse(int status, const Error& error);
    void hand_over();
    template <class Message>
    void fill(Message& message, const Response& response, bool keep_alive);
    // What cannot be written is answered 500.
    void write(Response response, bool keep_alive, bool is_head);
    void begin_write(Response response, bool keep_alive, bool is_head);
    void write_file(std::shared_ptr<const FileBody> file, std::uint64_t offset, bool keep_alive);
    void written(error_code ec, bool keep_alive);

    // A close with unread input sends a reset, which can take our answer away from the client: so say that we
    // are done and throw away what still comes, within bounds.
    void end_politely();
    void say_no_more();
    void drain(std::size_t left);
    void hang_up();

    Stream stream_;
    std::string from_, client_certificate_;  // the other end's address; its certificate's SHA-256
    // For bodies: when the stream's own time is over it closes, and nobody can be told anything.
    asio::steady_timer late_{stream_.get_executor()};
    std::chrono::steady_clock::time_point read_until_;
    Shared& shared_;
    beast::flat_buffer buffer_{256u << 10};
    std::optional<http::request_parser<ReceivedBody>> parser_;
    std::optional<http::response<http::empty_body>> go_on_, head_;
    std::optional<http::response_serializer<http::empty_body>> head_serializer_;
    std::optional<http::response<http::string_body>> full_;
    std::optional<Request> request_;  // once its header was looked at
    std::size_t most_body_ = 0, held_ = 0;
    std::size_t passed_on_ = 0;  // of the body, to its sink
    std::string file_piece_;
    State state_ = State::reading;
    bool closing_ = false, watched_ = false, too_late_ = false;
};

}  // namespace capbridge::server
