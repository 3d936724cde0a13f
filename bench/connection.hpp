// One keep-alive HTTP/1.1 connection to a numeric address, non-blocking, for a loop that waits for many of
// them (load) or for the one (queries). As little work as possible: it shares the processors with what it
// measures. Owns the socket. One thread. A failure of the socket is told by State::failed, for good.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

struct Address {
    std::string host;
    std::uint16_t port = 0;
    std::string authorization;  // "Basic ..."
};
// "http://127.0.0.1:8480"; port 0 when it is none.
Address read_address(std::string_view base, std::string_view credential);

class Connection {
public:
    enum class State { idle, writing, reading, done, failed };

    explicit Connection(const Address& to);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] State state() const { return state_; }

    // Begins a request (state idle or done), writes as much as goes. `target` is path and query.
    void begin(std::string_view method, std::string_view target, std::string_view body,
               std::string_view content_type = "application/json", std::string_view more_headers = {});
    void on_ready();  // goes on as far as the socket lets it
    // begin(), and waits for the answer; false when the connection failed.
    bool ask(std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view content_type = "application/json", std::string_view more_headers = {});

    // Of the answer, while the state is done.
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] std::string_view headers() const { return {in_.data(), header_size_}; }
    [[nodiscard]] std::string_view body() const {
        return {in_.data() + header_size_, in_.size() - header_size_};
    }

private:
    void write_some();
    void read_some();
    bool read_head();

    std::string host_, authorization_;
    int fd_ = -1;
    State state_ = State::failed;
    std::string out_;
    std::size_t written_ = 0;
    std::string in_;
    std::size_t header_size_ = 0, needed_ = 0;
    bool without_body_ = false;
    int status_ = 0;
};

}  // namespace bench
