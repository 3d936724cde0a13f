// A small HTTP server on 127.0.0.1 for tests: a function answers each request with the bytes to send, so that
// answers may be as broken as a test wants. A thread for each connection.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace capbridge::adapters {

struct LoopbackRequest {
    std::string text, method, target, body;
    // "" when there is none; `name` as it was sent.
    [[nodiscard]] std::string header(const std::string& name) const {
        const auto at = text.find("\r\n" + name + ": ");
        if (at == std::string::npos || at > text.find("\r\n\r\n")) return {};
        const auto begin = at + name.size() + 4;
        return text.substr(begin, text.find("\r\n", begin) - begin);
    }
};

inline std::string http_answer(const std::string& status, const std::string& body = "",
                               const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

class LoopbackServer {
public:
    // "" closes the connection. Runs on the connection's thread.
    using Handler = std::function<std::string(const LoopbackRequest&)>;

    explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            std::abort();
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { accept_all(); });
    }
    ~LoopbackServer() {
        stopping_ = true;
        thread_.join();
        for (auto& connection : connections_) connection.join();
        ::close(listener_);
    }
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port) + path;
    }
    std::vector<LoopbackRequest> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    // For handlers that are slow: false when the server is to end.
    bool wait(std::chrono::milliseconds ms) const {
        for (auto left = ms; left.count() > 0 && !stopping_; left -= std::chrono::milliseconds(10))
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return !stopping_;
    }
    int port = 0;
    std::atomic<int> connections{0};

private:
    bool readable(int socket) const {
        while (!stopping_) {
            pollfd one{socket, POLLIN, 0};
            if (::poll(&one, 1, 20) > 0) return true;
        }
        return false;
    }
    void accept_all() {
        while (readable(listener_)) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) continue;
            ++connections;
            connections_.emplace_back([this, socket] {
                while (serve_one(socket)) {
                }
                ::close(socket);
            });
        }
    }
    bool serve_one(int socket) {
        LoopbackRequest request;
        auto& text = request.text;
        std::size_t need = std::string::npos;
        while (need == std::string::npos || text.size() < need) {
            char bytes[65536];
            if (!readable(socket)) return false;
            const auto got = ::recv(socket, bytes, sizeof bytes, 0);
            if (got <= 0) return false;
            text.append(bytes, static_cast<std::size_t>(got));
            const auto end = text.find("\r\n\r\n");
            if (need == std::string::npos && end != std::string::npos) {
                const auto at = text.find("Content-Length: ");
                need = end + 4 + (at == std::string::npos || at > end ? 0 : std::stoul(text.substr(at + 16)));
            }
        }
        const auto space = text.find(' ');
        request.method = text.substr(0, space);
        request.target = text.substr(space + 1, text.find(' ', space + 1) - space - 1);
        request.body = text.substr(text.find("\r\n\r\n") + 4);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        const auto answer = handler_(request);
        std::string_view rest = answer;
        while (!rest.empty() && !stopping_) {
            pollfd one{socket, POLLOUT, 0};
            if (::poll(&one, 1, 20) <= 0) continue;
            const auto sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        return answer.find("Content-Length: ") != std::string::npos &&
               answer.find("Connection: close") == std::string::npos;
    }

    Handler handler_;
    int listener_ = -1;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<LoopbackRequest> requests_;
    std::thread thread_;
    std::vector<std::thread> connections_;
};

}  // namespace capbridge::adapters
