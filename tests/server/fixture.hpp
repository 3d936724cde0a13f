// A server on a free loopback port whose bridge is a handful of functions, and a client that speaks raw HTTP
// over a socket: so that the tests can also send what no HTTP library would.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "server/backend.hpp"

namespace capbridge::server::testing {

struct Answer {
    int status = 0;                              // 0: the connection ended without one
    std::map<std::string, std::string> headers;  // lower case
    std::string body;
    [[nodiscard]] json parsed() const { return json::parse(body, nullptr, false); }
    [[nodiscard]] std::string header(const std::string& name) const {
        return headers.contains(name) ? headers.at(name) : "";
    }
};

class Client {
public:
    explicit Client(unsigned short port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(0, ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to));
    }
    ~Client() { ::close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return;  // hung up on: the test sees it in what it receives
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    Answer receive(bool is_head = false) {
        Answer answer;
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
            if (!more()) return answer;
        }
        const auto head = buffer_.substr(0, end);
        buffer_.erase(0, end + 4);
        for (const auto& line : split(head, '\n')) {
            const auto colon = line.find(':');
            if (line.starts_with("HTTP/1.1 ")) {
                answer.status = std::stoi(line.substr(9));
            } else if (colon != std::string::npos) {
                answer.headers[lower_ascii(line.substr(0, colon))] = trim(line.substr(colon + 1));
            }
        }
        if (is_head || answer.status == 100 || !answer.headers.contains("content-length")) return answer;
        const auto length = std::stoul(answer.headers["content-length"]);
        while (buffer_.size() < length && more()) {
        }
        answer.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        return answer;
    }

    bool closed_within(std::chrono::milliseconds time) {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(time.count())) <= 0) return false;
        char byte = 0;
        return ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
    }

private:
    bool more() {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, 10'000) <= 0) return false;
        char chunk[65536];
        const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
        if (n <= 0) return false;
        buffer_.append(chunk, static_cast<std::size_t>(n));
        return true;
    }
    int fd_;
    std::string buffer_;
};

// The functions with little behind them; a test replaces the one that it is about before start().
struct FakeBridge {
    std::mutex mutex;
    std::vector<std::pair<std::string, json>> asked;  // operations and their parameters
    std::vector<std::string> who;
    std::vector<store::StatementQuery> queries;
    std::vector<json> posted, authorities;
    std::vector<std::string> put_ids;
    std::vector<engine::Post> posts;
    std::vector<std::optional<std::string>> owners;  // whose statement was asked for
    Result<ordered_json> answer = ordered_json{{"ok", true}};
    std::vector<ordered_json> answers;  // given first, one after the other
    std::optional<Error> post_error;
    Problems post_problems;
    int statements = 0;  // how many GET finds: seq 1 (oldest) to this
    int ahead = 0;       // stored since, so beyond what a first page saw

    inline static const std::string source = "5f1b6c2a-0d3e-4c56-9f10-2b7a8c9d0e1f";

