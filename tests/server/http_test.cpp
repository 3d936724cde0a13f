// The HTTP edge itself: what is refused, what is kept open, how fast it gives up on a slow client.
#include <future>

#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

const std::string head = " HTTP/1.1\r\nHost: localhost\r\n";

TEST_F(ServerTest, HealthAndReadinessNeedNoCredential) {
    const auto health = get("/healthz", "");
    EXPECT_EQ(200, health.status);
    EXPECT_EQ("ok", health.parsed()["status"]);
    EXPECT_EQ(200, get("/readyz", "").status);
}

TEST_F(ServerTest, EveryAnswerHasTheSecurityHeaders) {
    for (const auto* target : {"/healthz", "/nothing/here", "/", "/api/v1/matrix", "/xapi/statements"}) {
        const auto answer = get(target, "");
        EXPECT_EQ("nosniff", answer.header("x-content-type-options")) << target;
        EXPECT_EQ("no-referrer", answer.header("referrer-policy")) << target;
        EXPECT_NE(std::string::npos, answer.header("content-security-policy").find("frame-ancestors 'none'"))
            << target;
        EXPECT_NE(std::string::npos, answer.header("content-security-policy").find("default-src 'self'"))
            << target;
        EXPECT_EQ("no-store", answer.header("cache-control")) << target;
        EXPECT_NE("", answer.header("date")) << target;
    }
}

TEST_F(ServerTest, UnknownPathIs404AndWrongMethodIs405WithAllow) {
    EXPECT_EQ(404, query("/nothing").status);
    const auto answer = send("DELETE", "/api/v1/matrix", basic("query"));
    EXPECT_EQ(405, answer.status);
    EXPECT_EQ("GET, HEAD", answer.header("allow"));
    EXPECT_EQ("GET, HEAD, POST, PUT", send("DELETE", "/xapi/statements", "").header("allow"));
}

