// The quick way to a fact's statement gives the bytes of the plain way.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/xapi/from_competency.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::xapi {
namespace {

const SourceContext source{"7d9f4c1e-2b7c-4f43-9d43-0a0f6b1f5a10", "Trust \"LMS\"\n",
                           "https://lms.example/courses/"};

std::vector<Agent> agents() {
    return {{Agent::Ifi::mbox, "mailto:severn@trust.example", ""},
            {Agent::Ifi::mbox_sha1sum, "0123456789012345678901234567890123456789", ""},
            {Agent::Ifi::openid, "https://id.example/severn", ""},
            {Agent::Ifi::account, "1\\7", "https://lms.example/"}};
}

std::vector<Completion> completions() {
    std::vector<Completion> out;
    Completion plain;
    plain.who = {{"email", "", "severn@trust.example"}, {"esr-employee", "nymouth", "101"}};
    plain.activity_id = "fire safety/1";
    plain.key = "k\t1\x01\x7f é";
    out.push_back(plain);
    auto full = plain;
    full.activity_title = "Fire \"safety\" \\ Brand\u00e9";
    full.activity_type = "module";
    full.what = Completion::What::passed;
    full.occurred = *parse_when("2026-03-01T09:30:00+01:00");
    full.basis = "graded";
    full.zone = "Europe/London";
    full.score = {0.9, 9.25, 0, 10};
    full.attempt = 2;
    full.duration = "PT20M";
    full.expires = parse_day("2027-03-01");
    out.push_back(full);
    auto day = full;
    day.occurred = *parse_when("2026-03-01");
    day.what = Completion::What::failed;
    day.score = {{}, 11, 0, 10};  // outside: not passed on
    out.push_back(day);
    auto begun = plain;
    begun.what = Completion::What::in_progress;
    begun.activity_iri = "https://lms.example/x";
    begun.activity_type = "http://activitystrea.ms/schema/1.0/page";
    out.push_back(begun);
    auto held = plain;
    held.activity_type = competency_type;
    held.level = "3";
    held.how = "Observed";
    out.push_back(held);
    return out;
}

TEST(StatementText, IsWhatTheValueWouldDump) {
    for (const auto& completion : completions()) {
        for (const auto& agent : agents()) {
            const auto digest = digest_of(completion);
            const auto text = statement_text(completion, agent, source, 3, digest);
            const auto value = statement_of(completion, agent, source, 3);
            EXPECT_EQ(text.body, value.dump());
            EXPECT_EQ(text.id, value["id"]);
            EXPECT_EQ(text.actor, agent.key());
            EXPECT_EQ(text.activity, value["object"]["id"]);
            EXPECT_EQ(json::parse(text.definition), value["object"]["definition"]);
            EXPECT_EQ(text.verb, value["verb"]["id"]);
            EXPECT_EQ(text.score, read_statement(value).score.fraction());
            EXPECT_TRUE(validate_statement(value).empty()) << text.body;
        }
    }
}

TEST(StatementText, DigestsAreOverTheFactAndNotItsSpelling) {
    auto completion = completions()[1];
    const auto digest = digest_of(completion);
    std::swap(completion.who[0], completion.who[1]);
    completion.activity_title = "Another title";
    completion.basis.clear();
    EXPECT_EQ(digest_of(completion), digest);
    completion.attempt = 3;
    EXPECT_NE(digest_of(completion), digest);
}

// What is stored in the field must not seem changed after an upgrade.
TEST(StatementText, TheDigestOfAnOrdinaryCompletionStaysWhatItIs) {
    Completion c;
    c.who = {{"email", "", "severn@trust.example"}};
    c.activity_id = "AI-1";
    c.key = "k";
    c.occurred = *parse_when("2026-03-01");
    EXPECT_EQ(digest_of(c), sha256_hex(json{{"what", "completed"},
                                            {"activity", "AI-1"},
                                            {"occurred", "2026-03-01"},
                                            {"score", json::object()},
                                            {"attempt", 0},
                                            {"duration", ""},
                                            {"expires", ""},
                                            {"who", {{"email", "", "severn@trust.example"}}}}
                                           .dump()));
}

TEST(CompetencyHeld, IsACompletionOfTheCompetency) {
    const auto record = json::parse(R"({"who": [{"scheme": "esr-employee", "value": "20"}], "key": "20/fire",
        "competency": "NHS|CSTF|Fire", "level": "1", "from": "2025-02-03", "to": "2027-02-02", "how": "e-learning"})");
    const auto read = read_competency_held(record, source);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->activity_iri, "https://lms.example/courses/competency/NHS%7CCSTF%7CFire");
    EXPECT_EQ(read->what, Completion::What::completed);
    EXPECT_EQ(read->occurred.text(), "2025-02-03");
    EXPECT_EQ(read->expires, parse_day("2027-02-02"));
    auto other = record;
    other["level"] = "2";
    EXPECT_NE(digest_of(*read), digest_of(*read_competency_held(other, source)));
    for (const auto* member : {"who", "key", "competency"}) {
        auto without = record;
        without.erase(member);
        const auto refused = read_competency_held(without, source);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().where, std::string("/") + member);
    }
    auto wrong = record;
    wrong["to"] = "02/02/2027";
    EXPECT_EQ(read_competency_held(wrong, source).error().where, "/to");
}

// The same key, day and activity in two kinds are two facts.
TEST(CompetencyHeld, HasAnIdOfItsOwn) {
    auto held = completions()[0];
    held.activity_type = competency_type;
    EXPECT_NE(statement_of(held, agents()[0], source, 1)["id"],
              statement_of(completions()[0], agents()[0], source, 1)["id"]);
}

}  // namespace
}  // namespace capbridge::xapi
