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
                    {"score", {{"raw", 80}, {"min", 0}, {"max", 100}, {"scaled", 0.8}}}})
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
    EXPECT_EQ(where(attempt({{{"id", "s"}, {"success", "passed"}}, {{"id", "s"}, {"success", "failed"}}})),
              "/scos/1/id");
    EXPECT_EQ(where("text"), "");
    record["key"] =
        "a\x1f"
        "b";
    EXPECT_EQ(where(record), "/key");
}

ScormAttempt read(const json& record, const SourceContext& from = source) {
    auto out = read_scorm_attempt(record, from);
    EXPECT_TRUE(out) << (out ? "" : out.error().text());
    return out ? std::move(*out) : ScormAttempt{};
}

std::string verb_of_first(const json& sco) {
    const auto read = facts(json::array({sco}));
    if (read.empty()) return "none";
    const std::string verb = statement_of(read[0], actor, source, 1)["verb"]["id"];
    return verb.substr(verb.rfind('/') + 1);
}

TEST(FromScorm, WordsOfVersionOneTwoAreOneWordForTwoThings) {
    EXPECT_EQ(result_of({{"id", "s"}, {"status", "passed"}}), json({{"success", true}}));
    EXPECT_EQ(result_of({{"id", "s"}, {"status", "failed"}}), json({{"success", false}}));
    EXPECT_EQ(result_of({{"id", "s"}, {"status", "completed"}}), json({{"completion", true}}));
    EXPECT_EQ(result_of({{"id", "s"}, {"status", "browsed"}}), json::object());
    EXPECT_EQ(result_of({{"id", "s"}, {"status", "not attempted"}}), "no fact");
    for (const auto& [status, verb] :
         std::vector<std::pair<const char*, const char*>>{{"passed", "passed"},
                                                          {"failed", "failed"},
                                                          {"completed", "completed"},
                                                          {"incomplete", "progressed"},
                                                          {"browsed", "progressed"},
                                                          {"not attempted", "none"}})
        EXPECT_EQ(verb_of_first({{"id", "s"}, {"status", status}}), verb) << status;
}

TEST(FromScorm, ANoughtIsNoBeginning) {
    EXPECT_EQ(verb_of_first({{"id", "s"},
                             {"status", "not attempted"},
                             {"score", {{"raw", "0"}, {"min", "0"}, {"max", "100"}}},
                             {"time", "0000:00:00.00"}}),
              "none");
    EXPECT_EQ(verb_of_first({{"id", "s"}, {"score", {{"raw", 0}}}, {"completion", "incomplete"}}),
              "progressed");
    EXPECT_EQ(verb_of_first({{"id", "s"}, {"session_time", "00:00:01"}}), "progressed");
}

TEST(FromScorm, TheEditionDecidesWhatAMarkIsOf) {
    const json score{{"raw", "80"}}, of_a_hundred{{"raw", 80}, {"scaled", 0.8}}, of_nobody_knows{{"raw", 80}};
    const auto of = [&](json record) { return read(record).facts.at(0); };
    const auto scored = [&](const json& more, const char* edition) {
        json sco{{"id", "s"}, {"score", score}};
        sco.update(more);
        auto record = attempt(json::array({sco}));
        if (edition != nullptr) record["edition"] = edition;
        return statement_of(of(record), actor, source, 1)["result"]["score"];
    };
    EXPECT_EQ(scored({{"status", "passed"}}, nullptr), of_a_hundred);  // the word is 1.2's
    EXPECT_EQ(scored({{"completion", "completed"}}, nullptr), of_nobody_knows);
    EXPECT_EQ(scored({{"completion", "completed"}}, "1.2"), of_a_hundred);
    EXPECT_EQ(scored({{"status", "passed"}}, "2004"), of_nobody_knows);
    EXPECT_EQ(scored({{"edition", "1.2"}}, "2004"), of_a_hundred);
}

TEST(FromScorm, WhatIsOfNoUseIsLeftOutAndToldAndTheRestCounts) {
    const auto got = read(attempt({{{"id", "s"},
                                    {"status", "geschafft"},
                                    {"completion", "completed"},
                                    {"score", {{"raw", 120}, {"max", 100}}},
                                    {"time", "five minutes"},
                                    {"objectives",
                                     {{{"id", "o1"}, {"success", "perhaps"}, {"status", "passed"}},
                                      {{"id", ""}, {"status", "passed"}},
                                      {{"id", "o2"}, {"status", "failed"}},
                                      {{"id", "o2"}, {"status", "passed"}},
                                      "text"}}}}));
    ASSERT_EQ(got.facts.size(), 3U);
    EXPECT_EQ(statement_of(got.facts[0], actor, source, 1)["result"], json({{"completion", true}}));
    EXPECT_EQ(got.facts[1].key, scorm_key("a1", "s", "o1"));
    EXPECT_EQ(got.facts[2].what, Completion::What::passed);  // the last word
    std::vector<std::string> where;
    for (const auto& one : got.left_out) {
        where.push_back(one.where);
        EXPECT_EQ(one.why.find("geschafft"), std::string::npos);
    }
    EXPECT_EQ(where, (std::vector<std::string>{"/scos/0/time", "/scos/0/score/raw", "/scos/0/status",
                                               "/scos/0/objectives/1/id", "/scos/0/objectives/3/id",
                                               "/scos/0/objectives/4/id", "/scos/0/objectives/0/success"}));
}

