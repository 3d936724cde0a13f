// What the host's HTTP does for an adapter, against a real server on loopback: hosts, faults and tries,
// redirects, budget, bounds, giving up.
#include <mutex>

#include "adapters/http_service_fixture.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

// In turn, the last one again and again. The test writes them, threads of the server read them.
class Answers {
public:
    Answers& operator=(std::vector<std::string> texts) {
        const std::lock_guard lock(mutex_);
        texts_ = std::move(texts);
        return *this;
    }
    std::string at(std::size_t number) {
        const std::lock_guard lock(mutex_);
        return texts_.at(std::min(number, texts_.size() - 1));
    }

private:
    std::mutex mutex_;
    std::vector<std::string> texts_;
};

class HttpFaults : public HttpServiceTest {
protected:
    std::string next() { return answers.at(static_cast<std::size_t>(count++)); }
    Answers answers;
    std::atomic<int> count{0};
    LoopbackServer server{[this](const LoopbackRequest&) { return next(); }};
};

TEST_F(HttpFaults, AnAnswerOfAnyStatusIsAnAnswer) {
    name_host(server);
    answers = {http_answer("200 OK", "[1]", "X-Page: 2\r\nLink: <a>\r\n"), http_answer("501 Oh", "once")};
    const auto first = one(get(server.url("/courses")));
    EXPECT_EQ("ok", first.error_class);
    EXPECT_EQ(200, first.status);
    EXPECT_EQ("[1]", first.body);
    EXPECT_EQ("2", header_of(first, "x-page"));
    const auto failed = one(get(server.url("/courses")));
    EXPECT_EQ("ok", failed.error_class);
    EXPECT_EQ(501, failed.status);  // what a server cannot do at all is not asked for again
    EXPECT_EQ(2, count);
    EXPECT_EQ(1, server.connections);  // kept alive
}

TEST_F(HttpFaults, BusyServersAreAskedAgain) {
    name_host(server);
    for (const auto* busy : {"429 Slow down", "502 Bad", "503 Busy", "504 Late"}) {
        answers = {http_answer(busy), http_answer(busy), http_answer("200 OK", "now")};
        count = 0;
        EXPECT_EQ("now", one(get(server.url())).body) << busy;
        EXPECT_EQ(3, count);
    }
    answers = {http_answer("503 Busy")};
    count = 0;
    EXPECT_EQ(503, one(get(server.url())).status);  // what reaches the adapter is the last answer
    EXPECT_EQ(tuning.retry.most_tries, count);
}

TEST_F(HttpFaults, WhatMayHaveHadAnEffectIsNotSentAgain) {
    name_host(server);
    answers = {http_answer("502 Bad"), http_answer("200 OK")};
    EXPECT_EQ(502, one(post(server.url(), "a=1")).status);
    count = 0;
    auto safe = post(server.url(), "a=1");
    safe.safe = true;
    EXPECT_EQ(200, one(safe).status);
    answers = {http_answer("429 Slow down"), http_answer("503 Busy", "", "Retry-After: 0\r\n"),
               http_answer("503 Busy"), http_answer("200 OK")};
    count = 0;
    EXPECT_EQ(503, one(post(server.url(), "a=1")).status);
    EXPECT_EQ(3, count);
    answers = {""};  // the connection is closed after the request was read
    count = 0;
    const auto lost = one(post(server.url(), "a=1"));
    EXPECT_EQ("retry", lost.error_class);
    EXPECT_EQ(1, count);
    answers = {"", http_answer("200 OK")};
    count = 0;
    EXPECT_EQ(200, one(get(server.url())).status);
}

TEST_F(HttpFaults, RetryAfterIsHeededUpToACap) {
    name_host(server);
    answers = {http_answer("429 Slow down", "", "Retry-After: 1\r\n"), http_answer("200 OK", "later")};
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ("later", one(get(server.url())).body);
    EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
    answers = {http_answer("429 Slow down", "", "Retry-After: 3600\r\n")};
    count = 0;
    const auto handed = one(get(server.url()));
    EXPECT_EQ(429, handed.status);
    EXPECT_EQ(3'600'000, handed.retry_after_ms);
    EXPECT_EQ(1, count);
    // Until then nobody of this source calls, in this conversation or another one.
    service_.reset();
    for (const auto& question : {get(server.url()), post(server.url("/other"), "x")}) {
        const auto refused = one(question);
        EXPECT_EQ("retry", refused.error_class);
        EXPECT_GT(refused.retry_after_ms, 3'590'000);
        EXPECT_NE(refused.user.npos, refused.user.find("Retry-After")) << refused.user;
    }
    EXPECT_EQ(1, count);
}

