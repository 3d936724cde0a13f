#include "core/xapi/from_completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"

namespace capbridge::xapi {
namespace {

const SourceContext source{"7d9f4c1e-2b7c-4f43-9d43-0a0f6b1f5a10", "Trust LMS",
                           "https://lms.example/courses/"};
const Agent ann{Agent::Ifi::mbox, "mailto:ann@trust.example", ""};
const Agent account{Agent::Ifi::account, "17", "https://lms.example/"};

json record() {
    return json::parse(R"({
        "who": [{"scheme": "email", "value": " ann@trust.example "}, {"scheme": "esr-employee", "issuer": "nymouth", "value": "101"}],
        "activity": {"id": "fire safety/1", "title": "Fire safety", "type": "course"},
        "key": "k1", "what": "passed",
        "occurred": {"value": "2026-03-01T09:30:00+01:00", "precision": "instant", "basis": "finished", "zone": "Europe/London"},
        "score": {"scaled": 0.9, "raw": 9, "min": 0, "max": 10},
        "attempt": 2, "duration": "PT20M", "expires": "2027-03-01"})");
}

Completion completion(const json& from) {
    auto read = read_completion(from);
    EXPECT_TRUE(read) << (read ? "" : read.error().text());
    return read ? std::move(*read) : Completion{};
}

json edited(const std::string& pointer, const json& value) {
    auto out = record();
    out[json::json_pointer(pointer)] = value;
    return out;
}

std::string id_of(const Completion& c, const Agent& actor = ann, int revision = 1) {
    return statement_of(c, actor, source, revision)["id"];
}

TEST(ReadCompletion, ReadsEverything) {
    const auto c = completion(record());
    ASSERT_EQ(c.who.size(), 2u);
    EXPECT_EQ(c.who[0].value, "ann@trust.example");
    EXPECT_EQ(c.who[1].issuer, "nymouth");
    EXPECT_EQ(c.activity_id, "fire safety/1");
    EXPECT_EQ(c.what, Completion::What::passed);
    EXPECT_EQ(c.occurred.text(), "2026-03-01T08:30:00.000Z");
    EXPECT_EQ(c.score.raw, 9);
    EXPECT_EQ(c.attempt, 2);
    EXPECT_EQ(c.duration, "PT20M");
    EXPECT_EQ(c.expires, parse_day("2027-03-01"));
}

TEST(ReadCompletion, AWrongMemberIsToldByItsPointerAndNeverByItsValue) {
    const struct {
        std::string at;
        json value;
        std::string where;
    } all[] = {{"/who", json::array(), "/who"},
               {"/who", "SECRET", "/who"},
               {"/who", json::parse(R"([{"scheme": "email", "value": "  "}])"), "/who"},
               {"/who", json::parse(R"([{"value": "SECRET"}, "SECRET"])"), "/who"},
               {"/activity", json::object(), "/activity"},
               {"/activity", "SECRET", "/activity"},
               {"/activity/iri", "SECRET place", "/activity/iri"},
               {"/key", "", "/key"},
               {"/key", 17, "/key"},
               {"/what", "SECRET", "/what"},
               {"/what", nullptr, "/what"},
               {"/occurred/value", "SECRET", "/occurred/value"},
               {"/occurred/value", "2026-02-30", "/occurred/value"},
               {"/occurred/value", nullptr, "/occurred/value"},
               {"/duration", "SECRET", "/duration"},
               {"/expires", "SECRET", "/expires"},
               {"/expires", "2026-03-01SECRET", "/expires"}};
    for (const auto& one : all) {
        const auto read = read_completion(edited(one.at, one.value));
        ASSERT_FALSE(read) << one.at << " = " << one.value;
        EXPECT_EQ(read.error().code, "rejected_record");
        EXPECT_EQ(read.error().where, one.where);
        EXPECT_THAT(read.error().text(), testing::Not(testing::HasSubstr("SECRET")));
    }
    EXPECT_EQ(read_completion(json::array()).error().code, "rejected_record");
    EXPECT_EQ(read_completion(json::object()).error().where, "/who");
}

TEST(ReadCompletion, LittleIsNeeded) {
    const auto c = completion({{"who", {{{"scheme", "email"}, {"value", "a@b"}}}},
                               {"activity", {{"iri", "urn:x"}}},
                               {"key", "k"},
                               {"what", "completed"}});
    EXPECT_EQ(c.occurred, When{});
    EXPECT_EQ(c.activity_type, "course");
    EXPECT_EQ(c.attempt, 0);
    EXPECT_FALSE(c.expires);
    EXPECT_FALSE(c.score.raw || c.score.scaled);
}

TEST(ReadCompletion, ADayIsTheDayAsTheSourceWroteIt) {
    auto day = edited("/occurred", {{"precision", "day"}, {"value", "2026-03-01T00:30:00+01:00"}});
    EXPECT_EQ(completion(day).occurred.text(), "2026-03-01");
    day = edited("/occurred", {{"precision", "instant"}, {"value", "2026-03-01"}});
    EXPECT_EQ(completion(day).occurred.text(), "2026-03-01") << "midnight is never invented";
    EXPECT_EQ(completion(edited("/occurred", {{"precision", "unknown"}, {"value", "whenever"}})).occurred,
              When{});
    EXPECT_EQ(completion(edited("/expires", "2027-03-01T00:00:00+01:00")).expires, parse_day("2027-03-01"));
}

TEST(StatementOf, TellsTheFact) {
    const auto s = statement_of(completion(record()), ann, source, 1);
    EXPECT_EQ(s["actor"], (json{{"objectType", "Agent"}, {"mbox", "mailto:ann@trust.example"}}));
    EXPECT_EQ(s["verb"]["id"], verb::passed);
    EXPECT_EQ(s["verb"]["display"]["en"], "passed");
    EXPECT_EQ(s["object"]["id"], "https://lms.example/courses/fire%20safety%2F1");
    EXPECT_EQ(s["object"]["definition"]["name"]["und"], "Fire safety");
    EXPECT_EQ(s["result"], (json{{"completion", true},
                                 {"success", true},
                                 {"duration", "PT20M"},
                                 {"score", {{"scaled", 0.9}, {"raw", 9.0}, {"min", 0.0}, {"max", 10.0}}}}));
    EXPECT_EQ(s["timestamp"], "2026-03-01T08:30:00.000Z");
    const auto read = read_statement(s);
    EXPECT_EQ(read.occurred.text(), "2026-03-01T08:30:00.000Z");
    EXPECT_EQ(read.expires, parse_day("2027-03-01"));
    const auto& extensions = s["context"]["extensions"];
    EXPECT_EQ(extensions[std::string(extension::source)],
              (json{{"id", source.source_uuid}, {"key", "k1"}, {"revision", 1}}));
    EXPECT_EQ(extensions[std::string(extension::occurred)]["zone"], "Europe/London");
}

TEST(StatementOf, AnIriOfTheRecordGoesBeforeTheBase) {
    EXPECT_EQ(
        statement_of(completion(edited("/activity/iri", "urn:course:1")), ann, source, 1)["object"]["id"],
        "urn:course:1");
}

TEST(StatementOf, VerbsAndResultsFollowWhatHappened) {
    const auto of = [](const char* what) {
        return statement_of(completion(edited("/what", what)), ann, source, 1);
    };
    EXPECT_EQ(of("completed")["verb"]["id"], verb::completed);
    EXPECT_FALSE(of("completed")["result"].contains("success"));
    EXPECT_EQ(of("failed")["verb"]["id"], verb::failed);
    EXPECT_EQ(of("failed")["result"]["success"], false);
    EXPECT_EQ(of("in_progress")["verb"]["id"], verb::progressed);
    EXPECT_FALSE(of("in_progress")["result"].contains("completion"));
}

TEST(StatementOf, ADayIsNoTimestamp) {
    const auto s = statement_of(
        completion(edited("/occurred", {{"precision", "day"}, {"value", "2026-03-01"}})), ann, source, 1);
    EXPECT_FALSE(s.contains("timestamp"));
    EXPECT_EQ(read_statement(s).occurred.text(), "2026-03-01");
    const auto unknown = statement_of(completion(edited("/occurred", json::object())), ann, source, 1);
    EXPECT_FALSE(unknown.contains("timestamp"));
    EXPECT_EQ(read_statement(unknown).occurred, When{});
}

TEST(StatementOf, AScoreThatXapiRefusesIsDroppedAndTheFactIsKept) {
    const auto score = [](const json& value) {
        const auto s = statement_of(completion(edited("/score", value)), ann, source, 1);
        EXPECT_EQ(s["result"]["completion"], true);
        return s["result"].value("score", json());
    };
    EXPECT_EQ(score({{"raw", 11}, {"min", 0}, {"max", 10}}), json());
    EXPECT_EQ(score({{"raw", 11}, {"max", 10}, {"scaled", 0.5}}), (json{{"scaled", 0.5}}));
    EXPECT_EQ(score({{"raw", 5}, {"min", 10}, {"max", 0}}), json());
    EXPECT_EQ(score({{"scaled", 90}, {"raw", 90}}), (json{{"raw", 90.0}}));
    EXPECT_EQ(score({{"scaled", "0.9"}}), json());
    EXPECT_EQ(score("A"), json());
}

TEST(StatementId, TheSameFactHasTheSameId) {
    const auto id = id_of(completion(record()));
    EXPECT_TRUE(is_uuid(id));
    EXPECT_EQ(id_of(completion(record())), id);
    auto again = record();
    again["activity"]["title"] = "Fire Safety (new name)";
    again["occurred"]["value"] = "2026-03-01T08:30:00.000Z";
    again["score"]["raw"] = 9.0;
    std::swap(again["who"][0], again["who"][1]);
    EXPECT_EQ(id_of(completion(again)), id) << "another spelling of the same fact";
}

TEST(StatementId, AnotherFactHasAnother) {
    std::set<std::string> ids{id_of(completion(record()))};
    const std::pair<const char*, json> changes[] = {
        {"/what", "failed"},       {"/key", "k2"},
        {"/activity/id", "other"}, {"/occurred/value", "2026-03-02T08:30:00Z"},
        {"/score/raw", 8},         {"/attempt", 3},
        {"/duration", "PT21M"},    {"/expires", "2028-03-01"}};
    for (const auto& [pointer, value] : changes)
        EXPECT_TRUE(ids.insert(id_of(completion(edited(pointer, value)))).second) << pointer;
    auto other = source;
    other.source_uuid = "8d9f4c1e-2b7c-4f43-9d43-0a0f6b1f5a10";
    EXPECT_TRUE(ids.insert(statement_of(completion(record()), ann, other, 1)["id"]).second);
}

TEST(StatementId, ABAGivesThree) {
    const auto a = completion(record());
    const auto b = completion(edited("/what", "failed"));
    EXPECT_EQ((std::set<std::string>{id_of(a, ann, 1), id_of(b, ann, 2), id_of(a, ann, 3)}).size(), 3u);
}

TEST(StatementId, AnotherPersonHasAnother) {
    EXPECT_NE(id_of(completion(record()), ann), id_of(completion(record()), account));
}

TEST(DigestOf, IsOverTheFactAndNotItsWords) {
    const auto digest = digest_of(completion(record()));
    EXPECT_EQ(digest.size(), 64u);
    EXPECT_EQ(digest_of(completion(edited("/activity/title", "Another title"))), digest);
    EXPECT_NE(digest_of(completion(edited("/what", "failed"))), digest);
    auto fewer = record();
    fewer["who"].erase(1);
    EXPECT_NE(digest_of(completion(fewer)), digest);
}

TEST(Voiding, HasAnIdOfItsOwnForEachReason) {
    const std::string target = id_of(completion(record()));
    const auto s = voiding_statement(target, source, "revision 2");
    EXPECT_THAT(validate_statement(s), testing::IsEmpty());
    EXPECT_TRUE(read_statement(s).voids());
    EXPECT_EQ(read_statement(s).object_id, target);
    EXPECT_EQ(voiding_statement(target, source, "revision 2"), s);
    EXPECT_NE(voiding_statement(target, source, "withdrawn")["id"], s["id"]);
}

TEST(Generated, EveryStatementPassesValidation) {
    const auto none = json();
    int count = 0;
    for (const char* what : {"completed", "passed", "failed", "in_progress", "withdrawn"}) {
        for (const auto& occurred :
             {none, json{{"precision", "day"}, {"value", "2024-02-29"}},
              json{{"precision", "instant"}, {"value", "2026-03-01T23:59:59.999-11:00"}, {"basis", "b"}}}) {
            for (const auto& score :
                 {none, json{{"scaled", 7}}, json{{"raw", 5}}, json{{"raw", 11}, {"max", 10}},
                  json{{"min", 3}, {"max", 3}}, json{{"scaled", -1}, {"raw", 0}, {"min", 0}, {"max", 1}}}) {
                for (const auto& activity :
                     {json{{"id", "a b/ü|{}"}, {"title", "Ü \"x\"\n"}, {"type", "two words"}},
                      json{{"iri", "urn:x"}, {"type", ""}}, json{{"id", "%"}}}) {
                    for (const auto& actor : {ann, account}) {
                        auto r = record();
                        r["what"] = what;
                        r["occurred"] = occurred;
                        r["score"] = score;
                        r["activity"] = activity;
                        const auto s = statement_of(completion(r), actor, source, ++count);
                        const auto problems = validate_statement(s);
                        EXPECT_THAT(problems, testing::IsEmpty()) << problems_text(problems, s.dump());
                        EXPECT_EQ(read_statement(s).actor, actor);
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace capbridge::xapi