TEST(FromScorm, BrowsingReviewingAndNoCreditChangeNothing) {
    for (const json& more :
         {json{{"mode", "browse"}}, json{{"mode", "review"}}, json{{"mode", "Review"}},
          json{{"credit", "no-credit"}}, json{{"credit", "NO_CREDIT"}, {"mode", "normal"}}}) {
        json sco{{"id", "s"},
                 {"status", "passed"},
                 {"score", {{"raw", 100}}},
                 {"objectives", {{{"id", "o"}, {"status", "passed"}}}}};
        sco.update(more);
        const auto got = read(attempt({sco, {{"id", "t"}, {"status", "passed"}}}));
        ASSERT_EQ(got.facts.size(), 1U) << more;
        EXPECT_EQ(got.facts[0].key, scorm_key("a1", "t"));
        ASSERT_EQ(got.unsaid, std::vector<std::string>{scorm_key("a1", "s")});
        EXPECT_TRUE(is_of(scorm_key("a1", "s"), got.unsaid[0]));
        EXPECT_TRUE(is_of(scorm_key("a1", "s", "o"), got.unsaid[0]));
        EXPECT_FALSE(is_of(scorm_key("a1", "s2"), got.unsaid[0]));
        ASSERT_EQ(got.left_out.size(), 1U);
        EXPECT_EQ(got.left_out[0].where, "/scos/0/mode");
        EXPECT_NE(got.left_out[0].why.find("only from what was told earlier"), std::string::npos);
    }
    const json counting{{"id", "s"}, {"status", "passed"}, {"mode", "normal"}, {"credit", "credit"}};
    EXPECT_EQ(verb_of_first(counting), "passed");
    EXPECT_TRUE(read(attempt(json::array({counting}))).left_out.empty());
}

TEST(FromScorm, AnObjectiveNamedAfterARequirementSaysSo) {
    auto knowing = source;
    knowing.requirement = [](std::string_view name) {
        return name == "t1-a-1" ? std::string("https://w3id.example/f/requirements/t1-a-1") : std::string();
    };
    const auto record = attempt({{{"id", "s"},
                                  {"objectives",
                                   {{{"id", "t1-a-1"}, {"status", "passed"}, {"description", "Trust"}},
                                    {{"id", "other"}, {"status", "passed"}}}}}});
    const auto got = read(record, knowing), without = read(record);
    ASSERT_EQ(got.facts.size(), 2U);
    const auto told = statement_of(got.facts[0], actor, knowing, 1);
    EXPECT_EQ(told["context"]["contextActivities"]["other"][0]["id"],
              "https://w3id.example/f/requirements/t1-a-1");
    EXPECT_EQ(told["object"]["definition"]["name"]["und"], "Trust");
    EXPECT_EQ(told["object"]["id"], "https://lms.example/fire/s/objectives/t1-a-1");
    EXPECT_FALSE(
        statement_of(got.facts[1], actor, knowing, 1)["context"]["contextActivities"].contains("other"));
    EXPECT_TRUE(validate_statement(told).empty());
    // With the framework it says more, so that it is another word.
    EXPECT_NE(digest_of(got.facts[0]), digest_of(without.facts[0]));
    EXPECT_EQ(digest_of(got.facts[1]), digest_of(without.facts[1]));
}