TEST_F(HttpFaults, APauseIsNotedWhateverBecomesOfTheRequest) {
    name_host(server);
    tuning.retry.most_tries = 1;
    answers = {http_answer("503 Busy", "", "Retry-After: 1\r\n"), http_answer("200 OK", "later")};
    EXPECT_EQ(503, one(post(server.url(), "x")).status);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ("later", one(get(server.url())).body);
    EXPECT_GE(std::chrono::steady_clock::now() - began, 900ms);
}

TEST_F(HttpFaults, PartsAndEncodingsThatNobodyAskedForAreNoAnswers) {
    name_host(server);
    for (const auto& answer : {http_answer("206 Part", "half", "Content-Range: bytes 0-3/9\r\n"),
                               http_answer("200 OK", "\x1f\x8b", "Content-Encoding: gzip\r\n")}) {
        answers = {answer};
        const auto out = one(get(server.url()));
        EXPECT_EQ("config", out.error_class) << answer;
        EXPECT_EQ("", out.body);
    }
    answers = {http_answer("200 OK", "plain", "Content-Encoding: identity\r\n")};
    EXPECT_EQ("plain", one(get(server.url())).body);
    EXPECT_EQ("identity", server.requests().back().header("Accept-Encoding"));
}

TEST_F(HttpServiceTest, BodiesInFlightAreBoundedForTheWholeSource) {
    const std::string page(900'000, 'p');
    LoopbackServer server([&](const auto&) { return http_answer("200 OK", page); });
    name_host(server);
    settings.http["parallel"] = 16;
    settings.http["most_answer_mb"] = 1;
    std::vector<HttpQuestion> questions(48, get(server.url()));
    std::size_t whole = 0;
    ASSERT_TRUE(service().run(questions, nullptr, [&](std::size_t, const HttpOutcome& outcome) -> Status {
        whole += outcome.body.size() == page.size() ? 1 : 0;
        std::this_thread::sleep_for(5ms);  // the child takes its time
        return {};
    }));
    EXPECT_EQ(48, whole);
    EXPECT_GT(share->bodies.most_held(), page.size());
    EXPECT_LE(share->bodies.most_held(), 3u << 20);
    EXPECT_EQ(0, share->bodies.held());
}

TEST_F(HttpServiceTest, ATickEndsTheRequestsAndTimeLeftBoundsThem) {
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](const LoopbackRequest&) {
        self->wait(8s);
        return http_answer("200 OK");
    });
    self = &server;
    name_host(server);
    std::atomic<int> ticks{0};
    tuning.tick = [&]() -> Status { return ++ticks < 10 ? Status{} : fail("test", "enough"); };
    const auto began = std::chrono::steady_clock::now();
    const auto done =
        service().run({get(server.url())}, nullptr, [](std::size_t, const HttpOutcome&) -> Status {
            ADD_FAILURE();
            return {};
        });
    ASSERT_FALSE(done);
    EXPECT_EQ("test", done.error().code);
    service_.reset();
    tuning.tick = {};
    tuning.time_left = [] { return std::optional(400ms); };
    const auto out = one(get(server.url()));
    EXPECT_EQ("retry", out.error_class);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST_F(HttpServiceTest, ANameThatLeadsToThisMachineIsRefusedUntilTheAddressIsNamed) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    const auto port = std::to_string(server.port);
    tuning.resolve = {"lms.example.org:" + port + ":127.0.0.1"};
    settings.http["allow_http"] = true;
    settings.http["hosts"] = {"lms.example.org:" + port};
    const auto url = "http://lms.example.org:" + port + "/";
    const auto out = one(get(url));
    EXPECT_EQ("config", out.error_class);
    EXPECT_NE(out.user.npos, out.user.find("http.hosts")) << out.user;
    EXPECT_TRUE(server.requests().empty());
    settings.http["hosts"].push_back("127.0.0.1:" + port);
    service_.reset();
    EXPECT_EQ(200, one(get(url)).status);
    // Other spellings of this machine are the configuration's to name like 127.0.0.1.
    adapter.allowed_hosts = {"lms.example.org"};
    for (const auto* spelling : {"0.0.0.0", "a.localhost", "[::ffff:127.0.0.1]"}) {
        service_.reset();
        const auto address = "http://" + std::string(spelling) + ":" + port + "/";
        EXPECT_EQ("config", one(get(address)).error_class) << spelling;
        settings.settings["url"] = address;
        service_.reset();
        EXPECT_EQ(200, one(get(address)).status) << spelling;
    }
}

