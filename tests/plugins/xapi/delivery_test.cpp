// Statements given to an LRS.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "bridge/testing.hpp"

namespace {

using nlohmann::json;

json statement(int n, const std::string& verb = "passed") {
    char id[40];
    std::snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", n);
    return {{"id", id},
            {"actor", {{"mbox", "mailto:tamar@example.org"}}},
            {"verb", {{"id", "http://adlnet.gov/expapi/verbs/" + verb}}},
            {"object", {{"id", "https://lms.example.org/c"}}}};
}

class DeliveryTest : public ::testing::Test {
protected:
    void SetUp() override {
        host.http = [this](const bridge::HttpRequest& r) { return answer(r); };
    }
    bridge::HttpAnswer answer(const bridge::HttpRequest& request) {
        bridge::HttpAnswer out;
        out.status = forced;
        if (forced != 0) return out;
        if (request.method == "GET") {
            const auto id = request.url.substr(request.url.rfind('=') + 1);
            const bool voided = request.url.find("voidedStatementId") != std::string::npos;
            const auto& from = voided ? gone : kept;
            out.status = from.contains(id) ? 200 : 404;
            if (out.status == 200) out.body = from.at(id).dump();
            return out;
        }
        const auto batch = json::parse(request.body);
        out.status = 200;
        for (const auto& s : batch) {
            const auto id = s["id"].get<std::string>();
            if (kept.contains(id) || gone.contains(id)) out.status = 409;
        }
        if (out.status == 200) {
            for (const auto& s : batch) kept[s["id"]] = s;
        }
        return out;
    }
    bridge::testing::Run push(const json& statements) {
        bridge::testing::Bench bench(host, "xapi");
        (void)bench.configure(R"({"url":"https://lrs.example.org/xapi"})");
        return bench.push("statements", "k", json{{"statements", statements}}.dump());
    }
    bridge::testing::Host host;
    std::map<std::string, json> kept, gone;
    int forced = 0;
};

TEST_F(DeliveryTest, PostsAllAtOnce) {
    const auto run = push({statement(1), statement(2)});
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_EQ(json::parse(run.answer), json::parse(R"({"ids":2,"posted":2})"));
    EXPECT_EQ(kept.size(), 2u);
    ASSERT_EQ(host.requests.size(), 1u);
    EXPECT_EQ(host.requests[0].url, "https://lrs.example.org/xapi/statements");
    EXPECT_TRUE(host.requests[0].safe);
}

TEST_F(DeliveryTest, WhatIsThereAlreadyCountsAsDelivered) {
    auto stored = statement(1);
    stored["stored"] = "2026-03-01T00:00:00Z";
    stored["actor"]["objectType"] = "Agent";
    kept[stored["id"]] = stored;
    gone[statement(2)["id"]] = statement(2);  // and voided over there
    const auto run = push({statement(1), statement(2), statement(3)});
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_EQ(json::parse(run.answer), json::parse(R"({"ids":3,"posted":1})"));
    EXPECT_TRUE(kept.contains(statement(3)["id"]));
    EXPECT_EQ(json::parse(push({statement(1), statement(3)}).answer)["posted"], 0);
}

TEST_F(DeliveryTest, AnotherStatementUnderTheIdIsAConflict) {
    kept[statement(2)["id"]] = statement(2, "failed");
    const auto run = push({statement(1), statement(2)});
    EXPECT_EQ(run.code, BRIDGE_REJECTED);
    EXPECT_NE(run.user_message.find("Statement 2"), std::string::npos);
    EXPECT_FALSE(kept.contains(statement(1)["id"]));
}

TEST_F(DeliveryTest, WhatCannotBeSentIsRejectedBeforeAnythingIs) {
    auto nameless = statement(1);
    nameless.erase("id");
    EXPECT_EQ(push({statement(2), nameless}).code, BRIDGE_REJECTED);
    EXPECT_EQ(push(json::array()).code, BRIDGE_REJECTED);
    EXPECT_EQ(push("x").code, BRIDGE_REJECTED);
    EXPECT_TRUE(host.requests.empty());
    bridge::testing::Bench bench(host, "xapi");
    (void)bench.configure(R"({"url":"https://lrs.example.org/xapi"})");
    EXPECT_EQ(bench.push("completion", "k", "{}").code, BRIDGE_UNSUPPORTED);
}

TEST_F(DeliveryTest, EveryRefusalHasItsClass) {
    for (const auto& [status, code] : std::map<int, std::int32_t>{{400, BRIDGE_REJECTED},
                                                                  {401, BRIDGE_AUTH},
                                                                  {403, BRIDGE_CONFIG},
                                                                  {413, BRIDGE_REJECTED},
                                                                  {429, BRIDGE_RETRY},
                                                                  {500, BRIDGE_RETRY}}) {
        forced = status;
        EXPECT_EQ(push(json::array({statement(1)})).code, code) << status;
    }
}

}  // namespace
