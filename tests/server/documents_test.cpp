// State, Activity Profile and Agent Profile over HTTP (xAPI 1.0.3 part 3, 2.2, 2.3, 2.6, 2.7, 3.1).
#include <future>

#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

class DocumentsTest : public LrsTest {
protected:
    const std::string state =
        "/xapi/activities/state?activityId=https%3A%2F%2Fexample.org%2Fa&" + agent_parameter_of(agent());
    const std::string activity_profile = "/xapi/activities/profile?activityId=https%3A%2F%2Fexample.org%2Fa";
    const std::string agent_profile = "/xapi/agents/profile?" + agent_parameter_of(agent());
    const std::vector<std::pair<std::string, std::string>> all{
        {state, "&stateId="}, {activity_profile, "&profileId="}, {agent_profile, "&profileId="}};

    static std::string quoted_sha1(const std::string& body) { return "\"" + sha1_hex(body) + "\""; }
    static std::string if_match(const std::string& tag) { return "If-Match: " + tag + "\r\n"; }
    inline static const std::string if_none = "If-None-Match: *\r\n";
};

TEST_F(DocumentsTest, EveryKindIsPutReadListedAndRemoved) {
    for (const auto& [base, id] : all) {
        const auto one = base + id + "one";
        EXPECT_EQ(404, ask("GET", one).status) << base;
        const std::string bytes("\x00\xFF\x7F binary", 10);
        EXPECT_EQ(204, ask("PUT", one, bytes, if_none + "Content-Type: application/octet-stream\r\n").status);
        const auto read = ask("GET", one);
        EXPECT_EQ(200, read.status);
        EXPECT_EQ(bytes, read.body);
        EXPECT_EQ("application/octet-stream", read.header("content-type"));
        EXPECT_EQ(quoted_sha1(bytes), read.header("etag"));
        EXPECT_EQ("Mon, 01 Jun 2026 09:00:00 GMT", read.header("last-modified"));
        EXPECT_EQ("1.0.3", read.header("x-experience-api-version"));
        const auto head = ask("HEAD", one);
        EXPECT_EQ(200, head.status);
        EXPECT_EQ(read.header("etag"), head.header("etag"));
        EXPECT_EQ(std::to_string(bytes.size()), head.header("content-length"));
        EXPECT_EQ(204, ask("POST", base + id + "two", "{}").status);
        EXPECT_EQ(json({"one", "two"}), ask("GET", base).parsed());
        EXPECT_EQ(json::array(), ask("GET", base + "&since=2026-06-02T00:00:00Z").parsed());
        EXPECT_EQ(204, ask("DELETE", one).status);
        EXPECT_EQ(204, ask("DELETE", one).status) << "again";
        EXPECT_EQ(404, ask("GET", one).status);
    }
}

TEST_F(DocumentsTest, ParametersAreCheckedAndNamed) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"/xapi/activities/state?" + agent_parameter_of(agent()) + "&stateId=x", "activityId"},
        {"/xapi/activities/state?activityId=nonsense&" + agent_parameter_of(agent()) + "&stateId=x",
         "activityId"},
        {"/xapi/activities/state?activityId=x%3Ay&stateId=x", "agent"},
        {"/xapi/activities/state?activityId=x%3Ay&stateId=x&agent=7", "agent"},
        {"/xapi/activities/state?activityId=x%3Ay&stateId=x&agent=%7B%22mbox%22%3A%22ada%22%7D", "agent"},
        {state + "&stateId=x&registration=1", "registration"},
        {state + "&stateId=", "stateId"},
        {state + "&profileId=x", "profileId"},
        {activity_profile + "&profileId=x&" + agent_parameter_of(agent()), "agent"},
        {agent_profile + "&profileId=", "profileId"}};
    for (const auto& [target, name] : bad) {
        for (const auto* method : {"GET", "PUT", "POST", "DELETE"}) {
            const bool writes = std::string_view(method).starts_with('P');
            const auto answer = ask(method, target, writes ? "{}" : "", if_none);
            EXPECT_EQ(400, answer.status) << method << target;
            EXPECT_EQ(name, answer.parsed()["where"]) << method << target;
        }
    }
    EXPECT_EQ(400, ask("GET", state + "&since=yesterday").status);
    EXPECT_EQ(400, ask("PUT", state, "{}").status) << "no stateId";
    EXPECT_EQ(400, ask("POST", agent_profile, "{}").status);
    EXPECT_EQ(400, ask("DELETE", agent_profile).status) << "profiles go one by one";
    EXPECT_EQ(400, ask("DELETE", state + "&since=2026-01-01T00:00:00Z").status);
}