TEST_F(HttpFaults, CutAndHugeBodiesAreNoAnswers) {
    name_host(server);
    answers = {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nhalf"};
    const auto cut = one(get(server.url()));
    EXPECT_EQ("retry", cut.error_class);
    EXPECT_EQ(0, cut.status);
    settings.http["most_answer_mb"] = 1;
    service_.reset();
    answers = {http_answer("200 OK", std::string((1u << 20) + 1, 'x'))};
    count = 0;
    const auto huge = one(get(server.url()));
    EXPECT_EQ("rejected", huge.error_class);
    EXPECT_NE(huge.user.npos, huge.user.find("most_answer_mb")) << huge.user;
    EXPECT_EQ(1, count);
}

TEST_F(HttpFaults, NoServerIsWorthAnotherRun) {
    int port = 0;
    {
        LoopbackServer gone([](const auto&) { return std::string(); });
        port = gone.port;
    }
    settings.settings["url"] = "http://127.0.0.1:" + std::to_string(port);
    const auto out = one(get("http://127.0.0.1:" + std::to_string(port) + "/a?b=c"));
    EXPECT_EQ("retry", out.error_class);
    EXPECT_EQ(out.user.npos, out.user.find("b=c"));
}

TEST_F(HttpServiceTest, SlowServersEndInTheirTimeAndCancellationWithinASecond) {
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](const LoopbackRequest&) {
        self->wait(8s);
        return http_answer("200 OK");
    });
    self = &server;
    name_host(server);
    auto slow = post(server.url(), "x");
    slow.timeout_ms = 200;
    EXPECT_EQ("retry", one(slow).error_class);

    std::atomic<bool> cancel{false};
    std::thread soon([&] {
        std::this_thread::sleep_for(200ms);
        cancel = true;
    });
    const auto began = std::chrono::steady_clock::now();
    for (const auto& out : run({get(server.url()), get(server.url()), get(server.url())}, &cancel))
        EXPECT_EQ("cancelled", out.error_class);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1200ms);
    soon.join();
    EXPECT_EQ("cancelled", run({get(server.url())}, &cancel).front().error_class);
}

TEST_F(HttpServiceTest, HostsThatNobodyAllowedAreNotReached) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    const auto nobody = one(get(server.url()));
    EXPECT_EQ("config", nobody.error_class);
    EXPECT_NE(nobody.user.npos, nobody.user.find("http.hosts")) << nobody.user;
    EXPECT_EQ("config", one(get("http://lms.example.org/")).error_class);  // no TLS
    EXPECT_EQ("internal", one(get("file:///etc/passwd")).error_class);
    const auto user = one(get("https://user:pw@lms.example.org/"));  // as the settings gave it
    EXPECT_EQ("config", user.error_class);
    EXPECT_NE(user.user.npos, user.user.find("no user or password in it")) << user.user;
    EXPECT_NE(user.user.npos, user.user.find("Is the url in the settings right?")) << user.user;
    EXPECT_EQ("config", one(get("https://lms.example.org:99999/")).error_class);
    service_.reset();
    settings.http["hosts"] = {"127.0.0.1:" + std::to_string(server.port)};
    adapter.allowed_hosts = {};
    EXPECT_EQ("config", one(get(server.url())).error_class);
    service_.reset();
    adapter.allowed_hosts = {"*.example.org"};
    EXPECT_EQ(200, one(get(server.url())).status);  // this machine is the configuration's to name
    EXPECT_EQ(1, server.requests().size());
}

