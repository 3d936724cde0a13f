// What becomes of an adapter's process while the host makes requests for it, and what of theirs reaches the
// adapter and the log: a real child, and a real server on loopback.
#include "adapters/services.hpp"

#include <sys/stat.h>

#include "adapters/fixture.hpp"
#include "adapters/loopback_server.hpp"
#include "adapters/sandbox.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSecret = "invented-secret-of-the-tests";

class ServicesTest : public AdapterTest {
protected:
    ServicesTest() { use_sample(); }
    std::unique_ptr<engine::Source> asking(const LoopbackServer& server, json more = json::object()) {
        engine::SourceSettings settings;
        settings.source_name = "tees";
        settings.adapter = "test.sample";
        settings.settings = {{"do", "get"}, {"url", server.url()}};
        settings.settings.update(more);
        settings.http = http;
        auto opened = catalogue().open(settings);
        if (!opened) {
            ADD_FAILURE() << opened.error().text();
            std::abort();
        }
        return std::move(*opened);
    }
    Status pull_from(const LoopbackServer& server, json more = json::object()) {
        return asking(server, std::move(more))->pull("", out, cancel);
    }
    json http = json::object();
};

// Answers after ten seconds, which no test here waits for.
class SlowServer {
public:
    LoopbackServer server{[this](const LoopbackRequest&) {
        server.wait(10s);
        return http_answer("200 OK");
    }};
};

class Stopwatch {
public:
    [[nodiscard]] auto read() const { return std::chrono::steady_clock::now() - began_; }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

TEST_F(ServicesTest, MemoryIsWatchedWhileTheHostAsks) {
    if (kSanitized) GTEST_SKIP() << "the limit is eight times as high";
    SlowServer slow;
    spec.memory_mb = 64;
    const Stopwatch watch;
    const auto pulled = pull_from(slow.server, {{"meanwhile", "grow"}});
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, "adapter_memory") << pulled.error().text();
    EXPECT_LT(watch.read(), 4s);
}

TEST_F(ServicesTest, AChildThatEndsEndsItsRequests) {
    SlowServer slow;
    const Stopwatch watch;
    const auto pulled = pull_from(slow.server, {{"meanwhile", "exit"}});
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, "adapter_crashed") << pulled.error().text();
    EXPECT_NE(pulled.error().message.find("exit code 3"), std::string::npos);
    EXPECT_LT(watch.read(), 4s);
}

TEST_F(ServicesTest, ARequestHasNoMoreTimeThanItsCall) {
    SlowServer slow;
    spec.timeouts.check = 4000ms;
    const Stopwatch watch;
    const auto checked = asking(slow.server)->check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, "adapter_retry")
        << "it is told, and not killed: " << checked.error().text();
    EXPECT_LT(watch.read(), 6s);
}

TEST_F(ServicesTest, ATokenServiceThatHangsIsNamed) {
    SlowServer tokens;
    LoopbackServer server([](const auto&) { return http_answer("200 OK", "x"); });
    folder.write("secret", kSecret);
    ::chmod((folder.path / "secret").c_str(), 0600);
    http["auth"]["lms"] = {{"type", "oauth2_client_credentials"},
                           {"token_url", tokens.server.url("/token")},
                           {"client_id", "tees"},
                           {"secret_file", (folder.path / "secret").string()}};
    spec.timeouts.check = 4000ms;
    const Stopwatch watch;
    const auto checked = asking(server, {{"auth", "lms"}})->check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, "adapter_retry") << checked.error().text();
    EXPECT_NE(checked.error().message.find("the token service (127.0.0.1:"), std::string::npos)
        << checked.error().text();
    EXPECT_LT(watch.read(), 6s);
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(ServicesTest, APauseThatOutlastsTheCallIsToldAtOnce) {
    LoopbackServer busy([](const auto&) { return http_answer("429 Slow down", "", "Retry-After: 8\r\n"); });
    spec.timeouts.check = 3000ms;
    const Stopwatch watch;
    auto source = asking(busy);
    EXPECT_EQ(source->check().error().code, "adapter_retry");
    const auto again = source->check();
    EXPECT_EQ(again.error().code, "adapter_retry");
    EXPECT_NE(again.error().message.find("Retry-After"), std::string::npos) << again.error().text();
    EXPECT_EQ(busy.requests().size(), 1);
    EXPECT_LT(watch.read(), 2500ms);
}

TEST_F(ServicesTest, ACancelEndsRequestsThatWaitForTheirTurn) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK", "x"); });
    http["calls_per_second"] = 0.01;
    ASSERT_TRUE(pull_from(server));
    std::thread soon([&] {
        std::this_thread::sleep_for(200ms);
        cancel = true;
    });
    const Stopwatch watch;
    EXPECT_EQ(pull_from(server).error().code, "adapter_cancelled");
    soon.join();
    EXPECT_LT(watch.read(), 3s);
}

TEST_F(ServicesTest, OddHeadersOfAServerEndNoRun) {
    LoopbackServer server([](const auto&) {
        return http_answer("200 OK", "body",
                           "Content-Type: text/x\r\nX-Odd: a\x01"
                           "b\x7f\xff\r\nX-Long: " +
                               std::string(90'000, '\x02') + "\r\nX-Long: " + std::string(90'000, '\x02') +
                               "\r\nX- bad name: 1\r\n: none\r\n");
    });
    const auto pulled = pull_from(server);
    ASSERT_TRUE(pulled) << pulled.error().text();
    const auto record = json::parse(out.records.at(0).second);
    EXPECT_EQ(record["size"], 4);
    EXPECT_EQ(record["type"], "text/x");
    EXPECT_EQ(record["odd"], "a b \xEF\xBF\xBD");
}

TEST_F(ServicesTest, NothingThatAnAdapterSaysHasASecretInIt) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK", "body"); });
    folder.write("secret", kSecret);
    ::chmod((folder.path / "secret").c_str(), 0600);
    http["auth"]["lms"] = {{"type", "bearer"}, {"secret_file", (folder.path / "secret").string()}};
    std::string percent;
    for (const char c : std::string(kSecret)) {
        char text[8];
        std::snprintf(text, sizeof text, "%%%02x", static_cast<unsigned>(c));
        percent += text;
    }
    for (const auto& echo :
         {std::string(kSecret), percent, base64(kSecret), base64(std::string("a:") + kSecret)}) {
        out.records.clear();
        testing::internal::CaptureStderr();
        const auto pulled = pull_from(server, {{"auth", "lms"}, {"say", echo}});
        const auto logged = testing::internal::GetCapturedStderr();
        ASSERT_FALSE(pulled);
        EXPECT_NE(pulled.error().message.find("***"), std::string::npos) << pulled.error().text();
        EXPECT_NE(logged.find("***"), std::string::npos) << logged;
        ASSERT_EQ(out.records.size(), 1);
        EXPECT_NE(out.records[0].second.find("***"), std::string::npos) << out.records[0].second;
        const auto all = pulled.error().text() + logged + out.records[0].second;
        EXPECT_EQ(all.find(echo.substr(4, 16)), std::string::npos) << all;
    }
}

}  // namespace
}  // namespace capbridge::adapters
