#include "cli/admin_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

class Connection {
public:
    Connection() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Connection() {
        if (fd_ >= 0) ::close(fd_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Status connect(const std::filesystem::path& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto& text = path.native();
        if (text.size() >= sizeof address.sun_path)
            return fail("no_daemon", "The admin socket's path is too long.", text);
        std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
        while (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            if (errno == EINTR) continue;
            if (errno == EACCES || errno == EPERM) {
                return fail("forbidden",
                            "The admin socket belongs to another user. Run the command as the daemon's user.",
                            text);
            }
            return fail("no_daemon", "No daemon answers here.", text);
        }
        return {};
    }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    // A line without its end; false when the daemon is gone.
    bool read_line(std::string& line) {
        for (std::size_t searched = 0;;) {
            if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
                line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return true;
            }
            searched = buffer_.size();
            char chunk[64u << 10];
            const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            buffer_.append(chunk, static_cast<std::size_t>(n));
        }
    }

private:
    int fd_;
    std::string buffer_;
};

Error error_of(const ordered_json& error) {
    return {error.value("code", "internal"), error.value("message", ""), error.value("where", ""),
            error.value("line", 0)};
}

// JSON is UTF-8; a file that is not must be refused as it is without a daemon, not mended in silence.
Result<std::string> request_line(std::string_view operation, const json& params, const std::string& who,
                                 const std::string& reason) {
    try {
        json request{{"op", operation}, {"params", params}, {"who", who}};
        if (!reason.empty()) request["reason"] = reason;
        return request.dump() + "\n";
    } catch (const json::type_error&) {
        const bool is_csv = !is_utf8(get_string(params, "csv"));
        return fail("invalid_utf8",
                    is_csv ? "the file is not UTF-8; save it as 'CSV UTF-8'" : "the input is not UTF-8",
                    get_string(params, "name"));
    }
}

}  // namespace

Result<ordered_json> ask_daemon(const std::filesystem::path& socket, std::string_view operation,
                                const json& params, const std::string& who, const engine::Progress& progress,
                                const std::string& reason) {
    const auto lost = [&] {
        return fail(
            "daemon_lost",
            "The daemon went away before it answered. What it did is in its runs: `capbridge run list`.",
            socket.native());
    };
    Connection connection;
    CAPBRIDGE_TRY(connection.connect(socket));
    CAPBRIDGE_LET(const auto request, request_line(operation, params, who, reason));
    // A refused request is answered before it is read to its end: so look for an answer even then.
    const bool sent = connection.send(request);
    std::string line;
    while (connection.read_line(line)) {
        auto message = ordered_json::parse(line, nullptr, false);
        if (!message.is_object()) return lost();
        if (message.contains("error") && message["error"].is_object())
            return fail(error_of(message["error"]));
        if (message.contains("result")) return std::move(message["result"]);
        if (const auto it = message.find("progress"); it != message.end() && it->is_object() && progress) {
            progress(it->value("what", ""), it->value("done", std::size_t{0}),
                     it->value("total", std::size_t{0}));
        }
    }
    if (!sent) return fail("no_daemon", "The daemon closed the connection.", socket.native());
    return lost();
}

}  // namespace capbridge::cli