TEST_F(HttpServiceTest, CredentialsAndFramingAreTheHosts) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    for (const auto* name : {"Authorization", "cookie", "HOST", "Content-Length", "Transfer-Encoding"}) {
        auto question = get(server.url());
        question.headers = {{name, "x"}};
        EXPECT_EQ("internal", one(question).error_class) << name;
    }
    auto split = get(server.url());
    split.headers = {{"X-A", "1\r\nAuthorization: x"}};
    EXPECT_EQ("internal", one(split).error_class);
    EXPECT_EQ("config", one(get(server.url(), "lms")).error_class);  // no such profile
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpServiceTest, RedirectsLeadToAllowedHostsWithoutCredentials) {
    LoopbackServer other([](const auto&) { return http_answer("200 OK", "other"); });
    LoopbackServer forbidden([](const auto&) { return http_answer("200 OK", "forbidden"); });
    LoopbackServer server([&](const LoopbackRequest& r) {
        const auto to = [](const std::string& status, const std::string& url) {
            return http_answer(status, "", "Location: " + url + "\r\n");
        };
        if (r.target == "/here") return to("302 Found", "/there");
        if (r.target == "/other") return to("307 Temporary", other.url("/x"));
        if (r.target == "/forbidden") return to("302 Found", forbidden.url());
        if (r.target == "/see") return to("303 See", "/there");
        if (r.target == "/moved") return to("301 Moved", "/there");
        if (r.target == "/round") return to("302 Found", "/round");
        if (r.target == "/file") return to("302 Found", "file:///etc/passwd");
        return http_answer("200 OK", "there " + r.method + " " + r.body);
    });
    name_host(server);
    settings.http["hosts"] = {"127.0.0.1:" + std::to_string(other.port)};
    settings.http["auth"]["lms"] = {{"type", "bearer"}, {"secret_file", secret_file("token")}};
    EXPECT_EQ("there GET ", one(get(server.url("/here"), "lms")).body);
    EXPECT_NE("", server.requests().back().header("Authorization"));
    EXPECT_EQ("other", one(post(server.url("/other"), "a=1", "lms")).body);
    EXPECT_EQ("POST", other.requests().front().method);
    EXPECT_EQ("a=1", other.requests().front().body);
    EXPECT_EQ("", other.requests().front().header("Authorization"));
    EXPECT_EQ("there GET ", one(post(server.url("/see"), "a=1")).body);
    EXPECT_EQ(301, one(post(server.url("/moved"), "a=1")).status);
    EXPECT_EQ("there GET ", one(get(server.url("/moved"))).body);
    EXPECT_EQ(302, one(get(server.url("/forbidden"))).status);
    EXPECT_EQ(302, one(get(server.url("/file"))).status);
    EXPECT_TRUE(forbidden.requests().empty());
    const auto before = server.requests().size();
    EXPECT_EQ(302, one(get(server.url("/round"))).status);
    EXPECT_EQ(6, server.requests().size() - before);
}

TEST_F(HttpServiceTest, ManyRequestsRunInParallelAndEachIsAnsweredOnce) {
    std::atomic<int> now{0}, most{0};
    LoopbackServer server([&](const LoopbackRequest& r) {
        const int running = ++now;
        for (int seen = most; seen < running && !most.compare_exchange_weak(seen, running);) {
        }
        std::this_thread::sleep_for(30ms);
        --now;
        return http_answer("200 OK", r.target);
    });
    name_host(server);
    settings.http["parallel"] = 4;
    std::vector<HttpQuestion> questions;
    for (int i = 0; i < 24; ++i) questions.push_back(get(server.url("/" + std::to_string(i))));
    const auto out = run(questions);
    for (int i = 0; i < 24; ++i) EXPECT_EQ("/" + std::to_string(i), out[static_cast<std::size_t>(i)].body);
    EXPECT_EQ(4, most);
    EXPECT_EQ(4, server.connections);
    // An error of the one who takes them ends all.
    int taken = 0;
    const auto done = service().run(questions, nullptr, [&](std::size_t, const HttpOutcome&) -> Status {
        return ++taken < 3 ? Status{} : fail("test", "enough");
    });
    ASSERT_FALSE(done);
    EXPECT_EQ("test", done.error().code);
    EXPECT_EQ(3, taken);
}

TEST_F(HttpServiceTest, CallsASecondAreSpread) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    settings.http["calls_per_second"] = 5;
    const auto began = std::chrono::steady_clock::now();
    std::vector<HttpQuestion> questions(10, get(server.url()));
    run(questions);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 800ms);  // five at once, five more in the next second
    EXPECT_LT(took, 3s);
}

TEST_F(HttpServiceTest, CallsADayAreCountedAcrossConversationsUntilMidnight) {
    LoopbackServer server([](const auto&) { return http_answer("200 OK"); });
    name_host(server);
    ProcessMemory memory;
    settings.memory = &memory;
    settings.http["calls_per_day"] = 3;
    auto now = *parse_instant("2026-03-01T23:00:00Z");
    tuning.now = [&] { return now; };
    for (int i = 0; i < 3; ++i) EXPECT_EQ("ok", one(get(server.url())).error_class);
    service_.reset();
    share = std::make_shared<SourceShare>();  // as after a restart
    const auto refused = one(get(server.url()));
    EXPECT_EQ("retry", refused.error_class);
    EXPECT_EQ(3'600'000, refused.retry_after_ms);
    EXPECT_EQ(3, server.requests().size());
    now += 2h;
    EXPECT_EQ("ok", one(get(server.url())).error_class);
}

}  // namespace
}  // namespace capbridge::adapters
