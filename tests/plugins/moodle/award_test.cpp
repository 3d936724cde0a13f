// Write-back once, and the accounts that identifiers lead to.
#include "moodle/award.hpp"
#include "bench.hpp"

namespace moodle_test {
namespace {

const char* const kAward = R"({"who":[{"scheme":"esr-employee","issuer":"rivers","value":"E004"}],
  "competency":{"idnumber":"C-FIRE"},"grade":2,"note":"AI <b>safety</b>","evidence":[{"title":"Record","url":"https://bridge.example.org/rec/1"}]})";

class AwardTest : public MoodleTest {
protected:
    bridge::testing::Run push(const std::string& record = kAward, const std::string& previous = "",
                              const std::string& key = "award 1") {
        bridge::testing::Bench bench(host, "moodle");
        EXPECT_EQ(bench.configure(report_settings().dump()).code, BRIDGE_OK);
        return bench.push("competency_award", key, record, previous);
    }
    static std::string with(const char* pointer, json value) {
        auto record = json::parse(kAward);
        record[json::json_pointer(pointer)] = std::move(value);
        return record.dump();
    }
    int grades() { return site.calls["core_competency_grade_competency"]; }
};

TEST_F(AwardTest, RatesWithAPlainNoteAndAMarker) {
    const auto run = push();
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    EXPECT_EQ(json::parse(run.answer),
              json::parse(R"({"evidence_id":150,"user_id":14,"competency_id":5,"grade":2})"));
    EXPECT_EQ(site.evidence[0]["note"],
              "bridge:award%201 AI (b)safety(/b) Record https://bridge.example.org/rec/1");
}

TEST_F(AwardTest, TwiceHasTheEffectOfOnce) {
    const auto first = push();
    EXPECT_EQ(push().answer, first.answer);
    EXPECT_EQ(push(kAward, first.answer).answer, first.answer);
    EXPECT_EQ(grades(), 1);
}

TEST_F(AwardTest, ALostAnswerIsFoundAgainByTheMarker) {
    site.lose_answer_of_grading = true;
    EXPECT_EQ(push().code, BRIDGE_RETRY);
    site.lose_answer_of_grading = false;
    const auto again = push();
    ASSERT_EQ(again.code, BRIDGE_OK);
    EXPECT_EQ(json::parse(again.answer)["evidence_id"], 150);
    EXPECT_EQ(grades(), 1);
    for (const auto& request : host.requests) {
        const bool grading = request.body.find("wsfunction=core_competency_grade") != std::string::npos;
        EXPECT_EQ(request.safe, !grading);
    }
}

TEST_F(AwardTest, AnotherKeyOrAnotherGradeIsAnotherRating) {
    const auto first = push();
    EXPECT_EQ(push(kAward, "", "award 10").code, BRIDGE_OK);
    EXPECT_EQ(grades(), 2);
    EXPECT_EQ(push(with("/grade", 3), first.answer).code, BRIDGE_OK);
    EXPECT_EQ(grades(), 3);
    EXPECT_EQ(push(with("/grade", 3), first.answer).code, BRIDGE_OK);
    EXPECT_EQ(grades(), 3);
}

TEST_F(AwardTest, InACourseAndWithTheDefaultOfTheScale) {
    auto record = json::parse(with("/course", json::parse(R"({"idnumber":"CRS-B"})")));
    record.erase("grade");
    const auto run = push(record.dump());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_EQ(site.calls["core_competency_grade_competency_in_course"], 1);
    EXPECT_EQ(site.evidence[0]["course"], "3");
    EXPECT_EQ(site.evidence[0]["grade"], 2);
}

TEST_F(AwardTest, WhatMoodleWillNeverTakeIsRejected) {
    EXPECT_EQ(push(with("/grade", 9)).code, BRIDGE_REJECTED);
    EXPECT_EQ(push(with("/grade", 0)).code, BRIDGE_REJECTED);
    EXPECT_EQ(push(with("/grade", "two")).code, BRIDGE_REJECTED);
    EXPECT_EQ(push(with("/competency", json::object())).code, BRIDGE_REJECTED);
    EXPECT_EQ(push(with("/competency/idnumber", "C-NONE")).code, BRIDGE_NOT_FOUND);
    EXPECT_EQ(push(with("/who/0/value", "E999")).code, BRIDGE_NOT_FOUND);
    EXPECT_EQ(push(with("/who/0/issuer", "another")).code, BRIDGE_NOT_FOUND);
    EXPECT_EQ(push("[]").code, BRIDGE_REJECTED);
    EXPECT_EQ(push("{").code, BRIDGE_REJECTED);
    bridge::testing::Bench bench(host, "moodle");
    bench.configure(report_settings().dump());
    EXPECT_EQ(bench.push("completion", "k", "{}").code, BRIDGE_UNSUPPORTED);
}

TEST_F(AwardTest, NobodyIsRatedWhoseIdentifiersDisagree) {
    const auto two = with("/who/1", json::parse(R"({"scheme":"email","value":"dee@rivers.example.org"})"));
    EXPECT_EQ(push(two).code, BRIDGE_REJECTED);
    site.users.push_back({40, "esk2", "E004", "x@rivers.example.org"});
    EXPECT_EQ(push().code, BRIDGE_REJECTED);
    EXPECT_EQ(grades(), 0);
}

TEST_F(AwardTest, MarkersAreWholeWords) {
    EXPECT_EQ(moodle::marker_of("a<b> \xc3\xa9|1"), "bridge:a%3Cb%3E%20%C3%A9|1");
    EXPECT_TRUE(moodle::has_marker("x bridge:r-1 y", "bridge:r-1"));
    EXPECT_TRUE(moodle::has_marker("bridge:r-12 bridge:r-1", "bridge:r-1"));
    EXPECT_FALSE(moodle::has_marker("bridge:r-12", "bridge:r-1"));
    EXPECT_FALSE(moodle::has_marker("xbridge:r-1", "bridge:r-1"));
}

TEST_F(AwardTest, FindsTheOneAccount) {
    site.users.push_back({40, "twin", "E002", "twin@rivers.example.org"});
    bridge::testing::Bench bench(host, "moodle");
    bench.configure(report_settings().dump());
    const auto run = bench.find(
        R"([{"scheme":"esr-employee","issuer":"rivers","value":"E001"},{"scheme":"email","value":"nobody@x.example"},
        {"scheme":"esr-employee","issuer":"rivers","value":"E002"},{"scheme":"registration:GMC","value":"1"},
        {"scheme":"email","value":"ESK@rivers.example.org"},
        {"scheme":"account:https://moodle.rivers.example.org","value":"garry"}])");
    ASSERT_EQ(run.code, BRIDGE_OK) << run.log_message;
    const auto found = json::parse(run.answer);
    ASSERT_EQ(found.size(), 2u) << found;
    EXPECT_EQ(
        found[0],
        json::parse(R"({"index":0,"identifiers":[{"scheme":"esr-employee","issuer":"rivers","value":"E001"},
        {"scheme":"email","value":"bann@rivers.example.org"},{"scheme":"account:https://moodle.rivers.example.org","value":"bann"}]})"));
    EXPECT_EQ(found[1]["index"], 5);
    EXPECT_EQ(json::parse(bench.find("[]").answer), json::array());
}

}  // namespace
}  // namespace moodle_test
