// Which scope opens which resource, and whose statements and documents a caller sees.
#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

class IsolationTest : public LrsTest {
protected:
    int status_with(const std::string& who, const std::string& method, const std::string& target,
                    const std::string& body = {}) {
        authorization = who;
        return ask(method, target, body).status;
    }
    std::size_t visible_to(const std::string& who) {
        authorization = who;
        return found("").size();
    }
    const std::string state =
        "/xapi/activities/state?activityId=x:y&stateId=s&" + agent_parameter_of(agent());
    const std::string profile = "/xapi/activities/profile?activityId=x:y&profileId=p";
    const std::string agents = "/xapi/agents?" + agent_parameter_of(agent());
};

TEST_F(IsolationTest, EveryScopeOpensItsOwnResourcesOnly) {
    struct Row {
        std::string scope;
        int write, read, state_write, state_read, profile_write, profile_read, agents_read;
    };
    const std::vector<Row> rows{{"all", 200, 200, 204, 200, 204, 200, 200},
                                {"all/read", 403, 200, 403, 200, 403, 200, 200},
                                {"statements/write", 200, 403, 403, 403, 403, 403, 403},
                                {"statements/read", 403, 200, 403, 403, 403, 403, 200},
                                {"statements/read/mine", 403, 200, 403, 403, 403, 403, 200},
                                {"state", 403, 403, 204, 200, 403, 403, 403},
                                {"profile", 403, 403, 403, 403, 204, 200, 200},
                                {"read", 403, 403, 403, 403, 403, 403, 403}};
    for (const auto& row : rows) {
        const auto who = credential({row.scope});
        EXPECT_EQ(row.write, status_with(who, "POST", "/xapi/statements", statement().dump())) << row.scope;
        EXPECT_EQ(row.read, status_with(who, "GET", "/xapi/statements")) << row.scope;
        EXPECT_EQ(row.state_write, status_with(who, "POST", state, "{}")) << row.scope;
        EXPECT_EQ(row.state_read, status_with(who, "GET", state)) << row.scope;
        EXPECT_EQ(row.profile_write, status_with(who, "POST", profile, "{}")) << row.scope;
        EXPECT_EQ(row.profile_read, status_with(who, "GET", profile)) << row.scope;
        EXPECT_EQ(row.agents_read, status_with(who, "GET", agents)) << row.scope;
        EXPECT_EQ(row.scope == "read" || row.scope == "all" ? 200 : 403,
                  status_with(who, "GET", "/api/v1/runs"))
            << row.scope;
    }
}

TEST_F(IsolationTest, MineIsWhatTheCredentialWroteItself) {
    const auto one = credential({"statements/write", "statements/read/mine"});
    const auto two = credential({"statements/write", "statements/read/mine"});
    const auto given = statement();
    const std::string id = given["id"];
    EXPECT_EQ(200, status_with(one, "POST", "/xapi/statements", given.dump()));
    EXPECT_EQ(1u, visible_to(one));
    EXPECT_EQ(0u, visible_to(two));
    EXPECT_EQ(200, status_with(one, "GET", "/xapi/statements?statementId=" + id));
    EXPECT_EQ(404, status_with(two, "GET", "/xapi/statements?statementId=" + id));
    EXPECT_EQ(1u, visible_to(credential({"statements/read"})));
}

TEST_F(IsolationTest, ABoundCredentialSeesItsSourceAndNothingElse) {
    const auto unbound = authorization;
    const auto lms = source("lms"), other = source("other");
    const auto a = credential({"all"}, lms), again = credential({"all"}, lms), b = credential({"all"}, other);
    const auto given = statement();
    const std::string id = given["id"];
    EXPECT_EQ(200, status_with(a, "POST", "/xapi/statements", given.dump()));
    EXPECT_EQ(200, status_with(unbound, "POST", "/xapi/statements", statement().dump()));
    EXPECT_EQ(1u, visible_to(a));
    EXPECT_EQ(1u, visible_to(again)) << "of the same source";
    EXPECT_EQ(0u, visible_to(b));
    EXPECT_EQ(2u, visible_to(unbound));
    EXPECT_EQ(404, status_with(b, "GET", "/xapi/statements?statementId=" + id));

    const json voiding{{"actor", agent()},
                       {"verb", {{"id", "http://adlnet.gov/expapi/verbs/voided"}}},
                       {"object", {{"objectType", "StatementRef"}, {"id", id}}}};
    EXPECT_EQ(200, status_with(b, "POST", "/xapi/statements", voiding.dump()));
    EXPECT_EQ(200, status_with(a, "GET", "/xapi/statements?statementId=" + id)) << "not b's to void";
    EXPECT_EQ(200, status_with(again, "POST", "/xapi/statements", voiding.dump()));
    EXPECT_EQ(404, status_with(a, "GET", "/xapi/statements?statementId=" + id));

    EXPECT_EQ(204, status_with(a, "PUT", state, "{\"of\":\"a\"}"));
    EXPECT_EQ(200, status_with(again, "GET", state));
    EXPECT_EQ(404, status_with(b, "GET", state));
    EXPECT_EQ(404, status_with(unbound, "GET", state));
    EXPECT_EQ(204, status_with(b, "DELETE", state));
    EXPECT_EQ(200, status_with(a, "GET", state));
    EXPECT_EQ(403, status_with(a, "GET", "/api/v1/runs")) << "bound: xAPI only, whatever its scopes";
}

