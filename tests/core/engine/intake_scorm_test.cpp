// Attempts at SCORM packages on their way into the journal and into people's records.
#include <gtest/gtest.h>

#include "core/engine/intake_world.hpp"

namespace capbridge::engine {
namespace {

class IntakeScorm : public testing::Test {
protected:
    static json attempt(const json& scos, const std::string& key = "a1") {
        return {{"who", json::array({{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", "1001"}}})},
                {"activity", {{"id", "pack"}}},
                {"key", key},
                {"attempt", 1},
                {"scos", scos}};
    }
    IntakeWorld::Done take(const json& scos, const IntakeOptions& options = {}) {
        return w.intake({{"scorm_attempt", attempt(scos)}}, options);
    }
    void set(const json& settings) {
        auto row = w.row();
        row.settings = settings.dump();
        ASSERT_TRUE(w.bridge->store().sources().put_source(row));
    }
    // Last parts of the verbs that stand, in order.
    std::vector<std::string> verbs() {
        std::vector<std::string> out;
        for (const auto& [id, statement] : w.standing()) {
            const std::string verb = statement["verb"]["id"];
            out.push_back(verb.substr(verb.rfind('/') + 1));
        }
        std::sort(out.begin(), out.end());
        return out;
    }
    IntakeWorld w;
};

using Strings = std::vector<std::string>;

TEST_F(IntakeScorm, ValuesOfNoUseAreToldOnceAndTheAttemptIsTaken) {
    const json scos{{{"id", "s1"}, {"status", "passed"}, {"score", {{"raw", "120"}, {"max", "100"}}}}};
    const auto done =
        w.intake({{"scorm_attempt", attempt(scos, "a1")}, {"scorm_attempt", attempt(scos, "a2")}});
    ASSERT_TRUE(done.status);
    EXPECT_EQ(done.counts.added, 2U);
    EXPECT_EQ(done.counts.rejected, 0U);
    EXPECT_EQ(done.counts.left_out, 2U);
    const auto run = w.ask("run.show", {{"run", done.run}});
    EXPECT_TRUE(run["rejected"].empty());
    EXPECT_TRUE(run["reasons"].empty());
    ASSERT_EQ(run["left_out"].size(), 1U);  // the package is wrong, not the people
    EXPECT_EQ(run["left_out"][0]["where"], "/scos/0/score/raw");
    EXPECT_EQ(run["left_out"][0]["message"], "SCO s1 of pack: lies outside min and max");
    EXPECT_EQ(run["counts"]["left_out"], 2);
    IntakeOptions dry;
    dry.dry_run = true;
    const auto shown = take({{{"id", "s1"}, {"status", "bestanden"}}}, dry);
    ASSERT_TRUE(shown.examples.contains("left_out"));
    EXPECT_EQ(shown.examples["left_out"][0]["where"], "/scos/0/status");
    EXPECT_FALSE(w.intake({}).counts.to_json().contains("left_out"));
}

TEST_F(IntakeScorm, AReviewTakesNothingBackAndAddsNothing) {
    const json passed{
        {"id", "s1"}, {"status", "passed"}, {"objectives", {{{"id", "o1"}, {"status", "passed"}}}}};
    EXPECT_EQ(take(json::array({passed})).counts.added, 2U);
    const json reviewed{{"id", "s1"},
                        {"mode", "review"},
                        {"status", "failed"},
                        {"objectives", {{{"id", "o2"}, {"status", "passed"}}}}};
    auto done = take(json::array({reviewed}));
    EXPECT_EQ(done.counts.withdrawn + done.counts.changed + done.counts.added, 0U);
    EXPECT_EQ(verbs(), (Strings{"passed", "passed"}));
    // Another SCO of the attempt is not in review: what it does not tell any more is withdrawn as ever.
    EXPECT_EQ(take(json::array({reviewed, {{"id", "s2"}, {"status", "completed"}}})).counts.added, 1U);
    EXPECT_EQ(take(json::array({reviewed})).counts.withdrawn, 1U);
    EXPECT_EQ(verbs(), (Strings{"passed", "passed"}));
    EXPECT_EQ(w.intake({{"withdraw", {{"kind", "scorm_attempt"}, {"key", "a1"}}}}).counts.withdrawn, 2U);
}

TEST_F(IntakeScorm, AnswersAreKeptOnlyWhereTheSourceIsSetToKeepThem) {
    const json scos{
        {{"id", "s1"},
         {"status", "passed"},
         {"interactions",
          {{{"id", "q1"}, {"type", "choice"}, {"learner_response", "a"}, {"result", "correct"}}}}}};
    EXPECT_EQ(take(scos).counts.added, 1U);
    EXPECT_EQ(verbs(), Strings{"passed"});
    set({{"interactions", true}});
    EXPECT_EQ(take(scos).counts.added, 1U);
    EXPECT_EQ(verbs(), (Strings{"passed", "responded"}));
    // Off again: the next word of the attempt takes them back.
    set({{"interactions", false}});
    EXPECT_EQ(take(scos).counts.withdrawn, 1U);
    EXPECT_EQ(verbs(), Strings{"passed"});
    set({{"interactions", "true"}});  // no yes
    EXPECT_EQ(take(scos).counts.added, 0U);
}

TEST_F(IntakeScorm, ObjectivesOfOnePackageAreEvidenceOfTheirOwnRequirements) {
    const auto rules = *w.bridge->rules();
    const std::string base = rules->framework.iri + "/requirements/";
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < 5; ++i) ids.push_back(rules->framework.requirements.at(i).id);
    auto objectives = json::array();
    for (const auto& id : ids) {
        // As a package of 2004 names it, and as one of 1.2 does.
        const auto name = objectives.size() % 2 == 0 ? base + id : id;
        objectives.push_back({{"id", name}, {"status", objectives.size() == 4 ? "failed" : "passed"}});
    }
    objectives.push_back({{"id", "of-somebody-else"}, {"status", "passed"}});
    EXPECT_EQ(take({{{"id", "s1"}, {"status", "incomplete"}, {"objectives", objectives}}}).counts.added, 7U);
    std::map<std::string, std::string> about;
    for (const auto& [id, statement] : w.standing()) {
        const auto& around = statement["context"]["contextActivities"];
        if (around.contains("other")) about[around["other"][0]["id"]] = statement["object"]["id"];
    }
    ASSERT_EQ(about.size(), 5U);
    EXPECT_EQ(about[base + ids[1]], "https://lms.example/pack/s1/objectives/" + ids[1]);
    EXPECT_EQ(about[base + ids[0]].substr(0, 50), "https://lms.example/pack/s1/objectives/https%3A%2F");
}

TEST_F(IntakeScorm, ARowAboutAPartIsAFactOfThatPart) {
    const auto row = [](const json& activity, const char* key) {
        return json{
            {"who", json::array({{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", "1001"}}})},
            {"activity", activity},
            {"key", key},
            {"what", "passed"},
            {"occurred", {{"value", "2026-03-01"}, {"precision", "day"}}},
            {"score", {{"raw", 12}, {"min", 0}, {"max", 10}}}};
    };
    const auto done = w.intake(
        {{"completion", row({{"id", "pack"}}, "1")},
         {"completion", row({{"id", "pack"}, {"sco", "s1"}}, "2")},
         {"completion", row({{"id", "pack"}, {"sco", "s1"}, {"objective", "t1-ai-literacy-1"}}, "3")}});
    EXPECT_EQ(done.counts.added, 3U);
    EXPECT_EQ(done.counts.left_out, 3U);  // the mark, above what is possible
    std::set<std::string> activities;
    for (const auto& [id, statement] : w.standing()) {
        activities.insert(statement["object"]["id"]);
        EXPECT_FALSE(statement["result"].contains("score"));
    }
    EXPECT_EQ(activities, (std::set<std::string>{"https://lms.example/pack", "https://lms.example/pack/s1",
                                                 "https://lms.example/pack/s1/objectives/t1-ai-literacy-1"}));
}

}  // namespace
}  // namespace capbridge::engine