TEST_F(DocumentsTest, PostMergesTheTopLevelOfTwoJsonObjects) {
    const auto one = state + "&stateId=one";
    EXPECT_EQ(204, ask("POST", one, R"({"a":{"x":1,"y":2},"b":1})").status);
    EXPECT_EQ(204, ask("POST", one, R"({"a":{"x":3},"c":true})").status);
    EXPECT_EQ(json({{"a", {{"x", 3}}}, {"b", 1}, {"c", true}}), ask("GET", one).parsed());
    const auto before = ask("GET", one).header("etag");
    EXPECT_EQ(400, ask("POST", one, "[1]").status);
    EXPECT_EQ(400, ask("POST", one, "{\"a\":").status);
    EXPECT_EQ(400, ask("POST", one, "text", "Content-Type: text/plain\r\n").status);
    EXPECT_EQ(400, ask("PUT", one, "{\"a\":").status) << "says it is JSON";
    EXPECT_EQ(before, ask("GET", one).header("etag"));
    const auto text = state + "&stateId=text";
    EXPECT_EQ(204, ask("POST", text, "text", "Content-Type: text/plain\r\n").status)
        << "nothing to merge with";
    EXPECT_EQ(400, ask("POST", text, "{}").status);
    EXPECT_EQ("text", ask("GET", text).body);
}

TEST_F(DocumentsTest, AProfileIsNotPutBlindly) {
    for (const auto* spoken : {"1.0.3", "2.0.0"}) {
        edition = spoken;
        for (const auto& base : {activity_profile, agent_profile}) {
            const auto one = base + "&profileId=" + spoken;
            // 1.0.3 wants a precondition at all, 2.0 of whoever changes something.
            if (edition == "1.0.3") {
                EXPECT_EQ(400, ask("PUT", one, "{}").status);
            }
            EXPECT_EQ(204, ask("PUT", one, "{}", if_none).status);
            EXPECT_EQ(412, ask("PUT", one, "{\"a\":1}", if_none).status);
            const auto blind = ask("PUT", one, "{\"a\":1}");
            EXPECT_EQ(409, blind.status);
            EXPECT_NE("", blind.parsed()["message"]);
            EXPECT_EQ("{}", ask("GET", one).body);
        }
    }
}

TEST_F(DocumentsTest, AStateIsPutBlindlyIn103Only) {
    const auto one = state + "&stateId=one";
    EXPECT_EQ(204, ask("PUT", one, "{}").status);
    EXPECT_EQ(204, ask("PUT", one, "{\"a\":1}").status);
    edition = "2.0.0";
    EXPECT_EQ(409, ask("PUT", one, "{}").status);
    EXPECT_EQ(204, ask("PUT", state + "&stateId=new", "{}").status);
    EXPECT_EQ("{\"a\":1}", ask("GET", one).body);
}

TEST_F(DocumentsTest, IfMatchHoldsForEveryWayToChange) {
    const std::string wrong = "\"0000000000000000000000000000000000000000\"";
    for (const auto& [base, id] : all) {
        const auto one = base + id + "one";
        ASSERT_EQ(204, ask("POST", one, "{\"a\":1}").status);
        const auto tag = ask("GET", one).header("etag");
        EXPECT_EQ(412, ask("PUT", one, "{}", if_match(wrong)).status);
        EXPECT_EQ(412, ask("POST", one, "{}", if_match(wrong)).status);
        EXPECT_EQ(412, ask("DELETE", one, "", if_match(wrong)).status);
        EXPECT_EQ("{\"a\":1}", ask("GET", one).body);
        EXPECT_EQ(204, ask("PUT", one, "{\"a\":2}", if_match(wrong + ", " + tag)).status);
        const auto bare = sha1_hex("{\"a\":2}");
        EXPECT_EQ(204, ask("PUT", one, "{\"a\":3}", if_match(bare)).status) << "without quotes";
        EXPECT_EQ(204, ask("PUT", one, "{\"a\":4}", if_match("*")).status);
        EXPECT_EQ(412, ask("PUT", base + id + "none", "{}", if_match("*")).status);
        EXPECT_EQ(204, ask("DELETE", one, "", if_match(quoted_sha1("{\"a\":4}"))).status);
    }
}

TEST_F(DocumentsTest, AReaderThatHasItAlreadyIsTold304) {
    const auto one = state + "&stateId=one";
    ASSERT_EQ(204, ask("PUT", one, "{}").status);
    const auto same = ask("GET", one, "", "If-None-Match: " + quoted_sha1("{}") + "\r\n");
    EXPECT_EQ(304, same.status);
    EXPECT_EQ("", same.header("content-length"));
    EXPECT_EQ(quoted_sha1("{}"), same.header("etag"));
    EXPECT_EQ(200, ask("GET", one, "", "If-None-Match: \"x\"\r\n").status);
    EXPECT_EQ(412, ask("GET", one, "", if_match("\"x\"")).status);
}

