// The HTTP client against a small server that says what the test wants, well-formed or not.
#include "core/net/http_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <thread>

namespace capbridge::net {
namespace {

using namespace std::chrono_literals;

// Listens on 127.0.0.1; each connection gets the answers in turn, one a request, and is then closed.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<std::string> answers, std::chrono::milliseconds pause = 0ms)
        : answers_(std::move(answers)), pause_(pause) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 8) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            std::abort();
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        stopping_ = true;
        thread_.join();
        ::close(listener_);
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port) + path;
    }
    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    int port = 0;

private:
    bool readable(int socket) const {
        while (!stopping_) {
            pollfd one{socket, POLLIN, 0};
            if (::poll(&one, 1, 20) > 0) return true;
        }
        return false;
    }
    // Headers and a body of Content-Length; "" when the connection ends.
    std::string read_request(int socket) const {
        std::string text;
        std::size_t need = std::string::npos;
        while (need == std::string::npos || text.size() < need) {
            char bytes[65536];
            if (!readable(socket)) return {};
            const auto got = ::recv(socket, bytes, sizeof bytes, 0);
            if (got <= 0) return {};
            text.append(bytes, static_cast<std::size_t>(got));
            const auto end = text.find("\r\n\r\n");
            if (need == std::string::npos && end != std::string::npos) {
                const auto at = text.find("Content-Length: ");
                need = end + 4 + (at == std::string::npos ? 0 : std::stoul(text.substr(at + 16)));
            }
        }
        return text;
    }
    void serve() {
        std::size_t next = 0;
        while (next < answers_.size() && readable(listener_)) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            while (next < answers_.size()) {
                const auto request = read_request(socket);
                if (request.empty()) break;
                {
                    const std::lock_guard lock(mutex_);
                    requests_.push_back(request);
                }
                for (auto waited = 0ms; waited < pause_ && !stopping_; waited += 10ms)
                    std::this_thread::sleep_for(10ms);
                const auto& answer = answers_[next++];
                ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
                if (answer.find("Content-Length") == std::string::npos) break;
            }
            ::close(socket);
        }
    }

    std::vector<std::string> answers_;
    std::chrono::milliseconds pause_;
    int listener_ = -1;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

HttpRequest get(const std::string& url) {
    HttpRequest out;
    out.url = url;
    out.timeout = 5s;
    return out;
}

std::string code(const Result<HttpAnswer>& result) {
    return result ? "status " + std::to_string(result->status) : result.error().code;
}

TEST(HttpClient, SendsWhatItIsToldAndGivesStatusHeadersAndBody) {
    ScriptedServer server({answer("204 No Content", "", "X-Thing: a: b\r\nX-THING: second\r\n")});
    auto request = get(server.url("/xapi/statements?a=1"));
    request.method = "POST";
    request.body = std::string("a\0b", 3);
    request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
    request.user = "key";
    request.secret = "se:cret";
    const auto client = make_http_client();
    const auto got = client->send(request);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(204, got->status);
    EXPECT_EQ("a: b", got->header("x-thing"));
    EXPECT_EQ("", got->header("x-other"));
    const auto sent = server.requests().at(0);
    EXPECT_TRUE(sent.starts_with("POST /xapi/statements?a=1 HTTP/1.1\r\n")) << sent;
    EXPECT_NE(sent.npos, sent.find("\r\nContent-Type: application/json\r\n"));
    EXPECT_NE(sent.npos, sent.find("\r\nX-Empty:"));
    EXPECT_NE(sent.npos, sent.find("\r\nAuthorization: Basic a2V5OnNlOmNyZXQ=\r\n"));
    EXPECT_EQ(sent.npos, sent.find("Expect:"));
    EXPECT_TRUE(sent.ends_with(std::string("\r\n\r\na\0b", 7)));
}

TEST(HttpClient, KeepsTheConnectionAndForgetsTheLastRequest) {
    ScriptedServer server({answer("200 OK", "one"), answer("200 OK", "two"), answer("500 Oh", "three")});
    const auto client = make_http_client();
    auto first = get(server.url());
    first.method = "PUT";
    first.body = "body";
    first.user = "user";
    first.secret = "secret";
    EXPECT_EQ("one", client->send(first)->body);
    EXPECT_EQ("two", client->send(get(server.url()))->body);
    EXPECT_EQ("status 500", code(client->send(get(server.url()))));
    const auto second = server.requests().at(1);
    EXPECT_TRUE(second.starts_with("GET / HTTP/1.1\r\n"));
    EXPECT_EQ(second.npos, second.find("Authorization"));
    EXPECT_EQ(second.npos, second.find("Content-Length"));
}

