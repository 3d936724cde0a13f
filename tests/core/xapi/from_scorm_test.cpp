#include "core/xapi/from_scorm.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace capbridge::xapi {
namespace {

const SourceContext source{"7d9f4c1e-2b7c-4f43-9d43-0a0f6b1f5a10", "Trust LMS", "https://lms.example/"};
const Agent actor{Agent::Ifi::mbox, "mailto:severn@trust.example", ""};

json attempt(const json& scos) {
    return {{"who", {{{"scheme", "email"}, {"value", "severn@trust.example"}}}},
            {"activity", {{"id", "fire"}, {"title", "Fire"}}},
            {"key", "a1"},
            {"attempt", 2},
            {"occurred", {{"value", "2026-03-01T09:00:00Z"}, {"precision", "instant"}}},
            {"scos", scos}};
}

std::vector<Completion> facts(const json& scos) {
    auto read = read_scorm_attempt(attempt(scos), source);
    EXPECT_TRUE(read) << (read ? "" : read.error().text());
    return read ? std::move(read->facts) : std::vector<Completion>{};
}

json result_of(const json& sco) {
    const auto read = facts(json::array({sco}));
    if (read.empty()) return "no fact";
    return statement_of(read[0], actor, source, 1).value("result", json::object());
}

TEST(FromScorm, WhatIsUnknownIsLeftOutAndNeverFalse) {
    EXPECT_EQ(result_of({{"id", "s"}, {"completion", "completed"}, {"success", "unknown"}}),
              json({{"completion", true}}));
    EXPECT_EQ(result_of({{"id", "s"}, {"completion", "unknown"}, {"success", "passed"}}),
              json({{"success", true}}));
    EXPECT_EQ(result_of({{"id", "s"}, {"completion", "incomplete"}, {"success", "failed"}}),
              json({{"success", false}}));
    EXPECT_EQ(result_of({{"id", "s"}, {"completion", "incomplete"}}), json::object());
    EXPECT_EQ(result_of({{"id", "s"},
                         {"completion", "completed"},
                         {"success", "passed"},
                         {"time", "PT5M"},
                         {"score", {{"raw", 80}, {"min", 0}, {"max", 100}}}}),
              json({{"completion", true},
                    {"success", true},
                    {"duration", "PT5M"},
                    {"score", {{"raw", 80}, {"min", 0}, {"max", 100}}}})
                  .get<json>());
    EXPECT_EQ(result_of({{"id", "s"}, {"completion", "not_attempted"}, {"success", "unknown"}}), "no fact");
    EXPECT_EQ(result_of({{"id", "s"}}), "no fact");
}

TEST(FromScorm, VerbsFollowTheStatus) {
    const auto read = facts({{{"id", "a"}, {"success", "passed"}},
                             {{"id", "b"}, {"success", "failed"}, {"completion", "completed"}},
                             {{"id", "c"}, {"completion", "completed"}},
                             {{"id", "d"}, {"completion", "incomplete"}},
                             {{"id", "e"}, {"score", {{"scaled", 0.5}}}}});
    std::vector<std::string> verbs;
    for (const auto& fact : read) {
        const std::string verb = statement_of(fact, actor, source, 1)["verb"]["id"];
        verbs.push_back(verb.substr(verb.rfind('/') + 1));
    }
    EXPECT_EQ(verbs, (std::vector<std::string>{"passed", "failed", "completed", "progressed", "progressed"}));
}

TEST(FromScorm, ObjectivesStandBelowTheirScoAsTheProfileSays) {
    const auto read = facts({{{"id", "sco 1"},
                              {"title", "Part one"},
                              {"completion", "completed"},
                              {"objectives", {{{"id", "o/1"}, {"success", "passed"}}, {{"id", "o2"}}}}}});
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].key, scorm_key("a1", "sco 1"));
    EXPECT_EQ(read[1].key, scorm_key("a1", "sco 1", "o/1"));
    EXPECT_EQ(attempt_of(read[1].key), "a1");
    const auto sco = statement_of(read[0], actor, source, 1),
               objective = statement_of(read[1], actor, source, 1);
    EXPECT_EQ(sco["object"]["id"], "https://lms.example/fire/sco%201");
    EXPECT_EQ(sco["object"]["definition"]["type"], "http://adlnet.gov/expapi/activities/lesson");
    EXPECT_EQ(sco["object"]["definition"]["name"]["und"], "Part one");
    EXPECT_EQ(objective["object"]["id"], "https://lms.example/fire/sco%201/objectives/o%2F1");
    EXPECT_EQ(objective["object"]["definition"]["type"], "http://adlnet.gov/expapi/activities/objective");
    const auto& around = objective["context"]["contextActivities"];
    EXPECT_EQ(around["parent"][0]["id"], sco["object"]["id"]);
    EXPECT_EQ(around["category"][0]["id"], "https://w3id.org/xapi/scorm");
    EXPECT_EQ(around["grouping"][0]["id"], "https://lms.example/fire");
    EXPECT_EQ(around["grouping"][1]["definition"]["type"], "http://adlnet.gov/expapi/activities/attempt");
    EXPECT_FALSE(sco["context"]["contextActivities"].contains("parent"));
    for (const auto& statement : {sco, objective}) EXPECT_TRUE(validate_statement(statement).empty());
    EXPECT_EQ(statement_text(read[1], actor, source, 1, digest_of(read[1])).body, objective.dump());
}

TEST(FromScorm, BadAttemptsAreRefusedByPlace) {
    const auto where = [](const json& record) {
        const auto read = read_scorm_attempt(record, source);
        return read ? std::string("good") : read.error().where;
    };
    auto record = attempt({{{"id", "s"}, {"completion", "completed"}}});
    EXPECT_EQ(where(record), "good");
    for (const auto& [member, place] : std::vector<std::pair<std::string, std::string>>{
             {"who", "/who"}, {"key", "/key"}, {"activity", "/activity"}, {"scos", "/scos"}}) {
        auto without = record;
        without.erase(member);
        EXPECT_EQ(where(without), place);
    }
    EXPECT_EQ(where(attempt({{{"title", "no id"}}})), "/scos/0/id");
    EXPECT_EQ(where(attempt({{{"id", "s"}, {"time", "five minutes"}}})), "/scos/0/time");
    EXPECT_EQ(where(attempt({{{"id", "s"}, {"success", "passed"}}, {{"id", "s"}, {"success", "failed"}}})),
              "/scos/1/id");
    EXPECT_EQ(where("text"), "");
    record["key"] =
        "a\x1f"
        "b";
    EXPECT_EQ(where(record), "/key");
}

}  // namespace
}  // namespace capbridge::xapi