TEST_F(DocumentsTest, RegistrationsKeepStatesApart) {
    const auto a = "&registration=" + uuid_v4(), b = "&registration=" + uuid_v4();
    EXPECT_EQ(204, ask("PUT", state + a + "&stateId=s", "{\"r\":\"a\"}").status);
    EXPECT_EQ(204, ask("PUT", state + b + "&stateId=s", "{\"r\":\"b\"}").status);
    EXPECT_EQ(404, ask("GET", state + "&stateId=s").status);
    EXPECT_EQ("b", ask("GET", state + b + "&stateId=s").parsed()["r"]);
    EXPECT_EQ(204, ask("DELETE", state + a).status) << "all of that registration";
    EXPECT_EQ(404, ask("GET", state + a + "&stateId=s").status);
    EXPECT_EQ(200, ask("GET", state + b + "&stateId=s").status);
    EXPECT_EQ(204, ask("DELETE", state).status) << "all";
    EXPECT_EQ(404, ask("GET", state + b + "&stateId=s").status);
}

// Players go on saving: they are answered as before, and nothing of it is kept.
TEST_F(DocumentsTest, NothingIsKeptForSomebodyErased) {
    world.ask("people.import", {{"csv",
                                 "employee_number,name,email,unit,staff_group,job_role,from\n"
                                 "2001,Ada Erased,ada@example.org,Ward,Medical and "
                                 "Dental,Consultant,2020-01-01\n"},
                                {"issuer", "demo"}});
    EXPECT_EQ(204, ask("PUT", state + "&stateId=before", "{}").status);
    world.ask("person.erase", {{"person", "esr-employee:demo:2001"}, {"reason", "asked"}});
    EXPECT_EQ(404, ask("GET", state + "&stateId=before").status);
    for (const auto* method : {"PUT", "POST"}) {
        EXPECT_EQ(204, ask(method, state + "&stateId=s", R"({"name":"Ada"})").status) << method;
        EXPECT_EQ(204, ask(method, agent_profile + "&profileId=s", R"({"name":"Ada"})", if_none).status)
            << method;
        EXPECT_EQ(404, ask("GET", state + "&stateId=s").status) << method;
        EXPECT_EQ(404, ask("GET", agent_profile + "&profileId=s").status) << method;
    }
    EXPECT_EQ(400, ask("PUT", state + "&stateId=s", "{", "Content-Type: application/json\r\n").status)
        << "what is wrong is said as before";
    const auto bob = "/xapi/agents/profile?" + agent_parameter_of(agent("bob")) + "&profileId=s";
    EXPECT_EQ(204, ask("PUT", bob, "{}", if_none).status);
    EXPECT_EQ(200, ask("GET", bob).status) << "others go on";
}

TEST_F(DocumentsTest, AContentTypeThatIsNoHeaderIsRefused) {
    const auto one = state + "&stateId=one";
    const auto put = [&](const std::string& type) {
        return ask("PUT", one, "x", "Content-Type: " + type + "\r\n");
    };
    const auto refused = put("text/" + std::string(1100, 'x'));
    EXPECT_EQ(400, refused.status);
    EXPECT_EQ("Content-Type", refused.parsed()["where"]);
    EXPECT_EQ(400, put("text/caf\xC3\xA9").status);
    EXPECT_EQ(404, ask("GET", one).status);
    EXPECT_EQ(204, put("text/" + std::string(1000, 'x')).status);
    EXPECT_EQ("text/" + std::string(1000, 'x'), ask("GET", one).header("content-type"));
}

TEST_F(DocumentsTest, WhatIsStoredBadlyIsServedAsBytes) {
    for (const auto& type : {"text/" + std::string(100'000, 'x'), std::string("text/plain\r\nX-Evil: 1")}) {
        store::DocumentKey key;
        key.kind = store::DocumentKey::Kind::activity_profile;
        key.activity = "https://example.org/a";
        key.id = "old";
        std::promise<bool> stored;
        world.bridge->store().documents().put(
            key, {type, "bytes"}, {}, world.bridge->now(),
            [&](const Status& done) { stored.set_value(done.has_value()); });
        ASSERT_TRUE(stored.get_future().get());
        for (const auto* method : {"GET", "HEAD"}) {
            const auto read = ask(method, activity_profile + "&profileId=old");
            EXPECT_EQ(200, read.status) << method;
            EXPECT_EQ("application/octet-stream", read.header("content-type"));
            EXPECT_EQ("", read.header("x-evil"));
        }
    }
}

}  // namespace
}  // namespace capbridge::server::testing