TEST(HttpClient, ASlowTargetEndsInATimeout) {
    ScriptedServer server({answer("200 OK", "late")}, 3s);
    auto request = get(server.url());
    request.timeout = 200ms;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ("timeout", code(make_http_client()->send(request)));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST(HttpClient, ARequestCanBeGivenUp) {
    ScriptedServer server({answer("200 OK", "late")}, 8s);
    std::atomic<bool> cancel{false};
    std::thread soon([&] {
        std::this_thread::sleep_for(100ms);
        cancel = true;
    });
    auto request = get(server.url());
    request.cancel = &cancel;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ("cancelled", code(make_http_client()->send(request)));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    soon.join();
}

TEST(HttpClient, AnswersAreBounded) {
    auto request = get("");
    request.most_answer_bytes = 1000;
    for (const auto& large : {answer("200 OK", std::string(1001, 'x')),
                              "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(5000, 'x'),
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                                  std::string(1001, 'x') + "\r\n0\r\n\r\n"}) {
        ScriptedServer server({large});
        request.url = server.url();
        EXPECT_EQ("too_large", code(make_http_client()->send(request)));
    }
    ScriptedServer fits({answer("200 OK", std::string(1000, 'x'))});
    request.url = fits.url();
    EXPECT_EQ("status 200", code(make_http_client()->send(request)));

    std::string headers;
    for (int i = 0; i < 5000; ++i)
        headers += "X-Filler-" + std::to_string(i) + ": " + std::string(90, 'h') + "\r\n";
    ScriptedServer talkative({answer("200 OK", "", headers)});
    EXPECT_FALSE(make_http_client()->send(get(talkative.url())));
}

TEST(HttpClient, WhatIsNoHttpIsAnError) {
    for (const auto& garbage :
         {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("HTTP/1.1 \x01\x02\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), std::string(300, '\0')}) {
        ScriptedServer server({garbage});
        EXPECT_EQ("http", code(make_http_client()->send(get(server.url())))) << garbage;
    }
}

TEST(HttpClient, AClosedConnectionAndNoServerAreErrors) {
    ScriptedServer server({""});
    EXPECT_EQ("http", code(make_http_client()->send(get(server.url()))));
    int port = 0;
    {
        ScriptedServer gone({});
        port = gone.port;
    }
    EXPECT_EQ("unreachable",
              code(make_http_client()->send(get("http://127.0.0.1:" + std::to_string(port) + "/"))));
    EXPECT_EQ("unreachable", code(make_http_client()->send(get("https://name.invalid/"))));
}

TEST(HttpClient, PlainHttpWhereTlsIsMeantIsATlsError) {
    ScriptedServer server({answer("200 OK", "plain")});
    auto request = get("https://127.0.0.1:" + std::to_string(server.port) + "/");
    // The server waits for a request that never ends in an empty line; whichever way it ends, it is no
    // answer.
    request.timeout = 1s;
    EXPECT_FALSE(make_http_client()->send(request));
}

TEST(HttpClient, FollowsRedirectsOnTheSameOriginOnly) {
    ScriptedServer other({answer("200 OK", "not for you")});
    ScriptedServer server({answer("302 Found", "", "Location: /moved\r\n"), answer("200 OK", "here"),
                           answer("308 Permanent", "", "Location: /again\r\n"), answer("200 OK", "posted"),
                           answer("302 Found", "", "Location: /page\r\n"),
                           answer("307 Temporary", "", "Location: " + other.url() + "\r\n"),
                           answer("301 Moved", "", "Location: file:///etc/passwd\r\n")});
    const auto client = make_http_client();
    EXPECT_EQ("here", client->send(get(server.url()))->body);
    auto post = get(server.url());
    post.method = "POST";
    post.body = "statement";
    EXPECT_EQ("posted", client->send(post)->body);
    EXPECT_TRUE(server.requests().at(3).starts_with("POST /again "));
    EXPECT_TRUE(server.requests().at(3).ends_with("statement"));
    EXPECT_EQ("status 302", code(client->send(post)));  // would become a GET
    EXPECT_EQ("status 307", code(client->send(post)));
    EXPECT_TRUE(other.requests().empty());
    EXPECT_EQ("status 301", code(client->send(get(server.url()))));
}

TEST(HttpClient, RedirectsEnd) {
    const auto round = answer("302 Found", "", "Location: /\r\n");
    ScriptedServer server({round, round, round, round, round, round});
    EXPECT_EQ("status 302", code(make_http_client()->send(get(server.url()))));
    EXPECT_EQ(4, server.requests().size());
}

TEST(HttpClient, AProxyOfTheEnvironmentDoesNotSeeWhatStaysOnThisMachine) {
    ::setenv("http_proxy", "http://127.0.0.1:9", 1);
    ScriptedServer server({answer("200 OK", "direct")});
    const auto got = make_http_client()->send(get(server.url()));
    ::unsetenv("http_proxy");
    EXPECT_EQ("status 200", code(got));
}

TEST(HttpClient, ANameMayNotLeadToThisMachineUnlessThatAddressIsNamed) {
    ScriptedServer server({answer("200 OK", "one"), answer("200 OK", "two"), answer("200 OK", "three")});
    const auto port = std::to_string(server.port);
    auto request = get("http://lms.example.org:" + port + "/");
    request.allow_http = true;
    request.resolve = {"lms.example.org:" + port + ":127.0.0.1"};
    request.named_addresses.emplace();
    const auto refused = make_http_client()->send(request);
    EXPECT_EQ("address", code(refused));
    EXPECT_NE(std::string::npos, refused.error().message.find("127.0.0.1:" + port));
    request.named_addresses = {"127.0.0.1:1"};
    EXPECT_EQ("address", code(make_http_client()->send(request)));
    request.resolve = {"lms.example.org:" + port + ":0.0.0.0,::1,169.254.169.254,::ffff:127.0.0.1"};
    EXPECT_EQ("address", code(make_http_client()->send(request)));
    EXPECT_TRUE(server.requests().empty());
    request.resolve = {"lms.example.org:" + port + ":127.0.0.1"};
    request.named_addresses = {"127.0.0.1:" + port};
    EXPECT_EQ("status 200", code(make_http_client()->send(request)));
    request.named_addresses.reset();  // nobody asked for a look
    EXPECT_EQ("status 200", code(make_http_client()->send(request)));
    auto written = get(server.url());
    written.named_addresses.emplace();
    EXPECT_EQ("status 200", code(make_http_client()->send(written)));
}

TEST(HttpClient, AProxyOnThisMachineIsAsItIsConfigured) {
    ScriptedServer proxy({answer("200 OK", "by the proxy")});
    auto request = get("http://lms.example.org/");
    request.allow_http = true;
    request.named_addresses.emplace();
    request.proxy.url = "http://127.0.0.1:" + std::to_string(proxy.port);
    const auto got = make_http_client()->send(request);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ("by the proxy", got->body);
}

TEST(HttpClient, WaitingForRoomIsNotTheServersTime) {
    ScriptedServer server({answer("200 OK", std::string(100'000, 'x')), answer("200 OK", "x")});
    auto request = get(server.url());
    request.timeout = 300ms;
    request.may_keep = [](std::size_t) {
        std::this_thread::sleep_for(200ms);
        return true;
    };
    const auto got = make_http_client()->send(request);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(100'000, got->body.size());
    request.may_keep = [](std::size_t) { return false; };
    EXPECT_EQ("cancelled", code(make_http_client()->send(request)));
}

TEST(HttpClient, RefusesWhatHttpCannotCarry) {
    const auto client = make_http_client();
    auto request = get("http://127.0.0.1:9/");
    request.headers = {{"X-A", "one\r\nX-B: two"}};
    EXPECT_EQ("bad_request", code(client->send(request)));
    request.headers = {{"X A", "one"}};
    EXPECT_EQ("bad_request", code(client->send(request)));
    request.headers.clear();
    request.method = "GET / HTTP/1.1\r\nX: ";
    EXPECT_EQ("bad_request", code(client->send(request)));
    request.method = "GET";
    request.user = "a:b";
    EXPECT_EQ("bad_request", code(client->send(request)));
}

TEST(CheckUrl, HttpIsForThisMachine) {
    for (const auto* good : {"https://lrs.example/xapi", "http://127.0.0.1:8480/x", "http://localhost/x",
                             "http://[::1]:80/", "https://lrs.example/?a=b"})
        EXPECT_TRUE(check_url(good, false)) << good;
    for (const auto* insecure :
         {"http://lrs.example/", "http://127.0.0.1.evil.example/", "http://127.evil.example/",
          "http://10.0.0.1/", "http://localhost.evil.example/"}) {
        const auto checked = check_url(insecure, false);
        ASSERT_FALSE(checked) << insecure;
        EXPECT_EQ("insecure", checked.error().code);
        EXPECT_TRUE(check_url(insecure, true));
    }
    for (const auto* bad : {"", "lrs.example/xapi", "ftp://lrs.example/", "file:///etc/passwd", "https://",
                            "https://user:pw@lrs.example/", "https://lrs.example/#x", "https://lrs example/",
                            "http://127.0.0.1@lrs.example/", "https://lrs.example/\r\nX: y"}) {
        const auto checked = check_url(bad, true);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ("bad_url", checked.error().code) << bad;
    }
}

}  // namespace
}  // namespace capbridge::net
