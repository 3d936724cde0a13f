#include "core/xapi/statement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/ids.hpp"
#include "sample.hpp"

namespace capbridge::xapi {

void PrintTo(const Key& key, std::ostream* out) {
    *out << static_cast<int>(key.kind) << " " << key.value;
}

namespace {

using Ifi = Agent::Ifi;
using Kind = Key::Kind;
using Precision = When::Precision;

json with_extension(std::string_view name, const json& value) {
    auto statement = small_statement();
    statement["timestamp"] = "2026-05-05T05:05:05Z";
    statement["context"]["extensions"][std::string(name)] = value;
    return statement;
}

TEST(ReadStatement, ReadsTheTypedView) {
    const auto s = read_statement(full_statement());
    EXPECT_EQ(s.id, "fd41c918-b88b-4b20-a0a5-a4c32391aaa0");
    EXPECT_EQ(s.actor, (Agent{Ifi::mbox, "mailto:team@trust.example", ""}));
    EXPECT_EQ(s.verb, verb::completed);
    EXPECT_EQ(s.object_type, "Activity");
    EXPECT_EQ(s.object_id, "https://lms.example/course/1");
    EXPECT_EQ(s.completion, true);
    EXPECT_EQ(s.success, true);
    EXPECT_EQ(s.score.scaled, 0.5);
    EXPECT_EQ(s.score.raw, 5);
    EXPECT_EQ(s.score.min, 0);
    EXPECT_EQ(s.score.max, 10);
    EXPECT_EQ(s.registration, "ec531277-b57b-4c15-8d91-d292c5b2b8f7");
    EXPECT_EQ(s.occurred.text(), "2026-03-01T08:30:00.000Z");
    EXPECT_FALSE(s.expires);
    EXPECT_FALSE(s.voids());
}

TEST(ReadStatement, WhatIsNotThereIsNotInvented) {
    const auto s = read_statement(small_statement());
    EXPECT_EQ(s.id, "");
    EXPECT_EQ(s.object_type, "Activity");
    EXPECT_FALSE(s.completion || s.success || s.score.scaled || s.score.raw || s.expires);
    EXPECT_EQ(s.registration, "");
    EXPECT_EQ(s.occurred, When{});
}

TEST(ReadStatement, VoidsOnlyAStatementRef) {
    auto voiding = small_statement();
    voiding["verb"]["id"] = verb::voided;
    EXPECT_FALSE(read_statement(voiding).voids());
    voiding["object"] = {{"objectType", "StatementRef"}, {"id", "6690E6C9-3ef0-4ed3-8b37-7f3964730bee"}};
    EXPECT_TRUE(read_statement(voiding).voids());
    EXPECT_EQ(read_statement(voiding).object_id, "6690e6c9-3ef0-4ed3-8b37-7f3964730bee");
}

TEST(OccurredExtension, GoesBeforeTheTimestamp) {
    const auto occurred = [](const json& value) {
        return read_statement(with_extension(extension::occurred, value)).occurred;
    };
    EXPECT_EQ(occurred({{"precision", "day"}, {"value", "2026-03-01"}}), *parse_when("2026-03-01"));
    EXPECT_EQ(occurred({{"precision", "instant"}, {"value", "2026-03-01T09:30:00+01:00"}}).text(),
              "2026-03-01T08:30:00.000Z");
    EXPECT_EQ(occurred({{"precision", "unknown"}}), When{}) << "the timestamp is then only the store's";
    EXPECT_EQ(occurred({{"precision", "day"}, {"value", "2026-03-01T00:30:00+01:00"}}).text(), "2026-03-01")
        << "the day as written";
}

TEST(OccurredExtension, ThatSaysNothingLeavesTheTimestamp) {
    for (const char* text : {"null", "\"2026-03-01\"", "{}", R"({"precision":"day","value":"March"})",
                             R"({"precision":"day","value":5})", "[]"}) {
        EXPECT_EQ(read_statement(with_extension(extension::occurred, json::parse(text))).occurred.text(),
                  "2026-05-05T05:05:05.000Z")
            << text;
    }
}

TEST(ExpiresExtension, IsADay) {
    EXPECT_EQ(read_statement(with_extension(extension::expires, "2027-03-01")).expires,
              parse_day("2027-03-01"));
    for (const char* text : {"null", "\"soon\"", "5", "{}"}) {
        EXPECT_FALSE(read_statement(with_extension(extension::expires, json::parse(text))).expires) << text;
    }
}

TEST(Score, FractionIsScaledOrFollowsFromTheRange) {
    EXPECT_EQ((Score{0.7, 1, 0, 10}).fraction(), 0.7);
    EXPECT_EQ((Score{{}, 5, {}, 10}).fraction(), 0.5);
    EXPECT_EQ((Score{{}, 15, 10, 20}).fraction(), 0.5);
    EXPECT_FALSE((Score{{}, 5, {}, {}}).fraction());
    EXPECT_FALSE((Score{{}, 5, 5, 5}).fraction());
    EXPECT_FALSE(Score{}.fraction());
}

TEST(AgentKey, RoundTrips) {
    const Agent all[] = {{Ifi::mbox, "mailto:a@b", ""},
                         {Ifi::mbox_sha1sum, "ebd31e95054c018b10727ccffd2ef2ec3a016ee9", ""},
                         {Ifi::openid, "https://id.example/A|b", ""},
                         {Ifi::account, "17|x", "https://lms.example/"},
                         {Ifi::account, "", "https://lms.example/"}};
    for (const auto& agent : all) {
        EXPECT_EQ(agent_from_key(agent.key()), agent) << agent.key();
        EXPECT_EQ(read_agent(agent.to_json()), agent) << agent.key();
    }
    EXPECT_EQ(all[3].key(), "account|https://lms.example/|17|x");
    EXPECT_EQ(Agent{}.key(), "");
    for (const char* key : {"", "mbox", "account|https://lms.example/", "phone|1"})
        EXPECT_FALSE(agent_from_key(key)) << key;
}

TEST(ReadAgent, IgnoresTheCaseOfMailboxes) {
    EXPECT_EQ(read_agent({{"mbox", "mailto:Ann@Trust.EXAMPLE"}, {"name", "Ann"}}),
              (Agent{Ifi::mbox, "mailto:ann@trust.example", ""}));
    EXPECT_EQ(read_agent({{"mbox_sha1sum", "EBD3"}}).value, "ebd3");
    EXPECT_EQ(read_agent({{"openid", "https://id.example/A"}}).value, "https://id.example/A")
        << "the rest keeps its case";
    EXPECT_EQ(read_agent({{"objectType", "Group"}, {"member", json::array()}}), Agent{});
    EXPECT_EQ(read_agent("x"), Agent{});
}

std::vector<std::string> values(const json& statement, Kind kind) {
    std::vector<std::string> out;
    for (const auto& key : keys_of(statement)) {
        if (key.kind == kind) out.push_back(key.value);
    }
    return out;
}

TEST(KeysOf, FindAStatementByAllThatItNames) {
    using testing::UnorderedElementsAre;
    const auto& s = full_statement();
    const std::string team = "mbox|mailto:team@trust.example", a = "account|https://lms.example/|17",
                      b = "openid|https://id.example/b";
    const std::string c = "mbox_sha1sum|ebd31e95054c018b10727ccffd2ef2ec3a016ee9";
    EXPECT_THAT(values(s, Kind::actor), UnorderedElementsAre(team, a, b, c))
        << "a group is found by its members";
    EXPECT_THAT(values(s, Kind::any_agent),
                UnorderedElementsAre(
                    team, a, b, c, "mbox|mailto:teacher@trust.example", "account|https://lms.example/|team",
                    "account|https://oauth.example/|client", "mbox|mailto:owner@trust.example"));
    EXPECT_THAT(values(s, Kind::object_activity), UnorderedElementsAre("https://lms.example/course/1"));
    EXPECT_THAT(values(s, Kind::any_activity),
                UnorderedElementsAre("https://lms.example/course/1", "https://lms.example/parent",
                                     "https://lms.example/group", "https://lms.example/group2"));
    EXPECT_THAT(values(s, Kind::verb), UnorderedElementsAre(verb::completed));
    EXPECT_THAT(values(s, Kind::registration), UnorderedElementsAre("ec531277-b57b-4c15-8d91-d292c5b2b8f7"));
}

TEST(KeysOf, OfASubStatementAreOnlyRelated) {
    auto inner = full_statement();
    for (const char* member : {"id", "version", "stored", "authority"}) inner.erase(member);
    inner["objectType"] = "SubStatement";
    auto outer = small_statement();
    outer["verb"]["id"] = "urn:planned";
    outer["object"] = inner;
    EXPECT_THAT(values(outer, Kind::actor), testing::ElementsAre("mbox|mailto:ann@trust.example"));
    EXPECT_THAT(values(outer, Kind::any_agent), testing::SizeIs(7));
    EXPECT_THAT(values(outer, Kind::object_activity), testing::IsEmpty());
    EXPECT_THAT(values(outer, Kind::any_activity), testing::SizeIs(4));
    EXPECT_THAT(values(outer, Kind::verb), testing::ElementsAre("urn:planned"));
    EXPECT_THAT(values(outer, Kind::registration), testing::IsEmpty());
}

TEST(KeysOf, AnAgentAsObjectIsFoundLikeAnActorAndNoKeyComesTwice) {
    auto s = small_statement();
    s["object"] = {{"objectType", "Agent"}, {"mbox", "mailto:bob@trust.example"}};
    EXPECT_THAT(values(s, Kind::actor), testing::UnorderedElementsAre("mbox|mailto:ann@trust.example",
                                                                      "mbox|mailto:bob@trust.example"));
    s["object"] = {{"objectType", "Agent"}, {"mbox", "mailto:ANN@trust.example"}};
    EXPECT_THAT(keys_of(s), testing::SizeIs(3));
}

TEST(CompleteStatement, SetsWhatAStoreMustSet) {
    const json authority{{"mbox", "mailto:lrs@trust.example"}};
    auto small = small_statement();
    complete_statement(small, authority);
    EXPECT_TRUE(is_uuid(small["id"].get<std::string>()));
    EXPECT_EQ(small["version"], "1.0.0");
    EXPECT_EQ(small["authority"], authority);
    auto full = full_statement();
    complete_statement(full, authority);
    EXPECT_EQ(full["id"], "fd41c918-b88b-4b20-a0a5-a4c32391aaa0");
    EXPECT_EQ(full["version"], "1.0.3");
    EXPECT_EQ(full["authority"], authority) << "what a client claims to be does not count";
    EXPECT_FALSE(full.contains("stored"));
    EXPECT_THAT(validate_statement(small), testing::IsEmpty());
}

TEST(WithStored, AddsTheTimesOfTheCommit) {
    const auto at = *parse_instant("2026-03-01T08:30:00.120Z");
    auto s = small_statement();
    s["result"]["response"] = "} {";
    auto read = json::parse(with_stored(s.dump(), at, false));
    EXPECT_EQ(read["stored"], "2026-03-01T08:30:00.120Z");
    EXPECT_EQ(read["timestamp"], read["stored"]);
    EXPECT_THAT(validate_statement(read), testing::IsEmpty());
    read.erase("stored");
    read.erase("timestamp");
    EXPECT_EQ(read, s);
    s["timestamp"] = "2026-01-01T00:00:00Z";
    EXPECT_EQ(json::parse(with_stored(s.dump(2) + "\n", at, true))["timestamp"], "2026-01-01T00:00:00Z");
}

TEST(Equivalent, PassesOverWhatAStoreSetsAndWhatMayBeToldOtherwise) {
    const auto& a = full_statement();
    auto b = a;
    for (const char* member : {"stored", "authority", "version"}) b.erase(member);
    b["id"] = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
    b["timestamp"] = "2026-03-01T08:30:00.000Z";
    b["object"].erase("objectType");
    b["object"]["definition"] = {{"name", {{"en", "Another name"}}}};
    b["verb"].erase("display");
    EXPECT_TRUE(equivalent(a, b));
    b.erase("timestamp");
    EXPECT_TRUE(equivalent(a, b)) << "one side left it to the store";
    EXPECT_TRUE(equivalent(b, a));
}

TEST(Equivalent, TellsOtherFactsApart) {
    const auto& a = full_statement();
    for (const auto& [pointer, value] :
         std::map<std::string, json>{{"/timestamp", "2026-03-01T09:30:01+01:00"},
                                     {"/verb/id", verb::failed},
                                     {"/object/id", "https://lms.example/course/2"},
                                     {"/actor/mbox", "mailto:other@trust.example"},
                                     {"/result/success", false},
                                     {"/context/extensions", json::object()}}) {
        auto b = a;
        b[json::json_pointer(pointer)] = value;
        EXPECT_FALSE(equivalent(a, b)) << pointer;
    }
}

}  // namespace
}  // namespace capbridge::xapi
