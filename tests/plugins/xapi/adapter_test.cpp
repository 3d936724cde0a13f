// The xapi adapter through its ABI, as the host sees it, against an LRS in memory.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bridge/testing.hpp"
#include "common/instant.hpp"
#include "common/link.hpp"
#include "core/base/json.hpp"
#include "xapi/schema.hpp"

namespace {

using nlohmann::json;
using plugins::Micros;
constexpr Micros kSecond = 1'000'000;
const Micros kStart = *plugins::read_instant("2026-03-01T00:00:00Z");
const char* const kSettings = R"({"url":"https://lrs.example.org/xapi/","limit":10})";

std::string uuid(int n) {
    char text[40];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", n);
    return text;
}

std::string parameter(const std::string& url, const std::string& name) {
    auto at = url.find("?" + name + "=");
    if (at == std::string::npos) at = url.find("&" + name + "=");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 2;
    std::string out;
    for (auto i = from; i < url.size() && url[i] != '&'; ++i) {
        if (url[i] != '%') {
            out += url[i];
        } else {
            out += static_cast<char>(std::stoi(url.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return out;
}

// Keeps statements in the order in which they were stored.
struct Lrs {
    struct Row {
        Micros stored;
        std::string text;
    };
    std::vector<Row> rows;
    Micros through = kStart + 3600 * kSecond;
    bool ignores_ascending = false;
    std::size_t most = 10;
    std::function<std::optional<bridge::HttpAnswer>(const bridge::HttpRequest&)> before;
    std::map<std::string, std::pair<std::vector<std::string>, std::size_t>> views;

    void add(int n, Micros stored, const std::string& more = "") {
        rows.push_back(
            {stored,
             R"({"id":")" + uuid(n) + R"(","actor":{"mbox":"mailto:severn@example.org"},)" +
                 R"("verb":{"id":"http://adlnet.gov/expapi/verbs/passed"},"object":{"id":"https://lms.example.org/c"},)" +
                 R"("result":{"score":{"raw":1.50}},)" + more + R"("stored":")" +
                 plugins::write_instant(stored) + "\"}"});
    }
    bridge::HttpAnswer page(const std::string& token) {
        auto& [texts, at] = views[token];
        std::string body = "{\"statements\":[";
        const auto end = std::min(at + most, texts.size());
        for (auto i = at; i < end; ++i) body += (i > at ? "," : "") + texts[i];
        body += "]";
        if (end < texts.size()) {
            const auto next = token + "x";
            views[next] = {texts, end};
            body += ",\"more\":\"/xapi/statements/more?token=" + next + "\"";
        }
        bridge::HttpAnswer answer;
        answer.status = 200;
        answer.headers = {{"x-experience-api-consistent-through", plugins::write_instant(through)}};
        answer.body = body + "}";
        return answer;
    }
    bridge::HttpAnswer operator()(const bridge::HttpRequest& request) {
        if (before) {
            if (auto answer = before(request)) return *answer;
        }
        if (const auto token = parameter(request.url, "token"); !token.empty()) return page(token);
        std::vector<std::string> found;
        const auto since = parameter(request.url, "since");
        auto sorted = rows;
        std::sort(sorted.begin(), sorted.end(), [&](const Row& a, const Row& b) {
            return ignores_ascending ? a.stored > b.stored : a.stored < b.stored;
        });
        for (const auto& row : sorted) {
            if (since.empty() || row.stored > *plugins::read_instant(since)) found.push_back(row.text);
        }
        views["t"] = {found, 0};
        return page("t");
    }
};

class XapiTest : public ::testing::Test {
protected:
    void SetUp() override {
        host.http = [this](const bridge::HttpRequest& r) { return lrs(r); };
    }
    bridge::testing::Run pull(const std::string& cursor = "", int until = -1,
                              const std::string& settings = kSettings) {
        bridge::testing::Bench bench(host, "xapi");
        const auto configured = bench.configure(settings);
        return configured.code == BRIDGE_OK ? bench.pull_until(until, cursor) : configured;
    }
    static std::set<std::string> ids(const std::vector<std::string>& records) {
        std::set<std::string> out;
        for (const auto& r : records) out.insert(json::parse(r)["statement"]["id"]);
        return out;
    }
    static Micros stored(const std::string& cursor) {
        return *plugins::read_instant(json::parse(cursor)["stored"].get<std::string>());
    }
    void fill(int count) {
        for (int n = 1; n <= count; ++n) lrs.add(n, kStart + n * kSecond);
    }
    static bridge::HttpAnswer status(int code, std::string body = "") {
        bridge::HttpAnswer answer;
        answer.status = code;
        answer.body = std::move(body);
        return answer;
    }
    bridge::testing::Host host;
    Lrs lrs;
};

TEST_F(XapiTest, TakesEveryStatementAsItIsAndFollowsMore) {
    fill(25);
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    const auto records = out.records("statement");
    ASSERT_EQ(records.size(), 25u);
    EXPECT_EQ(records[0], "{\"statement\":" + lrs.rows[0].text + "}");  // 1.50 stays 1.50
    EXPECT_EQ(out.checkpoints().size(), 3u);
    EXPECT_EQ(stored(out.cursor), kStart + 25 * kSecond);
    ASSERT_EQ(host.requests.size(), 3u);
    EXPECT_EQ(host.requests[0].url, "https://lrs.example.org/xapi/statements?ascending=true&limit=10");
    EXPECT_EQ(host.requests[1].url, "https://lrs.example.org/xapi/statements/more?token=tx");
    EXPECT_EQ(host.requests[0].auth, "lms");
    std::ifstream in(std::string(CAPBRIDGE_REPO) + "/config/schemas/records/statement.schema.json");
    const auto schema = json::parse(in);
    for (const auto& r : records) EXPECT_TRUE(capbridge::validate_json(json::parse(r), schema).empty()) << r;
}

TEST_F(XapiTest, AsksInTheVersionAndFilterOfTheSettings) {
    (void)pull(
        "", -1,
        R"({"url":"https://lrs.example.org/xapi/statements","version":"2.0.0","verb":"https://v.example/a b",
        "activity":"https://a.example/?x=1&y","related_activities":true,"since":"2025-01-01T00:00:00+01:00","overlap_minutes":0})");
    EXPECT_EQ(
        host.requests.at(0).url,
        "https://lrs.example.org/xapi/statements?ascending=true&limit=200&since=2024-12-31T23%3A00%3A00Z"
        "&verb=https%3A%2F%2Fv.example%2Fa%20b&activity=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y&related_"
        "activities=true");
    const auto& headers = host.requests.at(0).headers;
    EXPECT_TRUE(std::count(headers.begin(), headers.end(),
                           std::pair<std::string, std::string>{"x-experience-api-version", "2.0.0"}));
}

TEST_F(XapiTest, AsksAgainForTheOverlapAndFindsWhatCameLate) {
    fill(5);
    const auto first = pull();
    lrs.add(6, kStart + 2 * kSecond + 1);  // stored before the cursor, visible after it
    const auto second = pull(first.cursor);
    EXPECT_EQ(parameter(host.requests.back().url, "since"),
              plugins::write_instant(kStart + 5 * kSecond - 600 * kSecond));
    EXPECT_EQ(ids(second.records("statement")).count(uuid(6)), 1u);
    EXPECT_EQ(second.cursor, first.cursor);
}

TEST_F(XapiTest, TheCursorStaysBehindConsistentThrough) {
    fill(20);
    lrs.through = kStart + 7 * kSecond;
    const auto out = pull();
    EXPECT_EQ(out.records("statement").size(), 20u);
    EXPECT_EQ(stored(out.cursor), kStart + 7 * kSecond);
}

TEST_F(XapiTest, TheOldestPromiseOfASweepCounts) {
    fill(20);
    lrs.through = kStart + 3 * kSecond;
    lrs.before = [this](const auto& r) -> std::optional<bridge::HttpAnswer> {
        if (r.url.find("more") != std::string::npos) lrs.through = kStart + 3600 * kSecond;
        return std::nullopt;
    };
    EXPECT_EQ(stored(pull().cursor), kStart + 3 * kSecond);
}

TEST_F(XapiTest, AStoreWithAWrongClockDoesNotLockOutTheRest) {
    lrs.before = [this](const auto&) -> std::optional<bridge::HttpAnswer> {
        auto answer = status(200, "{\"statements\":[" + lrs.rows[0].text + "],\"more\":\"\"}");
        answer.headers = {{"date", "Sun, 01 Mar 2026 00:10:00 GMT"}};
        return answer;
    };
    lrs.add(1, kStart + 366LL * 86400 * kSecond);  // next year
    EXPECT_EQ(stored(pull().cursor), *plugins::read_instant("2026-03-01T00:10:00Z"));
}

TEST_F(XapiTest, TheCursorNeverGoesBack) {
    fill(3);
    const auto first = pull();
    lrs.through = kStart + kSecond;  // another node of the store is behind
    const auto second = pull(first.cursor);
    EXPECT_EQ(second.cursor, first.cursor);
    for (const auto& c : second.checkpoints()) EXPECT_GE(stored(c.text), stored(first.cursor));
}

TEST_F(XapiTest, KilledAtAnyCheckpointTheRestIsTheSameSet) {
    fill(57);
    const auto whole = ids(pull().records("statement"));
    for (int n = 1; n <= 6; ++n) {
        const auto killed = pull("", n);
        EXPECT_EQ(killed.code, n < 6 ? BRIDGE_CANCELLED : BRIDGE_OK);
        auto both = ids(killed.durable("statement"));
        both.merge(ids(pull(killed.cursor).records("statement")));
        EXPECT_EQ(both, whole) << n;
    }
}

TEST_F(XapiTest, AStoreThatGivesTheNewestFirstMovesTheCursorOnlyAtTheEnd) {
    fill(30);
    lrs.ignores_ascending = true;
    const auto killed = pull("", 2);
    EXPECT_EQ(json::parse(killed.cursor)["stored"], "");
    const auto whole = pull();
    EXPECT_EQ(stored(whole.cursor), kStart + 30 * kSecond);
    auto both = ids(killed.durable("statement"));
    both.merge(ids(pull(killed.cursor).records("statement")));
    EXPECT_EQ(both.size(), 30u);
}

TEST_F(XapiTest, AnExpiredAddressIsAskedAnew) {
    fill(35);
    int expired = 0;
    lrs.before = [&](const auto& r) -> std::optional<bridge::HttpAnswer> {
        if (r.url.find("token=txx") != std::string::npos && expired++ == 0) return status(400);
        return std::nullopt;
    };
    const auto out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK);
    EXPECT_EQ(ids(out.records("statement")).size(), 35u);
    lrs.before = [&](const auto& r) -> std::optional<bridge::HttpAnswer> {
        if (r.url.find("token=") != std::string::npos) return status(410);
        return std::nullopt;
    };
    EXPECT_EQ(pull().code, BRIDGE_RETRY);
}

TEST_F(XapiTest, ABrokenStatementIsRejectedByItsPlaceOnly) {
    lrs.add(1, kStart + kSecond);
    lrs.rows.push_back({kStart + 2 * kSecond, "{\"id\":\"Secret \xff\"}"});
    lrs.rows.push_back({kStart + 3 * kSecond, "{\"id\":\"Secret\",\"actor\":{}}"});
    lrs.rows.push_back({kStart + 4 * kSecond, "{\"id\":\"" + uuid(4) + "\",\"actor\":\"Secret\"}"});
    lrs.rows.push_back({kStart + 5 * kSecond, std::string(90, '[') + std::string(90, ']')});
    lrs.rows.push_back({kStart + 6 * kSecond, "\"Secret\""});
    lrs.add(7, kStart + 7 * kSecond);
    const auto out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK);
    EXPECT_EQ(ids(out.records("statement")), (std::set<std::string>{uuid(1), uuid(7)}));
    ASSERT_EQ(out.rejected().size(), 5u);
    for (const auto& r : out.rejected()) {
        EXPECT_EQ(r.kind, "statement");
        EXPECT_EQ(r.text.find("Secret"), std::string::npos);
    }
    EXPECT_EQ(out.rejected()[2].key, uuid(4));
    EXPECT_EQ(json::parse(out.rejected()[0].text)["where"], "page 1, statement 2");
}

TEST_F(XapiTest, EveryTroubleHasItsClass) {
    fill(25);
    const auto with = [&](bridge::HttpAnswer answer, bool later) {
        lrs.before = [=](const auto& r) -> std::optional<bridge::HttpAnswer> {
            const bool more = r.url.find("token=") != std::string::npos;
            return more == later ? std::optional(answer) : std::nullopt;
        };
        return pull();
    };
    for (const bool later : {false, true}) {
        EXPECT_EQ(with(status(401), later).code, BRIDGE_AUTH);
        EXPECT_EQ(with(status(403), later).code, BRIDGE_CONFIG);
        EXPECT_EQ(with(status(500), later).code, BRIDGE_RETRY);
        EXPECT_EQ(with(status(200, "{\"statements\":[{\"id\":\"" + uuid(1)), later).code, BRIDGE_RETRY);
        EXPECT_EQ(with(status(200, "<html>"), later).code, BRIDGE_RETRY);
        EXPECT_EQ(with(status(302), later).code, BRIDGE_CONFIG);
    }
    auto throttled = status(429);
    throttled.headers = {{"retry-after", "7"}};
    EXPECT_EQ(with(throttled, false).retry_after_ms, 7000);
    EXPECT_EQ(with(status(404), false).code, BRIDGE_CONFIG);
    EXPECT_EQ(with(status(400), false).code, BRIDGE_CONFIG);
    EXPECT_EQ(with(status(200, R"({"statements":[],"more":"https://evil.example/x"})"), false).code,
              BRIDGE_CONFIG);
    EXPECT_EQ(with(status(200, R"({"statements":[],"more":"/xapi/statements/more?token=t"})"), true).code,
              BRIDGE_RETRY);
    bridge::HttpAnswer lost;
    lost.code = BRIDGE_RETRY;
    EXPECT_EQ(with(lost, true).code, BRIDGE_RETRY);
    EXPECT_EQ(with(lost, true).durable("statement").size(), 10u);  // what came before counts
}

TEST_F(XapiTest, AForeignCursorIsNoCursor) {
    for (const char* bad : {"x", "{}", "[]", R"({"of":"0000000000000000","stored":"2026-03-01T00:00:00Z"})"})
        EXPECT_EQ(pull(bad).code, BRIDGE_BAD_CURSOR) << bad;
    fill(1);
    const auto cursor = pull().cursor;
    EXPECT_EQ(pull(cursor, -1, R"({"url":"https://lrs.example.org/xapi","verb":"https://v.example/x"})").code,
              BRIDGE_BAD_CURSOR);
    EXPECT_EQ(pull(cursor, -1, R"({"url":"https://lrs.example.org/xapi","limit":50})").code, BRIDGE_OK);
}

TEST_F(XapiTest, AnEmptyStoreIsNoTrouble) {
    const auto out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK);
    EXPECT_TRUE(out.records("statement").empty());
    EXPECT_EQ(pull(out.cursor).code, BRIDGE_OK);
}

TEST_F(XapiTest, WindsUpWhenCancelled) {
    fill(25);
    lrs.before = [&](const auto&) -> std::optional<bridge::HttpAnswer> {
        host.cancelled = true;
        return std::nullopt;
    };
    EXPECT_EQ(pull().code, BRIDGE_CANCELLED);
}

TEST_F(XapiTest, SettingsThatCannotWorkAreRefused) {
    for (const char* bad : {R"({"url":"https://key:secret@lrs.example.org/xapi"})",
                            R"({"url":"https://lrs.example.org","since":"2026-02-30T00:00:00Z"})",
                            R"({"url":"https://lrs.example.org","related_activities":true})"})
        EXPECT_EQ(pull("", -1, bad).code, BRIDGE_CONFIG) << bad;
    const auto schema = json::parse(xapi_adapter::kDescriptor)["config_schema"];
    EXPECT_TRUE(capbridge::validate_json(json::parse(kSettings), schema).empty());
    for (const char* bad : {"{}", R"({"url":"lrs.example.org"})", R"({"url":"https://x.example","limit":0})"})
        EXPECT_FALSE(capbridge::validate_json(json::parse(bad), schema).empty()) << bad;
}

TEST_F(XapiTest, CheckIsOneAuthenticatedRequest) {
    bridge::testing::Bench bench(host, "xapi");
    (void)bench.configure(kSettings);
    EXPECT_EQ(bench.check().code, BRIDGE_OK);
    ASSERT_EQ(host.requests.size(), 1u);
    EXPECT_EQ(host.requests[0].auth, "lms");
    const auto check_with = [&](bridge::HttpAnswer answer) {
        lrs.before = [=](const auto&) { return std::optional(answer); };
        return bench.check().code;
    };
    EXPECT_EQ(check_with(status(401)), BRIDGE_AUTH);
    EXPECT_EQ(check_with(status(404)), BRIDGE_CONFIG);
    EXPECT_EQ(check_with(status(200, "<html>hello</html>")), BRIDGE_CONFIG);
    EXPECT_EQ(check_with(status(503)), BRIDGE_RETRY);
}

}  // namespace