TEST(FromScorm, AnswersAreTakenOnlyWhenAskedForAndOneByOne) {
    const auto record =
        attempt({{{"id", "s"},
                  {"edition", "1.2"},
                  {"interactions",
                   {{{"id", "q1"},
                     {"type", "choice"},
                     {"student_response", "a,b"},
                     {"correct_responses", {"a,c"}},
                     {"result", "wrong"},
                     {"latency", "00:00:05"},
                     {"time", "09:30:00"}},
                    {{"id", "q1"}, {"type", "choice"}, {"student_response", "a,c"}, {"result", "correct"}},
                    {{"id", "q2"}, {"type", "numeric"}, {"result", "0.5"}},
                    {{"type", "choice"}}}}}});
    EXPECT_TRUE(read(record).facts.empty());
    auto asked = source;
    asked.interactions = true;
    const auto got = read(record, asked);
    ASSERT_EQ(got.facts.size(), 3U);
    EXPECT_EQ(got.facts[0].key, interaction_key("a1", "s", "q1", 1));
    EXPECT_EQ(got.facts[1].key, interaction_key("a1", "s", "q1", 2));
    EXPECT_EQ(attempt_of(got.facts[1].key), "a1");
    const auto said = statement_of(got.facts[0], actor, asked, 1);
    EXPECT_EQ(said["verb"]["id"], "http://adlnet.gov/expapi/verbs/responded");
    EXPECT_EQ(said["object"],
              json::parse(R"({"objectType":"Activity","id":"https://lms.example/fire/s/interactions/q1",
        "definition":{"type":"http://adlnet.gov/expapi/activities/cmi.interaction","interactionType":"choice",
                      "correctResponsesPattern":["a[,]c"]}})"));
    EXPECT_EQ(said["result"], json::parse(R"({"response":"a[,]b","success":false,"duration":"PT5S"})"));
    EXPECT_EQ(said["context"]["contextActivities"]["parent"][0]["id"], "https://lms.example/fire/s");
    EXPECT_EQ(said["timestamp"], "2026-03-01T09:00:00.000Z");  // the attempt's
    const auto number = statement_of(got.facts[2], actor, asked, 1);
    EXPECT_EQ(number["result"], json::parse(R"({"score":{"raw":0.5}})"));
    for (const auto& fact : got.facts) {
        const auto statement = statement_of(fact, actor, asked, 1);
        EXPECT_TRUE(validate_statement(statement).empty()) << statement;
        EXPECT_EQ(statement_text(fact, actor, asked, 1, digest_of(fact)).body, statement.dump());
    }
    EXPECT_NE(digest_of(got.facts[0]), digest_of(got.facts[1]));
    ASSERT_EQ(got.left_out.size(), 1U);
    EXPECT_EQ(got.left_out[0].where, "/scos/0/interactions/3/id");
}

TEST(FromScorm, ARowAboutAPartIsPlacedInItsPackage) {
    const auto placed = [](const json& activity, const char* what, const char* who = "severn@trust.example") {
        const json record{{"who", {{{"scheme", "email"}, {"value", who}}}},
                          {"activity", activity},
                          {"key", "r1"},
                          {"what", what},
                          {"occurred", {{"precision", "unknown"}}}};
        auto completion = *read_completion(record);
        place_in_package(record, source, completion);
        return completion;
    };
    const auto course = placed({{"id", "fire"}, {"title", "Fire"}}, "passed");
    EXPECT_FALSE(course.of_attempt);
    EXPECT_EQ(course.activity_title, "Fire");
    const auto sco = statement_of(placed({{"id", "fire"}, {"title", "Fire"}, {"sco", "item 1"}}, "completed"),
                                  actor, source, 1);
    EXPECT_EQ(sco["object"]["id"], "https://lms.example/fire/item%201");
    EXPECT_EQ(sco["object"]["definition"], json({{"type", "http://adlnet.gov/expapi/activities/lesson"}}));
    EXPECT_EQ(sco["result"], json({{"completion", true}}));
    const auto passed = placed({{"id", "fire"}, {"sco", "s"}, {"objective", "o/1"}}, "passed");
    const auto objective = statement_of(passed, actor, source, 1);
    // As an attempt would have told it.
    const auto same = facts({{{"id", "s"}, {"objectives", {{{"id", "o/1"}, {"status", "passed"}}}}}});
    EXPECT_EQ(objective["object"], statement_of(same.at(0), actor, source, 1)["object"]);
    EXPECT_EQ(objective["result"], json({{"success", true}}));
    EXPECT_EQ(objective["context"]["contextActivities"]["parent"][0]["id"], "https://lms.example/fire/s");
    EXPECT_TRUE(validate_statement(objective).empty());
    const auto of_course = placed({{"id", "fire"}, {"objective", "o1"}}, "failed");
    EXPECT_EQ(of_course.activity_iri, "https://lms.example/fire/objectives/o1");
    EXPECT_EQ(of_course.of_attempt->parent, "");
    // One attempt of one person, in however many rows; others have their own.
    EXPECT_EQ(passed.of_attempt->id, of_course.of_attempt->id);
    EXPECT_NE(passed.of_attempt->id,
              placed({{"id", "fire"}, {"sco", "s"}}, "passed", "x@y.example").of_attempt->id);
}

}  // namespace
}  // namespace capbridge::xapi