    static store::StatementRow row(std::int64_t seq) {
        store::StatementRow out;
        out.seq = seq;
        out.id = "00000000-0000-4000-8000-" + std::string(12 - std::to_string(seq).size(), '0') +
                 std::to_string(seq);
        out.body =
            R"({"id":")" + out.id +
            R"(","actor":{"objectType":"Agent","name":"Ada","mbox":"mailto:ada@example.org"},)"
            R"("verb":{"id":"http://adlnet.gov/expapi/verbs/passed","display":{"en-GB":"passed","cy":"pasiwyd"}},)"
            R"("object":{"id":"https://example.org/a","definition":{"name":{"en-GB":"Quiz","cy":"Cwis"}}},"timestamp":"2026-03-01T09:00:00Z"})";
        out.stored = *parse_instant("2026-03-01T10:00:00Z");
        return out;
    }

    Backend backend() {
        Backend b;
        b.run = [this](std::string_view name, const json& params, const engine::Caller& caller) {
            const std::lock_guard lock(mutex);
            asked.emplace_back(name, params);
            who.push_back(caller.who);
            if (answers.empty()) return answer;
            Result<ordered_json> next = std::move(answers.front());
            answers.erase(answers.begin());
            return next;
        };
        b.metrics = [] {
            return std::vector<engine::MetricFamily>{
                {"capbridge_up", "Up.", engine::MetricFamily::Type::gauge, {{{{"source", "a\"b"}}, 1}}}};
        };
        b.matrix_csv = [](const ordered_json&) { return std::string("as_of,status\r\n"); };
        b.post_statements = [this](engine::Post post, std::function<void(engine::PostOutcome)> done) {
            auto parsed = parse_json(post.body);
            if (!parsed) return done({fail(parsed.error()), {}});
            const json given = std::move(*parsed);
            if (!given.is_object() && (!given.is_array() || !post.required_id.empty())) {
                return done(
                    {fail("invalid_statement", "the body must be a statement or an array of statements"),
                     {}});
            }
            {
                const std::lock_guard lock(mutex);
                posted.push_back(given);
                authorities.push_back(post.authority);
                put_ids.push_back(post.required_id);
                who.push_back(post.who);
                posts.push_back(std::move(post));
            }
            // Like the store's writer: from another thread, after the call has returned.
            std::thread([this, done = std::move(done), n = given.is_array() ? given.size() : 1] {
                if (post_error) return done({fail(*post_error), post_problems});
                engine::Posted out;
                for (std::size_t i = 1; i <= n; ++i) out.ids.push_back(row(static_cast<std::int64_t>(i)).id);
                done({std::move(out), {}});
            }).detach();
        };
        b.statement = [this](std::string_view id,
                             const std::optional<std::string>& owner) -> std::optional<store::StatementRow> {
            {
                const std::lock_guard lock(mutex);
                owners.push_back(owner);
            }
            for (int i = 1; i <= statements; ++i) {
                auto found = row(i);
                if (i == 2) found.voided_by = row(9).id;
                if (found.id == id) return found;
            }
            return std::nullopt;
        };
        b.statements = [this](const store::StatementQuery& query) {
            const std::lock_guard lock(mutex);
            queries.push_back(query);
            std::vector<store::StatementRow> out;
            for (int n = 1; n <= statements + ahead && out.size() < query.limit; ++n) {
                const int seq = query.ascending ? n : statements + ahead + 1 - n;
                if (query.up_to_seq > 0 && seq > query.up_to_seq) continue;
                if (query.after_seq > 0 &&
                    (query.ascending ? seq <= query.after_seq : seq >= query.after_seq))
                    continue;
                out.push_back(row(seq));
            }
            return out;
        };
        b.watermark = [this] {
            const std::lock_guard lock(mutex);
            return store::Journal::Watermark{statements + ahead, *parse_instant("2026-03-01T10:00:01Z")};
        };
        b.check_credential = [](std::string_view key,
                                std::string_view secret) -> std::optional<store::CredentialRow> {
            static const std::map<std::string, std::vector<std::string>, std::less<>> known{
                {"all", {"all"}},
                {"reader", {"statements/read"}},
                {"mine", {"statements/read/mine"}},
                {"all-read", {"all/read"}},
                {"writer", {"statements/write"}},
                {"state", {"state"}},
                {"profile", {"profile"}},
                {"bound", {"all", "read"}},
                {"admin", {"admin"}},
                {"query", {"read"}}};
            const auto it = known.find(key);
            if (it == known.end() || secret != "secret") return std::nullopt;
            store::CredentialRow credential;
            credential.key = it->first;
            credential.scopes = it->second;
            if (credential.key == "bound") credential.source = source;
            return credential;
        };
        b.redeem_login_link = [used = std::make_shared<std::atomic<bool>>(false)](std::string_view token,
                                                                                  Instant, Instant) {
            const bool good = token == "good-link" && !used->exchange(true);
            return good ? std::optional<std::string>("good-session") : std::nullopt;
        };
        b.end_session = [](std::string_view) {};
        b.check_session = [](std::string_view token, Instant) { return token == "good-session"; };
        b.now = [] { return *parse_instant("2026-03-31T12:00:00Z"); };
        b.iri_base = "https://bridge.example.org";
        return b;
    }
};

class ServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        log::set_level(log::Level::error);
        backend = bridge.backend();
    }
    void TearDown() override {
        if (server) server->stop();
    }

    void start(const HttpLimits& limits = {}, Options options = {}) {
        options.port = 0;
        auto started = start_server(backend, options, limits);
        ASSERT_TRUE(started) << started.error().text();
        server = std::move(*started);
    }

    Answer send(const std::string& method, const std::string& target, const std::string& headers,
                const std::string& body = {}) {
        if (!server) start();
        Client client(server->port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                    (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
                    body);
        return client.receive(method == "HEAD");
    }
    Answer get(const std::string& target, const std::string& headers) { return send("GET", target, headers); }
    // With the query API's credential.
    Answer query(const std::string& target, const std::string& headers = {}) {
        return get(target, basic("query") + headers);
    }
    // With everything that an xAPI request needs.
    Answer xapi(const std::string& method, const std::string& target, const std::string& body = {}) {
        return send(method, target,
                    basic("all") + version + (body.empty() ? "" : "Content-Type: application/json\r\n"),
                    body);
    }
    json last_params() {
        const std::lock_guard lock(bridge.mutex);
        return bridge.asked.empty() ? json() : bridge.asked.back().second;
    }

    static std::string basic(const std::string& key, const std::string& secret = "secret") {
        return "Authorization: Basic " + base64(key + ":" + secret) + "\r\n";
    }
    inline static const std::string version = "X-Experience-API-Version: 1.0.3\r\n";

    FakeBridge bridge;
    Backend backend;
    std::unique_ptr<Server> server;
};

}  // namespace capbridge::server::testing
