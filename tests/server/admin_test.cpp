// The admin API: credentials and forwarding by HTTP, and what monitoring reads.
#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

class AdminTest : public ServerTest {
protected:
    Answer ask(const std::string& method, const std::string& path, const std::string& key,
               const std::string& body = {}) {
        return send(method, path, basic(key), body);
    }
};

TEST_F(AdminTest, EachPathRunsItsOperation) {
    const std::vector<std::tuple<std::string, std::string, std::string, std::string, json, int>> expected{
        {"GET", "credentials", "", "credential.list", json::object(), 200},
        {"POST",
         "credentials",
         R"({"name":"lms","scopes":["statements/write"]})",
         "credential.add",
         {{"name", "lms"}, {"scopes", {"statements/write"}}},
         201},
        {"POST", "credentials/k%2F1/rotate", "", "credential.rotate", {{"key", "k/1"}}, 200},
        {"POST", "credentials/k1/revoke", "", "credential.revoke", {{"key", "k1"}}, 200},
        {"GET", "forwards", "", "forward.list", json::object(), 200},
        {"POST", "forwards/warehouse/pause", "", "forward.pause", {{"name", "warehouse"}}, 200}};
    for (const auto& [method, path, body, operation, params, status] : expected) {
        const auto answer = ask(method, "/api/v1/" + path, "admin", body);
        EXPECT_EQ(status, answer.status) << path << answer.body;
        ASSERT_FALSE(bridge.asked.empty());
        EXPECT_EQ(operation, bridge.asked.back().first);
        EXPECT_EQ(params, bridge.asked.back().second);
        EXPECT_EQ("credential:admin", bridge.who.back());
        EXPECT_EQ("no-store", answer.header("cache-control"));
    }
}

TEST_F(AdminTest, OnlyTheScopeAdminMay) {
    for (const auto* key : {"query", "writer", "bound", "all-read"})
        EXPECT_EQ(403, ask("GET", "/api/v1/credentials", key).status) << key;
    EXPECT_TRUE(bridge.asked.empty());
}

TEST_F(AdminTest, ABodyThatIsNoObjectIsRefused) {
    for (const auto* body : {"[]", "7", "{", R"({"name":1,"name":2})"})
        EXPECT_EQ(400, ask("POST", "/api/v1/credentials", "admin", body).status) << body;
    EXPECT_TRUE(bridge.asked.empty());
}

TEST_F(AdminTest, MonitoringReadsMetrics) {
    const auto answer = ask("GET", "/metrics", "query");
    EXPECT_EQ(200, answer.status);
    EXPECT_TRUE(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    EXPECT_NE(std::string::npos,
              answer.body.find("# TYPE capbridge_up gauge\ncapbridge_up{source=\"a\\\"b\"} 1\n"))
        << answer.body;
    EXPECT_EQ(401, get("/metrics", "").status);
}

}  // namespace
}  // namespace capbridge::server::testing
