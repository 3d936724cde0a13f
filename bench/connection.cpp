#include "connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "core/base/ids.hpp"

namespace bench {
namespace {

// The value of the header, by its lower-case or any other spelling; "" when it is not there.
std::string_view header(std::string_view head, std::string_view name) {
    for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();
         at = head.find("\r\n", at + 2)) {
        const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        if (line.size() <= name.size() || line[name.size()] != ':' ||
            ::strncasecmp(line.data(), name.data(), name.size()) != 0)
            continue;
        const auto value = line.substr(name.size() + 1);
        return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
    return {};
}

}  // namespace

Address read_address(std::string_view base, std::string_view credential) {
    Address out;
    constexpr std::string_view scheme = "http://";
    if (base.substr(0, scheme.size()) != scheme) return out;
    base.remove_prefix(scheme.size());
    const auto colon = base.find(':');
    if (colon == std::string_view::npos) return out;
    out.host = base.substr(0, colon);
    std::from_chars(base.data() + colon + 1, base.data() + base.size(), out.port);
    out.authorization = "Basic " + capbridge::base64(credential);
    return out;
}

Connection::Connection(const Address& to)
    : host_(to.host + ":" + std::to_string(to.port)), authorization_(to.authorization) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    if (::inet_pton(AF_INET, to.host.c_str(), &address.sin_addr) != 1) return;
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    state_ = State::idle;
}

Connection::~Connection() {
    if (fd_ >= 0) ::close(fd_);
}

void Connection::begin(std::string_view method, std::string_view target, std::string_view body,
                       std::string_view content_type, std::string_view more_headers) {
    if (state_ == State::failed) return;
    out_.assign(method);
    out_.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host_);
    out_.append("\r\nAuthorization: ").append(authorization_);
    out_.append("\r\nX-Experience-API-Version: 1.0.3\r\n").append(more_headers);
    if (!body.empty() || method == "POST" || method == "PUT") {
        out_.append("Content-Type: ").append(content_type);
        out_.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    out_.append("\r\n").append(body);
    written_ = 0;
    in_.clear();
    header_size_ = needed_ = 0;
    without_body_ = method == "HEAD";
    state_ = State::writing;
    write_some();
}

void Connection::on_ready() {
    if (state_ == State::writing) write_some();
    if (state_ == State::reading) read_some();
}

bool Connection::ask(std::string_view method, std::string_view target, std::string_view body,
                     std::string_view content_type, std::string_view more_headers) {
    begin(method, target, body, content_type, more_headers);
    while (state_ == State::writing || state_ == State::reading) {
        pollfd wait{fd_, static_cast<short>(state_ == State::writing ? POLLIN | POLLOUT : POLLIN), 0};
        if (::poll(&wait, 1, 60000) <= 0) state_ = State::failed;
        on_ready();
    }
    return state_ == State::done;
}

void Connection::write_some() {
    while (written_ < out_.size()) {
        const auto count =
            ::send(fd_, out_.data() + written_, out_.size() - written_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (count < 0) {
            state_ = State::failed;
            return;
        }
        written_ += static_cast<std::size_t>(count);
    }
    state_ = State::reading;
}

bool Connection::read_head() {
    const auto end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    header_size_ = end + 4;
    const std::string_view head = headers();
    const bool http = head.substr(0, 9) == "HTTP/1.1 " && head.size() > 12;
    if (!http || std::from_chars(head.data() + 9, head.data() + 12, status_).ec != std::errc{}) return false;
    const auto length = header(head, "content-length");
    // The bridge always says the length; what does not is not understood here.
    if (length.empty() && status_ != 204 && status_ != 304) return false;
    if (!without_body_ && !length.empty())
        std::from_chars(length.data(), length.data() + length.size(), needed_);
    needed_ += header_size_;
    return true;
}

void Connection::read_some() {
    for (;;) {
        const auto size = in_.size();
        const auto room = std::max<std::size_t>(needed_ > size ? needed_ - size : 0, 8192);
        in_.resize(size + room);
        const auto count = ::recv(fd_, in_.data() + size, room, MSG_DONTWAIT);
        in_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (count <= 0 || (header_size_ == 0 && !read_head())) {
            state_ = State::failed;
            return;
        }
        if (header_size_ != 0 && in_.size() >= needed_) {
            state_ = State::done;
            return;
        }
    }
}

}  // namespace bench