TEST_F(ServerTest, WhatIsNoHttpGets400AndIsHungUpOn) {
    start();
    for (const std::string bytes :
         {"hello\r\n\r\n", "GET /healthz HTTP/1.1\r\n bad header\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n",
          "GET healthz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
        Client client(server->port());
        client.send(bytes);
        const auto answer = client.receive();
        EXPECT_EQ(400, answer.status) << bytes;
        EXPECT_EQ("bad_request", answer.parsed()["code"]) << bytes;
        EXPECT_EQ("nosniff", answer.header("x-content-type-options"));
        EXPECT_TRUE(client.closed_within(std::chrono::seconds(5))) << bytes;
    }
}

// Where a proxy before us and we may see different ends of a body, the second of two requests in it would be
// somebody else's: nothing but a plain "chunked" is taken, and nothing after it is read.
TEST_F(ServerTest, ABodyOfDoubtfulLengthIsRefusedAndWhatFollowsIsNotRead) {
    start();
    const std::string host = "Host: localhost\r\n", chunked = "Transfer-Encoding: chunked\r\n";
    for (const std::string& begin : std::vector<std::string>{
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, identity\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked;q=1\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: \"chunked\"\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding:\r\n",
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n",
             " HTTP/1.1\r\n" + host + "Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n",
             " HTTP/1.1\r\n" + host + chunked + "Content-Length: 0\r\n",
             " HTTP/1.1\r\n" + host + "Content-Length: 0\r\n" + chunked,
             " HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n" + chunked,
             " HTTP/1.1\r\n" + host + chunked + chunked,
             " HTTP/1.0\r\n" + host + "Connection: keep-alive\r\n" + chunked,
         }) {
        Client client(server->port());
        client.send("POST /logout" + begin + "\r\n0\r\n\r\nGET /readyz" + head + "\r\n");
        const auto answer = client.receive();
        EXPECT_EQ(400, answer.status) << begin;
        EXPECT_EQ("bad_request", answer.parsed()["code"]) << begin;
        EXPECT_TRUE(client.closed_within(std::chrono::seconds(5))) << begin;
    }
    Client plain(server->port());
    plain.send("POST /xapi/statements" + head + basic("all") + version +
               "Content-Type: application/json\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"
               "GET /healthz" +
               head + "\r\n");
    EXPECT_EQ(200, plain.receive().status);
    EXPECT_EQ("ok", plain.receive().parsed()["status"]);
}

TEST_F(ServerTest, TooMuchHeaderIs431) {
    EXPECT_EQ(431, get("/healthz", "X-Much: " + std::string(20'000, 'x') + "\r\n").status);
}

TEST_F(ServerTest, TooLargeABodyIs413WhetherAnnouncedOrChunked) {
    HttpLimits limits;
    limits.body_bytes = 1000;
    start(limits);
    EXPECT_EQ(413, xapi("POST", "/xapi/statements", std::string(200'000, ' ')).status);
    Client chunked(server->port());
    chunked.send("POST /xapi/statements" + head + basic("all") + version +
                 "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    chunked.send("1000\r\n" + std::string(4096, ' ') + "\r\n");
    EXPECT_EQ(413, chunked.receive().status);
    EXPECT_TRUE(bridge.posted.empty());
}

TEST_F(ServerTest, KeepsAConnectionAndAnswersPipelinedRequestsInOrder) {
    start();
    Client client(server->port());
    client.send("GET /api/v1/matrix" + head + basic("query") + "\r\nGET /healthz" + head +
                "\r\nGET /xapi/about" + head + "\r\n");
    EXPECT_TRUE(client.receive().parsed().contains("ok"));
    EXPECT_EQ("ok", client.receive().parsed()["status"]);
    EXPECT_TRUE(client.receive().parsed().contains("version"));
    client.send("GET /healthz" + head + "Connection: close\r\n\r\n");
    EXPECT_EQ(200, client.receive().status);
    EXPECT_TRUE(client.closed_within(std::chrono::seconds(5)));
}

TEST_F(ServerTest, HeadGivesTheHeaderOfGetAndNoBody) {
    start();
    Client client(server->port());
    client.send("HEAD /healthz" + head + "\r\nGET /healthz" + head + "\r\n");
    const auto first = client.receive(true);
    const auto second = client.receive();
    EXPECT_EQ(200, first.status);
    EXPECT_EQ(second.header("content-length"), first.header("content-length"));
    EXPECT_EQ("ok", second.parsed()["status"]);
}

TEST_F(ServerTest, ExpectContinueIsAnswered) {
    start();
    Client client(server->port());
    client.send("POST /xapi/statements" + head + basic("all") + version +
                "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(100, client.receive().status);
    client.send("{}");
    EXPECT_EQ(200, client.receive().status);
}

TEST_F(ServerTest, AStrangersBodyIsNotRead) {
    start();
    const std::string announced = "Content-Length: 8000000\r\n";
    const auto ask = [&](const std::string& request, const std::string& headers) {
        Client client(server->port());
        client.send(request + head + headers + announced + "\r\n");
        auto answer = client.receive();
        EXPECT_EQ("close", lower_ascii(answer.header("connection"))) << request;
        EXPECT_EQ("nosniff", answer.header("x-content-type-options")) << request;
        EXPECT_TRUE(client.closed_within(std::chrono::seconds(5))) << request;
        return answer;
    };
    const auto refused = ask("POST /xapi/statements", version + "Expect: 100-continue\r\n");
    EXPECT_EQ(401, refused.status);
    EXPECT_EQ("1.0.3", refused.header("x-experience-api-version"));
    EXPECT_NE("", refused.header("www-authenticate"));
    EXPECT_EQ(401, ask("POST /xapi/statements", "Cookie: capbridge_session=x\r\n").status)
        << "a session changes nothing";
    EXPECT_EQ(401, ask("GET /api/v1/matrix", "").status);
    EXPECT_EQ(404, ask("POST /nothing", "").status);
    EXPECT_EQ(405, ask("DELETE /healthz", "").status);
    EXPECT_EQ(413, ask("POST /login/token", "").status);
    EXPECT_EQ(401, get("/api/v1/matrix", "").status);
}

TEST_F(ServerTest, BodiesTogetherAreBounded) {
    HttpLimits limits;
    limits.all_bodies_bytes = 1'000'000;
    start(limits);
    const auto begin = "POST /xapi/statements" + head + basic("all") + version +
                       "Content-Type: application/json\r\nContent-Length: 800000\r\n\r\n";
    Client first(server->port()), second(server->port());
    first.send(begin + std::string(700'000, ' '));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    second.send(begin + std::string(800'000, ' '));
    const auto busy = second.receive();
    EXPECT_EQ(503, busy.status);
    EXPECT_EQ("5", busy.header("retry-after"));
    first.send(std::string(99'998, ' ') + "{}");
    EXPECT_EQ(200, first.receive().status);
    for (int i = 0; i < 3; ++i) {  // what was counted is given back
        Client next(server->port());
        next.send(begin + std::string(799'998, ' ') + "{}");
        EXPECT_EQ(200, next.receive().status);
    }
}

TEST_F(ServerTest, ASlowClientIsHungUpOn) {
    HttpLimits limits;
    limits.read_timeout = std::chrono::milliseconds(200);
    start(limits);
    Client silent(server->port()), halfway(server->port());
    halfway.send("GET /healthz HTT");
    EXPECT_TRUE(silent.closed_within(std::chrono::seconds(3)));
    EXPECT_TRUE(halfway.closed_within(std::chrono::seconds(3)));
}

TEST_F(ServerTest, ASlowAnswerHoldsUpNobodyElse) {
    std::atomic<bool> go_on{false};
    backend.run = [&](std::string_view, const json&, const engine::Caller&) -> Result<ordered_json> {
        while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return ordered_json{{"slow", true}};
    };
    Options options;
    options.threads = 1;
    start({}, options);
    Client slow(server->port());
    slow.send("GET /api/v1/matrix" + head + basic("query") + "\r\n");
    EXPECT_EQ(200, get("/healthz", "").status);
    EXPECT_EQ(200, xapi("POST", "/xapi/statements", "{}").status);
    go_on = true;
    EXPECT_EQ(true, slow.receive().parsed()["slow"]);
}

TEST_F(ServerTest, ManyClientsAtOnceAllGetTheirAnswer) {
    start();
    std::atomic<int> good{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 16; ++i) {
        clients.emplace_back([&] {
            Client client(server->port());
            for (int n = 0; n < 20; ++n) {
                client.send("GET /api/v1/runs" + head + basic("query") + "\r\n");
                if (client.receive().status == 200) ++good;
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(16 * 20, good);
}

TEST_F(ServerTest, AHandlerThatThrowsAnswers500) {
    backend.run = [](std::string_view, const json&, const engine::Caller&) -> Result<ordered_json> {
        throw std::runtime_error("bug");
    };
    const auto answer = query("/api/v1/matrix");
    EXPECT_EQ(500, answer.status);
    EXPECT_EQ("internal", answer.parsed()["code"]);
}

TEST_F(ServerTest, StopLetsTheAnswerUnderWayFinishAndHangsUpOnTheIdle) {
    backend.run = [](std::string_view, const json&, const engine::Caller&) -> Result<ordered_json> {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        return ordered_json{{"done", true}};
    };
    start();
    Client idle(server->port()), busy(server->port());
    busy.send("GET /api/v1/matrix" + head + basic("query") + "\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto began = std::chrono::steady_clock::now();
    server->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
    EXPECT_EQ(true, busy.receive().parsed()["done"]);
    EXPECT_TRUE(idle.closed_within(std::chrono::seconds(1)));
}

TEST_F(ServerTest, AServerEndsAfterTheLastAnswerEvenWhenNobodyWaitsForIt) {
    std::promise<std::function<void(engine::PostOutcome)>> asked;
    backend.post_statements = [&](const engine::Post&, std::function<void(engine::PostOutcome)> done) {
        asked.set_value(std::move(done));
    };
    HttpLimits limits;
    limits.stop_grace = std::chrono::milliseconds(50);
    start(limits);
    {
        Client client(server->port());
        client.send("POST /xapi/statements" + head + basic("all") + version +
                    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    }
    auto late = asked.get_future();
    ASSERT_EQ(late.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    std::atomic<bool> answered{false};
    std::thread writer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        answered = true;
        late.get()({engine::Posted{}, {}});
    });
    server->stop();
    EXPECT_TRUE(answered) << "what answers needs the server";
    server.reset();
    writer.join();
}

TEST_F(ServerTest, SaysWhenItCannotListen) {
    start();
    Options options;
    options.port = server->port();
    const auto second = start_server(backend, options);
    ASSERT_FALSE(second);
    EXPECT_EQ("address_in_use", second.error().code);
    options.host = "nowhere";
    const auto third = start_server(backend, options);
    ASSERT_FALSE(third);
    EXPECT_EQ("bad_address", third.error().code);
}

TEST_F(ServerTest, ASlowBodyIsToldWhyItIsCut) {
    HttpLimits limits;
    limits.read_timeout = std::chrono::milliseconds(1'000);
    start(limits);
    for (const auto* sent : {"", "{"}) {
        Client client(server->port());
        client.send("POST /xapi/statements" + head + basic("all") + version +
                    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n" + sent);
        const auto answer = client.receive();
        EXPECT_EQ(408, answer.status) << sent;
        EXPECT_EQ("too_slow", answer.parsed()["code"]);
        EXPECT_EQ("1.0.3", answer.header("x-experience-api-version"));
        EXPECT_EQ("close", lower_ascii(answer.header("connection")));
        EXPECT_TRUE(client.closed_within(std::chrono::seconds(5)));
    }
    EXPECT_TRUE(bridge.posted.empty());
    Client late(server->port());  // in time, piece by piece, and then again
    for (int i = 0; i < 3; ++i) {
        late.send("POST /xapi/statements" + head + basic("all") + version +
                  "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        late.send("{}");
        EXPECT_EQ(200, late.receive().status);
    }
}

TEST_F(ServerTest, AHeaderThatCannotBeWrittenIs500AndTheServerLives) {
    const auto handle = [](const Request&, const Responder& respond) {
        respond(Response{200, std::string(100'000, 'x'), "body", {}});
    };
    const auto refused = [](int status, const Error& error, const Request*) {
        return error_response(status, error.code, error.message);
    };
    auto plain = HttpServer::start("127.0.0.1", 0, 1, {}, handle, refused,
                                   [](const Request&, std::size_t&) { return std::nullopt; });
    ASSERT_TRUE(plain);
    for (const auto* method : {"GET", "HEAD", "GET"}) {
        Client client((*plain)->port());
        client.send(std::string(method) + " /" + head + "\r\n");
        EXPECT_EQ(500, client.receive(std::string_view(method) == "HEAD").status) << method;
        EXPECT_TRUE(client.closed_within(std::chrono::seconds(5)));
    }
    (*plain)->stop();
}

TEST_F(ServerTest, AHandlerThatThrowsOnAnIoThreadEndsNothing) {
    const auto handle = [](const Request& request, const Responder& respond) {
        if (request.path == "/bad") throw std::runtime_error("bug");
        respond(text_response("good"));
    };
    const auto refused = [](int status, const Error& error, const Request*) {
        return error_response(status, error.code, error.message);
    };
    auto plain = HttpServer::start("127.0.0.1", 0, 1, {}, handle, refused,
                                   [](const Request&, std::size_t&) { return std::nullopt; });
    ASSERT_TRUE(plain);
    for (int i = 0; i < 3; ++i) {
        Client bad((*plain)->port()), good((*plain)->port());
        bad.send("GET /bad" + head + "\r\n");
        EXPECT_EQ(500, bad.receive().status);
        good.send("GET /good" + head + "\r\n");
        EXPECT_EQ(200, good.receive().status);
    }
    (*plain)->stop();
}

TEST_F(ServerTest, ARefusedHeadHasNoBody) {
    start();
    Client client(server->port());
    client.send("HEAD healthz" + head + "\r\n");
    const auto answer = client.receive();  // as if there were a body: reads what comes until the end
    EXPECT_EQ(400, answer.status);
    EXPECT_EQ("", answer.body);
}

TEST_F(ServerTest, HeadersThatSayWhoAndWhatComeOnce) {
    for (const std::string& twice : {basic("all") + basic("reader"), basic("all") + version + version,
                                     basic("all") + "Content-Type: a/b\r\ncontent-type: a/b\r\n"}) {
        for (const auto* body : {"", "{}"}) {
            const auto answer = send("POST", "/xapi/statements", twice, body);
            EXPECT_EQ(400, answer.status) << twice;
            EXPECT_EQ("bad_request", answer.parsed()["code"]);
        }
    }
    EXPECT_TRUE(bridge.posted.empty());
}

}  // namespace
}  // namespace capbridge::server::testing
