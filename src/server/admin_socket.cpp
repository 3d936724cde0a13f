#include "server/admin_socket.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/base/descriptor.hpp"
#include "core/base/log.hpp"
#include "core/base/log_context.hpp"

namespace capbridge::server {
namespace {

constexpr std::size_t most_line_bytes = 256u << 20;
constexpr std::size_t most_connections = 32;
constexpr auto between_progress = std::chrono::milliseconds(100);
// A client that does not read (stopped with ^Z, say) must hold up neither an operation nor the daemon's end.
constexpr auto send_patience = std::chrono::seconds(5);
constexpr auto stop_patience = std::chrono::seconds(2);

// A line without its end; nothing at the end of the stream, and when the line is too long (`too_long` says
// so).
std::optional<std::string> read_line(int fd, std::string& buffer, bool& too_long) {
    std::size_t searched = 0;
    for (;;) {
        if (const auto end = buffer.find('\n', searched); end != std::string::npos) {
            auto line = buffer.substr(0, end);
            buffer.erase(0, end + 1);
            return line;
        }
        searched = buffer.size();
        if ((too_long = buffer.size() > most_line_bytes)) return std::nullopt;
        char chunk[64u << 10];
        const auto n = ::recv(fd, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return std::nullopt;
        buffer.append(chunk, static_cast<std::size_t>(n));
    }
}

std::string line_of(const ordered_json& message) {
    return message.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Sends what it can and takes that off `bytes`; with MSG_DONTWAIT in `flags` it does not wait. False: the
// client is gone, or took nothing for as long as the socket's time-out.
bool send_some(int fd, std::string& bytes, int flags) {
    std::size_t sent = 0;
    bool good = true;
    while (sent < bytes.size()) {
        const auto n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | flags);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            good = n < 0 && (flags & MSG_DONTWAIT) != 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            break;
        }
        sent += static_cast<std::size_t>(n);
    }
    bytes.erase(0, sent);
    return good;
}

bool write_line(int fd, const ordered_json& message) {
    auto line = line_of(message);
    return send_some(fd, line, 0);
}

void bound_sends(int fd) {
    const timeval patience{send_patience.count(), 0};
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
        log::warn("admin.no_send_timeout");
}

ordered_json error_json(const Error& error) {
    return {
        {"error",
         {{"code", error.code}, {"message", error.message}, {"where", error.where}, {"line", error.line}}}};
}

bool peer_may(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

class Listening final : public AdminSocket {
public:
    explicit Listening(RunOperation run) : run_(std::move(run)) {}
    ~Listening() override { Listening::stop(); }

    Status listen(const std::filesystem::path& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto& text = path.native();
        if (text.size() >= sizeof address.sun_path) {
            return fail("bad_address",
                        "The path of the admin socket is longer than " +
                            std::to_string(sizeof address.sun_path - 1) +
                            " bytes. Use a data directory with a shorter path.",
                        text);
        }
        std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
        struct stat there {};
        if (::lstat(text.c_str(), &there) == 0) {
            if (!S_ISSOCK(there.st_mode))
                return fail("address_in_use", "Something that is no socket is in the admin socket's place.",
                            text);
            ::unlink(text.c_str());
        }
        listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
        // The mode must be right from the first moment on, so chmod after bind would be too late.
        const auto mask = ::umask(0177);
        const bool bound =
            ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        const auto why = errno;
        ::umask(mask);
        if (!bound || ::listen(listener_.get(), 16) != 0) {
            return fail(
                "unwritable",
                std::string("Cannot make the admin socket: ") + std::strerror(bound ? errno : why) + ".",
                text);
        }
        path_ = path;
        accepting_ = std::thread([this] { accept(); });
        return {};
    }

    void stop() override {
        if (accepting_.joinable()) {
            stopping_ = true;
            const std::uint64_t one = 1;
            if (::write(wake_.get(), &one, sizeof one) < 0) log::warn("admin.wake_failed");
            accepting_.join();
        }
        {
            const std::lock_guard lock(mutex_);
            for (auto& c : connections_)
                ::shutdown(c.fd.get(), SHUT_RD);  // what is at work still gets to answer
        }
        wait_for_answers();
        for (auto& c : connections_) {
            if (c.thread.joinable()) c.thread.join();
        }
        connections_.clear();
        if (!path_.empty()) ::unlink(path_.c_str());
        path_.clear();
    }

private:
    struct Connection {
        Descriptor fd;
        std::thread thread;
        // The rest of a progress line that went out in part: it must go before anything else.
        std::string unsent;
        std::atomic<bool> at_work{false}, over{false};
    };

    // Until every connection is over. One whose operation has ended and that still does not take its answer
    // is cut off after a while. The accepting thread has ended, so the list does not change.
    void wait_for_answers() {
        using clock = std::chrono::steady_clock;
        std::map<Connection*, clock::time_point> since;
        for (bool waiting = true; waiting;) {
            waiting = false;
            const auto now = clock::now();
            for (auto& c : connections_) {
                if (c.over) continue;
                waiting = true;
                auto& began = since.try_emplace(&c, now).first->second;
                if (c.at_work) {
                    began = now;
                } else if (now - began > stop_patience) {
                    ::shutdown(c.fd.get(), SHUT_RDWR);
                }
            }
            if (waiting) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    void accept() {
        while (!stopping_) {
            pollfd waiting[2] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
            if (::poll(waiting, 2, -1) < 0 && errno != EINTR) break;
            if (stopping_ || (waiting[0].revents & POLLIN) == 0) continue;
            Descriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (fd.get() < 0) {  // out of descriptors, most likely
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
                continue;
            }
            reap();
            bound_sends(fd.get());
            if (!peer_may(fd.get())) {
                log::warn("admin.peer_refused");
                write_line(
                    fd.get(),
                    error_json({"forbidden", "Only the daemon's own user and root may use the admin socket.",
                                "", 0}));
                continue;
            }
            if (connections_.size() >= most_connections) {
                write_line(fd.get(),
                           error_json({"busy", "Too many commands are at work. Try again soon.", "", 0}));
                continue;
            }
            const std::lock_guard lock(mutex_);
            auto& connection = connections_.emplace_back();
            connection.fd = std::move(fd);
            connection.thread = std::thread([this, &connection] { serve(connection); });
        }
    }

    // Joins the threads that are through. Runs on the accepting thread, which alone changes the list until it
    // has ended.
    void reap() {
        for (auto it = connections_.begin(); it != connections_.end();) {
            if (!it->over) {
                ++it;
                continue;
            }
            it->thread.join();
            const std::lock_guard lock(mutex_);
            it = connections_.erase(it);
        }
    }

    void serve(Connection& connection) {
        const int fd = connection.fd.get();
        std::string buffer;
        bool too_long = false;
        while (const auto line = read_line(fd, buffer, too_long)) {
            connection.at_work = true;
            const auto message = answer(connection, *line);
            connection.at_work = false;
            auto bytes = std::exchange(connection.unsent, {}) + line_of(message);
            if (!send_some(fd, bytes, 0) || stopping_) break;
        }
        if (too_long) write_line(fd, error_json({"too_large", "The request is larger than 256 MiB.", "", 0}));
        ::shutdown(fd, SHUT_RDWR);
        connection.over = true;
    }

    ordered_json answer(Connection& connection, const std::string& line) {
        auto request = parse_json(line, {.bytes = most_line_bytes, .depth = 64});
        if (!request) return error_json(request.error());
        if (!request->is_object() || !request->contains("op") || !(*request)["op"].is_string()) {
            return error_json({"bad_request", "A request is an object with op, params and who.", "", 0});
        }
        const auto op = (*request)["op"].get<std::string>();
        auto who = get_string(*request, "who");
        json params = request->contains("params") ? std::move((*request)["params"]) : json::object();
        if (!params.is_object()) return error_json({"bad_request", "params must be an object.", "params", 0});

        // Progress may come thick and fast and from any thread of the operation; a client that is gone does
        // not end what it began.
        std::mutex writing;
        std::chrono::steady_clock::time_point last{};
        engine::Caller caller;
        caller.who = who.empty() ? "cli" : std::move(who);
        caller.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
            const std::lock_guard lock(writing);
            const auto now = std::chrono::steady_clock::now();
            if (now - last < between_progress && (total == 0 || done < total)) return;
            last = now;
            // A client that does not keep up misses some progress; the operation does not wait for it.
            auto& unsent = connection.unsent;
            if (!unsent.empty()) {
                send_some(connection.fd.get(), unsent, MSG_DONTWAIT);
                return;
            }
            auto bytes = line_of({{"progress", {{"what", what}, {"done", done}, {"total", total}}}});
            const auto whole = bytes.size();
            send_some(connection.fd.get(), bytes, MSG_DONTWAIT);
            if (bytes.size() < whole) unsent = std::move(bytes);
        };
        caller.from = "socket";
        caller.reason = get_string(*request, "reason");
        caller.request = log::request_id(get_string(*request, "request"));
        const log::Scope scope({caller.request});
        log::info("admin.request", {{"op", op}});
        try {
            auto result = run_(op, params, caller);
            if (!result) return error_json(result.error());
            ordered_json out = ordered_json::object();
            out["result"] = std::move(*result);
            return out;
        } catch (const std::exception&) {  // a bug; its text may quote data
            log::error("admin.operation_threw", {{"op", op}});
            return error_json(
                {"internal", "The operation failed in a way that it should not. Please report it.", op, 0});
        }
    }

    const RunOperation run_;
    std::filesystem::path path_;
    Descriptor listener_, wake_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::list<Connection> connections_;
    std::thread accepting_;
};

}  // namespace

Result<std::unique_ptr<AdminSocket>> AdminSocket::start(const std::filesystem::path& path, RunOperation run) {
    auto socket = std::make_unique<Listening>(std::move(run));
    CAPBRIDGE_TRY(socket->listen(path));
    return socket;
}

}  // namespace capbridge::server
