// Whose word about a client counts, and what an installation is called from outside.
#include "server/forwarded.hpp"

#include <gtest/gtest.h>

#include "server/fixture.hpp"

namespace capbridge::server {
namespace {

using Header = TrustedProxies::Header;

TrustedProxies trusting(const std::vector<std::string>& networks, Header header = Header::x_forwarded) {
    auto read = Networks::read(networks);
    EXPECT_TRUE(read);
    return {read ? *read : Networks{}, header};
}

Request from(const std::string& address, std::vector<std::pair<std::string, std::string>> headers) {
    Request request;
    request.from = address;
    request.headers = std::move(headers);
    return request;
}

Request seen(const TrustedProxies& proxies, Request request) {
    proxies.look_through(request);
    return request;
}

TEST(Networks, HaveLengthsOfBothKinds) {
    const auto read = Networks::read({"10.1.2.3", "192.168.4.0/22", "2001:db8::/33", "::1", "0.0.0.0/0"});
    ASSERT_TRUE(read);
    const auto some = *Networks::read({"10.1.2.3", "192.168.4.0/22", "2001:db8::/33"});
    EXPECT_TRUE(some.contain("10.1.2.3"));
    EXPECT_FALSE(some.contain("10.1.2.4"));
    EXPECT_TRUE(some.contain("192.168.7.255"));
    EXPECT_FALSE(some.contain("192.168.8.0"));
    EXPECT_TRUE(some.contain("2001:db8:7fff::1"));
    EXPECT_FALSE(some.contain("2001:db8:8000::1"));
    EXPECT_TRUE(some.contain("::ffff:10.1.2.3"));  // the same machine
    EXPECT_FALSE(some.contain(""));
    EXPECT_FALSE(some.contain("localhost"));
    EXPECT_FALSE(Networks::read({"0.0.0.0/0"})->contain("2001:db8::1"));
}

TEST(Networks, RefuseWhatIsNone) {
    for (const auto* bad : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                            "::/129", "10.0.0", "10.0.0.0/8/8"}) {
        const auto read = Networks::read({"127.0.0.1", bad});
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ("1", read.error().where);
    }
}

TEST(Forwarded, CountsOnlyFromATrustedProxy) {
    const auto proxies = trusting({"10.0.0.1"});
    EXPECT_EQ("203.0.113.5", seen(proxies, from("203.0.113.5", {{"x-forwarded-for", "10.9.9.9"}})).from);
    const auto through =
        seen(proxies, from("10.0.0.1", {{"x-forwarded-for", "203.0.113.5"}, {"x-forwarded-proto", "https"}}));
    EXPECT_EQ("203.0.113.5", through.from);
    EXPECT_TRUE(through.over_tls);
    EXPECT_EQ("10.0.0.1", seen(proxies, from("10.0.0.1", {})).from);
    EXPECT_EQ("10.0.0.1", seen(proxies, from("10.0.0.1", {{"x-forwarded-for", "unknown"}})).from);
    EXPECT_TRUE(seen(proxies, from("10.0.0.1", {{"x-forwarded-proto", "HTTPS"}})).over_tls);
}

TEST(Forwarded, TheNearestThatIsNoProxyOfOursIsTheClient) {
    const auto proxies = trusting({"10.0.0.0/24"});
    EXPECT_EQ(
        "203.0.113.5",
        seen(proxies, from("10.0.0.1", {{"x-forwarded-for", "192.0.2.1, 203.0.113.5, 10.0.0.7"}})).from);
    // In two lines, as some proxies write it.
    EXPECT_EQ("203.0.113.5", seen(proxies, from("10.0.0.1", {{"x-forwarded-for", "192.0.2.1"},
                                                             {"x-forwarded-for", "203.0.113.5"}}))
                                 .from);
    EXPECT_EQ("10.0.0.9", seen(proxies, from("10.0.0.1", {{"x-forwarded-for", "10.0.0.9,10.0.0.7"}})).from);
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "10.0.0.7,";
    EXPECT_EQ("10.0.0.7", seen(proxies, from("10.0.0.1", {{"x-forwarded-for", many + "10.0.0.7"}})).from);
}

TEST(Forwarded, ReadsRfc7239) {
    const auto proxies = trusting({"10.0.0.1"}, Header::forwarded);
    const auto one = [&](const std::string& value) {
        return seen(proxies, from("10.0.0.1", {{"forwarded", value}}));
    };
    EXPECT_EQ("192.0.2.60", one("for=192.0.2.60;proto=http;by=203.0.113.43").from);
    EXPECT_EQ("2001:db8:cafe::17", one(R"(For="[2001:db8:cafe::17]:4711")").from);
    EXPECT_EQ("198.51.100.17", one("for=192.0.2.43, for=198.51.100.17").from);
    EXPECT_TRUE(one("for=192.0.2.43;proto=https").over_tls);
    for (const auto* none :
         {"for=_hidden", "for=unknown", "for=", ";;,,", "for=\"[::1\"", "x", "for=\"a,b;c"})
        EXPECT_EQ("10.0.0.1", one(none).from) << none;
    // The other header is the client's own.
    EXPECT_EQ("10.0.0.1", seen(proxies, from("10.0.0.1", {{"x-forwarded-for", "192.0.2.1"}})).from);
}

TEST(Forwarded, SaysWhetherTheClientIsKnown) {
    const auto known = [](Header header, std::vector<std::pair<std::string, std::string>> headers) {
        auto request = from("10.0.0.1", std::move(headers));
        return trusting({"10.0.0.0/24"}, header).look_through(request);
    };
    const auto x = Header::x_forwarded, rfc = Header::forwarded;
    EXPECT_TRUE(known(x, {{"x-forwarded-for", "203.0.113.5"}}));
    EXPECT_TRUE(known(x, {{"x-forwarded-for", "10.0.0.9"}}));  // a proxy's machine itself
    EXPECT_TRUE(known(rfc, {{"forwarded", "for=203.0.113.5"}}));
    EXPECT_FALSE(known(x, {}));
    EXPECT_FALSE(known(x, {{"x-forwarded-for", ""}}));
    EXPECT_FALSE(known(x, {{"x-forwarded-for", "unknown"}}));
    EXPECT_FALSE(known(x, {{"x-forwarded-for", "unknown, 10.0.0.7"}}));
    EXPECT_FALSE(known(x, {{"x-forwarded-proto", "https"}}));
    EXPECT_FALSE(known(x, {{"forwarded", "for=203.0.113.5"}}));
    EXPECT_FALSE(known(rfc, {{"x-forwarded-for", "203.0.113.5"}}));
    EXPECT_FALSE(known(rfc, {{"forwarded", "for=_hidden"}}));
    std::string many;
    for (int i = 0; i < 100; ++i) many += "10.0.0.7,";
    EXPECT_FALSE(known(x, {{"x-forwarded-for", many + "10.0.0.7"}}));
    auto stranger = from("203.0.113.5", {{"x-forwarded-for", "10.0.0.9"}});
    EXPECT_FALSE(trusting({"10.0.0.0/24"}).look_through(stranger));
}

TEST(Forwarded, SeesThatSomebodyPassedItOn) {
    for (const auto* name :
         {"x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto", "x-forwarded-host", "via"})
        EXPECT_TRUE(was_forwarded(from("10.0.0.1", {{"host", "a"}, {name, ""}}))) << name;
    EXPECT_FALSE(was_forwarded(from("10.0.0.1", {{"host", "a"}, {"x-forwarded", "1"}})));
}

TEST(Networks, TellWhatIsWideAndWhatTheyShare) {
    const auto some = *Networks::read({"10.0.0.0/8", "0.0.0.0/0", "127.0.0.1", "12.0.0.0/7", "::/0",
                                       "2001:db8::/32", "fc00::/7", "::ffff:0:0/96", "::1"});
    EXPECT_EQ((std::vector<std::size_t>{1, 3, 4, 6, 7}), some.wide());
    const auto shared = [](const char* a, const char* b) {
        return Networks::read({"192.0.2.1", a})->overlap(*Networks::read({b}));
    };
    EXPECT_EQ(1u, shared("127.0.0.1", "127.0.0.0/8"));
    EXPECT_EQ(1u, shared("127.0.0.0/8", "127.0.0.1"));
    EXPECT_EQ(1u, shared("::ffff:127.0.0.1", "127.0.0.1"));
    EXPECT_EQ(1u, shared("10.20.0.0/20", "10.20.15.0/24"));
    EXPECT_EQ(std::nullopt, shared("10.20.0.0/20", "10.20.16.0/24"));
    EXPECT_EQ(std::nullopt, shared("::1", "127.0.0.1"));
    EXPECT_EQ(std::nullopt, some.overlap({}));
}

TEST(PublicUrl, HasAPrefixWhereItHasAPath) {
    const auto url = PublicUrl::read("https://learning.trust.example/capbridge/");
    ASSERT_TRUE(url);
    EXPECT_EQ("https://learning.trust.example/capbridge", url->text());
    EXPECT_EQ("/capbridge", url->prefix());
    EXPECT_TRUE(url->is_https());
    EXPECT_FALSE(url->has_own_host());
    for (const auto& [sent, path] : {std::pair{"/capbridge/xapi", "/xapi"},
                                     {"/xapi", "/xapi"},
                                     {"/capbridges", "/capbridges"},
                                     {"/capbridge", ""}}) {
        std::string text = sent;
        url->strip(text);
        EXPECT_EQ(path, text);
    }
    const auto root = PublicUrl::read("http://bridge.trust.example:8480");
    ASSERT_TRUE(root);
    EXPECT_EQ("", root->prefix());
    EXPECT_TRUE(root->has_own_host());
    EXPECT_EQ("", PublicUrl{}.text());
    EXPECT_FALSE(PublicUrl{}.has_own_host());
}

TEST(PublicUrl, RefusesWhatIsNoAddressToGiveOut) {
    for (const auto* bad : {"", "https://", "https:///x", "ftp://x", "https://x/?a=b", "https://x/#y",
                            "https://u@x/", "https://x/a b", "https://x/../y", "https://x/a;b",
                            "https://x//y", "javascript:alert(1)", "https://x/\"y", "https://x/%2e"})
        EXPECT_FALSE(PublicUrl::read(bad)) << bad;
}

using testing::ServerTest;

// A proxy and a Prometheus on this machine: who came through the proxy is not the Prometheus.
TEST_F(ServerTest, FiguresAreNotOpenToWhomAProxyDoesNotName) {
    Options options;
    options.edge.trusted_proxies.networks = *Networks::read({"127.0.0.1"});
    options.edge.metrics_open_to = *Networks::read({"127.0.0.1"});
    start({}, options);
    EXPECT_EQ(200, get("/metrics", "").status);
    EXPECT_EQ(200, get("/metrics", "X-Forwarded-For: 127.0.0.1\r\n").status);
    for (const auto* through :
         {"X-Forwarded-For: 203.0.113.5\r\n", "X-Forwarded-For: unknown\r\n", "X-Forwarded-For:\r\n",
          "X-Forwarded-For: unknown, 127.0.0.1\r\n", "Forwarded: for=203.0.113.5\r\n",
          "Forwarded: for=127.0.0.1\r\n", "Via: 1.1 nginx\r\n", "X-Real-IP: 203.0.113.5\r\n",
          "X-Forwarded-Proto: https\r\n", "X-Forwarded-Host: learning.trust.example\r\n"})
        EXPECT_EQ(401, get("/metrics", through).status) << through;
}

TEST_F(ServerTest, AProxyWithoutAddressesIsToldOfOnce) {
    Options options;
    options.edge.trusted_proxies.networks = *Networks::read({"127.0.0.1"});
    start({}, options);
    log::set_level(log::Level::warn);
    ::testing::internal::CaptureStderr();
    get("/healthz", "X-Forwarded-For: 203.0.113.5\r\n");
    get("/healthz", "Via: 1.1 nginx\r\n");
    get("/healthz", "X-Real-IP: 203.0.113.5\r\n");
    const auto said = ::testing::internal::GetCapturedStderr();
    log::set_level(log::Level::error);
    const auto at = said.find("proxy_sends_no_address");
    ASSERT_NE(std::string::npos, at) << said;
    EXPECT_EQ(std::string::npos, said.find("proxy_sends_no_address", at + 1)) << said;
    EXPECT_NE(std::string::npos, said.find("X-Forwarded-For")) << said;
}

}  // namespace
}  // namespace capbridge::server
