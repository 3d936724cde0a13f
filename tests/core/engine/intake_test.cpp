// What each kind of record becomes.
#include <gtest/gtest.h>

#include "core/engine/intake_world.hpp"

namespace capbridge::engine {
namespace {

const std::string one = "11111111-1111-4111-8111-111111111111", two = "22222222-2222-4222-8222-222222222222";

class IntakeKinds : public testing::Test {
protected:
    IntakeWorld w;
};

json who(int person) {
    return json::array(
        {{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", std::to_string(1000 + person)}}});
}

json held(int person, const std::string& to = "2027-01-31") {
    return {{"who", who(person)},
            {"key", std::to_string(person) + "/c1"},
            {"competency", "c1"},
            {"from", "2025-02-01"},
            {"to", to}};
}

json attempt(const std::vector<json>& scos, const std::string& key = "a1") {
    return {{"who", who(1)}, {"activity", {{"id", "fire"}}}, {"key", key}, {"attempt", 1}, {"scos", scos}};
}

json statement(const std::string& id, const std::string& verb = "completed",
               const json& more = json::object()) {
    json out{{"id", id},
             {"actor", {{"mbox", "mailto:severn@trust.example"}}},
             {"verb", {{"id", "http://adlnet.gov/expapi/verbs/" + verb}}},
             {"object", {{"id", "https://lms.example/AI-1"}}},
             {"timestamp", "2026-03-01T09:00:00Z"},
             {"version", "1.0.0"}};
    out.update(more);
    return {{"statement", out}};
}

json voiding(const std::string& id, const std::string& target) {
    return statement(id, "voided", {{"object", {{"objectType", "StatementRef"}, {"id", target}}}});
}

TEST_F(IntakeKinds, ACompetencyThatIsHeldIsAFactWithItsDaysAndName) {
    const IntakeWorld::Records pull{{"competency_definition", {{"id", "c1"}, {"name", "Fire safety"}}},
                                    {"competency_held", held(1)}};
    auto done = w.intake(pull);
    ASSERT_TRUE(done.status);
    EXPECT_EQ(done.counts.added, 1U);
    EXPECT_EQ(done.counts.catalogue, 1U);
    ASSERT_EQ(w.standing().size(), 1U);
    const auto fact = w.standing().begin()->second;
    EXPECT_EQ(fact["object"]["id"], "https://lms.example/competency/c1");
    EXPECT_EQ(fact["object"]["definition"]["name"]["und"], "Fire safety");
    EXPECT_EQ(fact["context"]["extensions"]["https://w3id.org/capbridge/extensions/expires"], "2027-01-31");
    EXPECT_EQ(w.intake(pull).counts.same, 2U);
    done = w.intake({{"competency_held", held(1, "2028-01-31")}});
    EXPECT_EQ(done.counts.changed, 1U);
    EXPECT_EQ(w.standing().begin()->second["object"]["definition"]["name"]["und"], "Fire safety");
    EXPECT_EQ(w.intake({{"withdraw", {{"kind", "completion"}, {"key", "1/c1"}}}}).counts.withdrawn, 0U);
    EXPECT_EQ(w.intake({{"withdraw", {{"kind", "competency_held"}, {"key", "1/c1"}}}}).counts.withdrawn, 1U);
    EXPECT_TRUE(w.standing().empty());
}

TEST_F(IntakeKinds, AnAttemptIsAFactForEachScoAndObjective) {
    const json sco1{{"id", "s1"},
                    {"completion", "completed"},
                    {"success", "unknown"},
                    {"objectives", {{{"id", "o1"}, {"success", "passed"}}}}};
    const json sco2{{"id", "s2"}, {"completion", "incomplete"}};
    EXPECT_EQ(w.intake({{"scorm_attempt", attempt({sco1, sco2})}}).counts.added, 3U);
    EXPECT_EQ(w.intake({{"scorm_attempt", attempt({sco1, sco2})}}).counts.same, 3U);
    // Without the second SCO, what it said is withdrawn with this word of the attempt.
    auto done = w.intake({{"scorm_attempt", attempt({sco1})}});
    EXPECT_EQ(done.counts.withdrawn, 1U);
    EXPECT_EQ(done.counts.same, 2U);
    // Twice in one pull: the last word counts.
    done =
        w.intake({{"scorm_attempt", attempt({sco1, sco2}, "a2")}, {"scorm_attempt", attempt({sco1}, "a2")}});
    EXPECT_EQ(done.counts.added, 3U);
    EXPECT_EQ(done.counts.withdrawn, 1U);
    EXPECT_EQ(w.standing().size(), 4U);
    EXPECT_EQ(w.intake({{"withdraw", {{"kind", "scorm_attempt"}, {"key", "a1"}}}}).counts.withdrawn, 2U);
    EXPECT_EQ(w.standing().size(), 2U);
}

TEST_F(IntakeKinds, AnAttemptThatIsListedKeepsItsFacts) {
    const json sco{{"id", "s1"}, {"completion", "completed"}};
    const json scope{{"scope", "all"}, {"kinds", {"scorm_attempt"}}};
    EXPECT_EQ(w.intake({{"snapshot_begin", scope},
                        {"scorm_attempt", attempt({sco}, "a1")},
                        {"scorm_attempt", attempt({sco}, "a2")},
                        {"snapshot_end", scope}})
                  .counts.added,
              2U);
    const auto done = w.intake({{"snapshot_begin", scope},
                                {"rejected", {{"kind", "scorm_attempt"}, {"key", "a2"}, {"reason", "no"}}},
                                {"snapshot_end", scope}});
    EXPECT_EQ(done.counts.withdrawn, 1U);  // a1; a2 was there, if of no use
}

TEST_F(IntakeKinds, AStatementIsKeptAsItIs) {
    auto record = statement(one, "completed", {{"authority", {{"mbox", "mailto:lrs@trust.example"}}}});
    EXPECT_EQ(w.intake({{"statement", record}}).counts.added, 1U);
    const auto stored = w.bridge->store().journal().statement(one);
    ASSERT_TRUE(stored);
    const auto body = json::parse(stored->body);
    EXPECT_EQ(body, record["statement"]);
    EXPECT_EQ(w.intake({{"statement", record}}).counts.same, 1U);
    EXPECT_EQ(w.intake({{"statement", record}, {"statement", record}}).counts.same, 2U);
    EXPECT_TRUE(w.bridge->store().journal().statement(one, "source:" + w.row().uuid));
    EXPECT_FALSE(w.bridge->store().journal().statement(one, "credential:x"));
    // Another content under the same id is no revision.
    const auto done = w.intake({{"statement", statement(one, "failed")}});
    EXPECT_EQ(done.counts.rejected, 1U);
    EXPECT_EQ(done.counts.changed + done.counts.added, 0U);
}

TEST_F(IntakeKinds, StatementsWithoutAnIdOrAgainstTheRulesAreRejected) {
    auto without = statement(one);
    without["statement"].erase("id");
    auto wrong = statement(one);
    wrong["statement"]["verb"] = "completed";
    auto more = statement(one);
    more["beside"] = 1;
    const auto done =
        w.intake({{"statement", without}, {"statement", wrong}, {"statement", more}, {"statement", "text"}});
    EXPECT_EQ(done.counts.rejected, 4U);
    EXPECT_TRUE(w.standing().empty());
    const auto run = w.ask("run.show", {{"run", done.run}});
    EXPECT_EQ(run["rejected"][0]["where"], "/statement/id");
    EXPECT_EQ(run["rejected"][1]["code"], "invalid_statement");
}

TEST_F(IntakeKinds, AVoidingStatementVoidsWhicheverCameFirst) {
    EXPECT_EQ(w.intake({{"statement", statement(one)}, {"statement", voiding(two, one)}}).counts.added, 2U);
    EXPECT_TRUE(w.standing().empty());
    const std::string three = "33333333-3333-4333-8333-333333333333",
                      four = "44444444-4444-4444-8444-444444444444";
    w.intake({{"statement", voiding(four, three)}});
    w.intake({{"statement", statement(three)}});
    EXPECT_TRUE(w.standing().empty());
}

TEST_F(IntakeKinds, AVoidingStatementOfASourceLeavesWhatIsNotItsOwn) {
    w.intake({IntakeWorld::completion(1)});
    const auto fact = w.standing().begin()->first;
    w.ask("source.put",
          {{"name", "other"}, {"adapter", "script"}, {"activity_base", "https://other.example/"}});
    w.pull = [&](std::string_view, RecordStream& out) {
        return out.emit("statement", voiding(one, fact).dump());
    };
    w.ask("sync", {{"sources", {"other"}}});
    EXPECT_EQ(w.standing().size(), 1U);
}

// A statement that was taken back cannot come back under its own id, but what it says must.
TEST_F(IntakeKinds, AStatementThatWasTakenBackComesBackUnderAnotherId) {
    const auto run = w.intake({{"statement", statement(one)}}).run;
    w.ask("run.revert", {{"run", run}});
    EXPECT_TRUE(w.standing().empty());
    EXPECT_EQ(w.intake({{"statement", statement(one)}}).counts.added, 1U);
    ASSERT_EQ(w.standing().size(), 1U);
    EXPECT_NE(w.standing().begin()->first, one);
    EXPECT_EQ(w.intake({{"statement", statement(one)}}).counts.same, 1U);
}

TEST_F(IntakeKinds, CoursesMakeTheCatalogue) {
    const json scope{{"scope", "courses"}, {"kinds", {"course"}}};
    const IntakeWorld::Records pull{
        {"snapshot_begin", scope},
        {"course", {{"id", "AI-1"}, {"title", "Basics"}, {"url", "https://lms.example/1"}}},
        {"course", {{"id", "AI 2"}, {"title", "More"}}},
        {"course", {{"title", "no id"}}},
        {"snapshot_end", scope}};
    auto done = w.intake(pull);
    EXPECT_EQ(done.counts.catalogue, 2U);
    EXPECT_EQ(done.counts.rejected, 1U);
    auto list = w.ask("course.list");
    EXPECT_EQ(list["total"], 2);
    EXPECT_EQ(list["mapped"], 1);
    const auto unmapped = w.ask("course.list", {{"source", "lms"}, {"mapped", false}})["courses"];
    ASSERT_EQ(unmapped.size(), 1U);
    EXPECT_EQ(unmapped[0]["iri"], "https://lms.example/AI%202");
    EXPECT_EQ(w.ask("course.list", {{"mapped", true}})["courses"][0]["title"], "Basics");
    EXPECT_EQ(w.intake(pull).counts.catalogue, 0U);
    // Not listed any more; the row without an id may be any, so nothing is concluded while it is there.
    EXPECT_EQ(
        w.intake({{"snapshot_begin", scope}, pull[1], pull[3], {"snapshot_end", scope}}).counts.catalogue,
        0U);
    EXPECT_EQ(w.intake({{"snapshot_begin", scope}, pull[1], {"snapshot_end", scope}}).counts.catalogue, 1U);
    EXPECT_EQ(w.ask("course.list")["total"], 1);
    EXPECT_EQ(w.intake({{"withdraw", {{"kind", "course"}, {"key", "AI-1"}}}}).counts.catalogue, 1U);
    EXPECT_EQ(w.ask("course.list")["total"], 0);
    EXPECT_EQ(w.refused("course.list", {{"source", "nobody"}}).code, "not_found");
}

TEST_F(IntakeKinds, AGapHoldsTheRunUntilItIsAccepted) {
    const json gap{{"key", "GO_3"}, {"expected", "102"}, {"found", "104"}};
    const IntakeWorld::Records pull{IntakeWorld::completion(1),
                                    {"checkpoint", "before"},
                                    {"feed_gap", gap},
                                    IntakeWorld::completion(2),
                                    {"checkpoint", "behind"}};
    auto done = w.intake(pull);
    ASSERT_FALSE(done.status);
    EXPECT_EQ(done.status.error().code, "feed_gap");
    ASSERT_TRUE(done.gap);
    EXPECT_EQ(done.gap->expected, "102");
    EXPECT_EQ(w.row().cursor, "before");
    IntakeOptions options;
    options.accepted_gaps = {{"GO_3", "102", "103"}};
    EXPECT_FALSE(w.intake(pull, options).status);
    options.accepted_gaps = {*done.gap};
    EXPECT_TRUE(w.intake(pull, options).status);
    EXPECT_EQ(w.row().cursor, "behind");
}

TEST_F(IntakeKinds, SnapshotsOfOneKindLeaveTheOthers) {
    w.intake({IntakeWorld::completion(1), {"competency_held", held(1)}, {"competency_held", held(2)}});
    const json scope{{"scope", ""}, {"kinds", {"competency_held"}}};
    const auto done =
        w.intake({{"snapshot_begin", scope}, {"competency_held", held(2)}, {"snapshot_end", scope}});
    EXPECT_EQ(done.counts.withdrawn, 1U);
    EXPECT_EQ(w.standing().size(), 2U);
    EXPECT_EQ(w.intake({{"snapshot_end", scope}}).status.error().code, "adapter_protocol");
}

TEST_F(IntakeKinds, WhatIsOfALaterContractIsCountedOnly) {
    EXPECT_EQ(w.intake({{"badge", {{"id", "x"}}}}).counts.not_used, 1U);
}

TEST_F(IntakeKinds, ADryRunWritesNothingAndTellsTheSame) {
    w.intake({IntakeWorld::completion(1), IntakeWorld::completion(2), IntakeWorld::completion(3)});
    const json scope{{"scope", ""}};
    const IntakeWorld::Records pull{{"snapshot_begin", scope},
                                    IntakeWorld::completion(1),
                                    IntakeWorld::completion(2, "in_progress"),
                                    IntakeWorld::completion(4),
                                    {"completion", {{"key", "bad"}}},
                                    {"course", {{"id", "AI-1"}}},
                                    {"statement", statement(one)},
                                    {"checkpoint", "c"},
                                    {"snapshot_end", scope}};
    IntakeOptions dry;
    dry.dry_run = true;
    const auto before = w.entries();
    const auto runs = w.ask("run.list")["runs"].size();
    const auto said = w.intake(pull, dry);
    ASSERT_TRUE(said.status);
    EXPECT_EQ(w.entries(), before);
    EXPECT_EQ(w.ask("run.list")["runs"].size(), runs);
    EXPECT_EQ(w.row().cursor, "");
    EXPECT_EQ(w.ask("quarantine.list")["total"], 0);
    EXPECT_EQ(w.ask("course.list")["total"], 0);
    EXPECT_EQ(said.examples["added"].size(), 3U);
    EXPECT_EQ(said.examples["changed"][0]["key"], "1002/AI-1");
    EXPECT_EQ(said.examples["withdrawn"][0]["key"], "1003/AI-1");
    EXPECT_EQ(said.examples["rejected"][0]["key"], "bad");
    EXPECT_EQ(said.counts.to_json(), w.intake(pull).counts.to_json());
    EXPECT_GT(w.entries(), before);
}

}  // namespace
}  // namespace capbridge::engine
