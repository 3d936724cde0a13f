// The administrator's door: protocol, permissions, and several commands at once.
#include "server/admin_socket.hpp"

#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>

#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

class Pipe {
public:
    explicit Pipe(const std::filesystem::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::strcpy(to.sun_path, path.c_str());
        EXPECT_EQ(0, ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to));
    }
    ~Pipe() { ::close(fd_); }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    json line() {
        std::size_t end = 0;
        while ((end = buffer_.find('\n')) == std::string::npos) {
            char chunk[4096];
            const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
            if (n <= 0) return nullptr;
            buffer_.append(chunk, static_cast<std::size_t>(n));
        }
        auto out = json::parse(buffer_.substr(0, end), nullptr, false);
        buffer_.erase(0, end + 1);
        return out;
    }
    json ask(const json& request) {
        send(request.dump() + "\n");
        return line();
    }

private:
    int fd_;
    std::string buffer_;
};

class AdminSocketTest : public ServerTest {
protected:
    void SetUp() override {
        ServerTest::SetUp();
        dir = std::filesystem::temp_directory_path() / ("capbridge-" + random_token(9));
        std::filesystem::create_directory(dir);
        path = dir / "admin.sock";
    }
    void TearDown() override {
        ServerTest::TearDown();
        std::filesystem::remove_all(dir);
    }
    void open() {
        Options options;
        options.admin_socket = path;
        start({}, options);
    }
    std::filesystem::path dir, path;
};

TEST_F(AdminSocketTest, RunsAnOperationAndAnswersInALine) {
    open();
    Pipe pipe(path);
    EXPECT_EQ(json({{"result", {{"ok", true}}}}),
              pipe.ask({{"op", "people.import"}, {"params", {{"csv", "a"}}}, {"who", "cli:anna"}}));
    EXPECT_EQ("people.import", bridge.asked.back().first);
    EXPECT_EQ(json({{"csv", "a"}}), last_params());
    EXPECT_EQ("cli:anna", bridge.who.back());
    bridge.answer = fail("invalid_csv", "A row is too long.", "people.csv", 7);
    EXPECT_EQ(json({{"error",
                     {{"code", "invalid_csv"},
                      {"message", "A row is too long."},
                      {"where", "people.csv"},
                      {"line", 7}}}}),
              pipe.ask({{"op", "people.import"}}));
}

TEST_F(AdminSocketTest, OnlyTheOwnerMayOpenTheSocket) {
    open();
    struct stat status {};
    ASSERT_EQ(0, ::stat(path.c_str(), &status));
    EXPECT_EQ(0600u, status.st_mode & 07777u);
}

TEST_F(AdminSocketTest, MalformedRequestsAreRefusedAndTheConnectionGoesOn) {
    open();
    Pipe pipe(path);
    pipe.send("{nonsense\n");
    EXPECT_EQ("invalid_json", pipe.line()["error"]["code"]);
    EXPECT_EQ("bad_request", pipe.ask({{"params", json::object()}})["error"]["code"]);
    EXPECT_EQ("bad_request", pipe.ask({{"op", "x"}, {"params", 7}})["error"]["code"]);
    EXPECT_TRUE(pipe.ask({{"op", "x"}}).contains("result"));
}

TEST_F(AdminSocketTest, ProgressComesBeforeTheResultAndNotTooOften) {
    backend.run = [](std::string_view, const json&, const engine::Caller& caller) -> Result<ordered_json> {
        for (std::size_t i = 1; i <= 10'000; ++i) caller.progress("importing", i, 10'000);
        return ordered_json{{"rows", 10'000}};
    };
    open();
    Pipe pipe(path);
    pipe.send("{\"op\":\"x\"}\n");
    int lines = 0;
    json last, line;
    while ((line = pipe.line()).contains("progress")) {
        ++lines;
        last = line["progress"];
    }
    EXPECT_EQ(json({{"what", "importing"}, {"done", 10'000}, {"total", 10'000}}), last);
    EXPECT_LT(lines, 50);
    EXPECT_EQ(10'000, line["result"]["rows"]);
}

TEST_F(AdminSocketTest, LargeRequestsAndSeveralAtOnce) {
    backend.run = [](std::string_view name, const json& params,
                     const engine::Caller&) -> Result<ordered_json> {
        if (name == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return ordered_json{{"bytes", params.value("csv", std::string()).size()}};
    };
    open();
    Pipe slow(path), large(path);
    slow.send("{\"op\":\"slow\"}\n");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(5'000'000, large.ask({{"op", "x"},
                                    {"params", {{"csv", std::string(5'000'000, 'a')}}}})["result"]["bytes"]);
    (void)began;
    EXPECT_EQ(0, slow.line()["result"]["bytes"]);
}

TEST_F(AdminSocketTest, ADeadDaemonsSocketIsReplacedAndItsOwnRemoved) {
    open();
    server->stop();
    EXPECT_FALSE(std::filesystem::exists(path));
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strcpy(at.sun_path, path.c_str());
    ASSERT_EQ(0, ::bind(left, reinterpret_cast<const sockaddr*>(&at), sizeof at));
    ::close(left);
    open();
    EXPECT_TRUE(Pipe(path).ask({{"op", "x"}}).contains("result"));
}

TEST_F(AdminSocketTest, AFileInItsPlaceIsLeftAlone) {
    std::ofstream(path) << "precious";
    const auto started = AdminSocket::start(path, backend.run);
    ASSERT_FALSE(started);
    EXPECT_EQ("address_in_use", started.error().code);
    EXPECT_TRUE(std::filesystem::exists(path));
    const auto too_long = AdminSocket::start(dir / std::string(120, 'x'), backend.run);
    ASSERT_FALSE(too_long);
    EXPECT_EQ("bad_address", too_long.error().code);
}

TEST_F(AdminSocketTest, StopWaitsForTheCommandAtWork) {
    std::atomic<bool> done{false};
    backend.run = [&](std::string_view, const json&, const engine::Caller&) -> Result<ordered_json> {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        done = true;
        return ordered_json{{"ok", true}};
    };
    open();
    Pipe idle(path), pipe(path);
    pipe.send("{\"op\":\"x\"}\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server->stop();
    EXPECT_TRUE(done);
    EXPECT_TRUE(pipe.line().contains("result"));
}

TEST_F(AdminSocketTest, AClientThatDoesNotReadHoldsUpNeitherTheOperationNorTheEnd) {
    std::atomic<bool> done{false};
    backend.run = [&](std::string_view, const json&, const engine::Caller& caller) -> Result<ordered_json> {
        for (std::size_t i = 0; i < 5; ++i) {  // more than a socket buffers
            caller.progress(std::string(150'000, 'p'), i, 9);
            std::this_thread::sleep_for(std::chrono::milliseconds(110));
        }
        done = true;
        return ordered_json{{"rows", std::string(3'000'000, 'r')}};
    };
    open();
    Pipe late(path), never(path);
    late.send("{\"op\":\"x\"}\n");
    never.send("{\"op\":\"x\"}\n");
    const auto began = std::chrono::steady_clock::now();
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
    json line;
    int progress = 0;
    while ((line = late.line()).contains("progress")) ++progress;
    EXPECT_GE(progress, 1);
    EXPECT_LT(progress, 5) << "what would have blocked was skipped";
    EXPECT_EQ(3'000'000u, line["result"]["rows"].get<std::string>().size()) << "no line was torn";
    server->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
}

}  // namespace
}  // namespace capbridge::server::testing