TEST_F(IsolationTest, BoundToASourceNothingIsMine) {
    const auto lms = source("lms");
    EXPECT_EQ(200, status_with(credential({"statements/write"}, lms), "POST", "/xapi/statements",
                               statement().dump()));
    const auto mine = credential({"statements/read/mine"}, lms);  // as an older release gave them out
    EXPECT_EQ(403, status_with(mine, "GET", "/xapi/statements")) << "it would be all of the source's";
    EXPECT_EQ(403, status_with(mine, "GET", agents));
    EXPECT_EQ(1u, visible_to(credential({"statements/read"}, lms)));
    const auto refused = world.refused(
        "credential.add", {{"name", "x"}, {"source", "lms"}, {"scopes", {"statements/read/mine"}}});
    EXPECT_EQ("/scopes", refused.where);
    EXPECT_NE(std::string::npos, refused.message.find("use statements/read"));
}

TEST_F(ServerTest, TheOwnerFollowsFromTheCredential) {
    const auto body = version + "Content-Type: application/json\r\n";
    EXPECT_EQ(200, send("POST", "/xapi/statements", basic("writer") + body, "{}").status);
    EXPECT_EQ("credential:writer", bridge.posts.back().owner);
    EXPECT_FALSE(bridge.posts.back().only_own);
    EXPECT_EQ(200, send("POST", "/xapi/statements", basic("bound") + body, "{}").status);
    EXPECT_EQ("source:" + FakeBridge::source, bridge.posts.back().owner);
    EXPECT_TRUE(bridge.posts.back().only_own);
    bridge.statements = 1;
    for (const auto& [who, owner] : std::vector<std::pair<std::string, std::optional<std::string>>>{
             {"reader", std::nullopt},
             {"all-read", std::nullopt},
             {"mine", "credential:mine"},
             {"bound", "source:" + FakeBridge::source}}) {
        EXPECT_EQ(200, get("/xapi/statements", basic(who) + version).status) << who;
        EXPECT_EQ(owner, bridge.queries.back().owner) << who;
        EXPECT_EQ(200,
                  get("/xapi/statements?statementId=" + FakeBridge::row(1).id, basic(who) + version).status);
        EXPECT_EQ(owner, bridge.owners.back()) << who;
    }
    EXPECT_EQ(403, get("/api/v1/matrix", basic("bound")).status);
}

TEST_F(ServerTest, ABearerTokenSpeaksForWhomItsIssuerSays) {
    const auto with = [&](const std::string& token) {
        return send(
            "POST", "/xapi/statements",
            "Authorization: Bearer " + token + "\r\n" + version + "Content-Type: application/json\r\n", "{}");
    };
    EXPECT_EQ(401, with("good").status) << "no issuer is configured";
    server->stop();
    server.reset();
    backend.check_token = [](std::string_view token) -> std::optional<engine::TokenPrincipal> {
        if (token == "good") return engine::TokenPrincipal{"token:issuer/1", {"statements/write"}, ""};
        if (token == "bound") return engine::TokenPrincipal{"token:issuer/2", {"all"}, FakeBridge::source};
        return std::nullopt;
    };
    EXPECT_EQ(200, with("good").status);
    EXPECT_EQ("token:issuer/1", bridge.posts.back().owner);
    EXPECT_EQ("token:issuer/1", bridge.who.back());
    EXPECT_EQ("token:issuer/1", bridge.authorities.back()["account"]["name"]);
    EXPECT_EQ(200, with("bound").status);
    EXPECT_EQ("source:" + FakeBridge::source, bridge.posts.back().owner);
    const auto bad = with("bad");
    EXPECT_EQ(401, bad.status);
    EXPECT_EQ("Bearer error=\"invalid_token\"", bad.header("www-authenticate"));
    EXPECT_EQ(403, get("/xapi/statements", "Authorization: bearer good\r\n" + version).status);
}

}  // namespace
}  // namespace capbridge::server::testing
