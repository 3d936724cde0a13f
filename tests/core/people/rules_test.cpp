#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/people/import.hpp"

namespace capbridge::people {
namespace {

const framework::Framework& hee() {
    static const auto loaded =
        framework::load_framework(*framework::shipped_framework("hee-ai-confidence"), "hee");
    return *loaded;
}

// A file whose rules begin on line 3.
std::string file(
    const std::string& rules,
    const std::string& head = R"("id":"nymouth","version":"3","framework":"hee-ai-confidence")") {
    return "{" + head + ",\n\"rules\":[\n" + rules + "]}";
}

RuleSet rules(const std::string& text) {
    auto loaded = load_rules(file(text), "rules.json", hee());
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().text());
    return loaded ? *loaded : RuleSet{};
}

std::string refusal(const std::string& text) {
    const auto loaded = load_rules(text, "rules.json", hee());
    return loaded ? "" : loaded.error().text();
}

Person person(std::vector<Employment> employments) {
    return {"6f0c", "", {}, std::move(employments)};
}

const Day today = *parse_day("2026-11-01");
const std::string radiology =
    R"({"id":"imaging","archetype":"user","when":{"unit":{"equals":["Radiology"]},"job_role":{"contains":["radiograph","Radiologist"]}}})";

TEST(Rules, AllConditionsHoldInOneEmployment) {
    const auto set = rules(radiology);
    EXPECT_EQ(set.id, "nymouth");
    EXPECT_EQ(set.version, "3");
    EXPECT_THAT(propose(set, person({{"RADIOLOGY", "", "Senior Radiographer", "", {}, {}}}), today),
                testing::ElementsAre(Assignment{
                    "6f0c", "user", Assignment::State::proposed, "rule:nymouth/imaging@3", {}, {}, ""}));
    EXPECT_THAT(propose(set, person({{"Radiology East", "", "Radiographer", "", {}, {}}}), today),
                testing::IsEmpty())
        << "equals means all of the text";
    EXPECT_THAT(
        propose(set, person({{"Radiology", "", "Clerk", "", {}, {}}, {"ED", "", "Radiographer", "", {}, {}}}),
                today),
        testing::IsEmpty());
    EXPECT_THAT(propose(set, person({}), today), testing::IsEmpty());
}

TEST(Rules, OnlyEmploymentsOfTheDayCount) {
    const auto set = rules(radiology);
    const auto from = parse_day("2025-01-01"), to = parse_day("2026-11-01");
    const auto somebody = person({{"Radiology", "", "Radiographer", "", from, to}});
    const auto proposals = propose(set, somebody, today);
    ASSERT_EQ(proposals.size(), 1u);
    EXPECT_EQ(proposals[0].from, from);
    EXPECT_EQ(proposals[0].to, to);
    EXPECT_EQ(propose(set, somebody, *from), proposals) << "another day proposes the same";
    EXPECT_THAT(propose(set, somebody, today + std::chrono::days(1)), testing::IsEmpty());
    EXPECT_THAT(propose(set, somebody, *parse_day("2024-12-31")), testing::IsEmpty());
}

TEST(Rules, TheFirstRuleThatFitsProposesAndArchetypesOverlap) {
    const auto set = rules(
        R"({"id":"a","archetype":"user","when":{"staff_group":{"equals":["Healthcare Scientists"]}}},
           {"id":"b","archetype":"user","when":{"position":{"contains":["AI"]}}},
           {"id":"c","archetype":"embedder","note":"why","when":{"position":{"contains":["AI"]}}})");
    const auto proposals =
        propose(set, person({{"", "Healthcare Scientists", "", "AI lead", {}, {}}}), today);
    ASSERT_EQ(proposals.size(), 2u);
    EXPECT_EQ(proposals[0].origin, "rule:nymouth/a@3");
    EXPECT_EQ(proposals[1].origin, "rule:nymouth/c@3");
}

TEST(Rules, AUnitIsMeantWithThoseBelowItWhereTheRuleSaysWithin) {
    auto set = rules(R"({"id":"a","archetype":"user","when":{"unit":{"within":["Imaging"]}}})");
    const auto fits = [&](const std::string& unit) {
        return !propose(set, person({{unit, "", "", "", {}, {}}}), today).empty();
    };
    EXPECT_TRUE(fits("IMAGING"));
    EXPECT_FALSE(fits("CT")) << "nobody has told of the tree yet";
    place(set, [](std::string_view unit) {
        return unit == "Imaging" ? std::vector<std::string>{"Imaging", "CT"} : std::vector<std::string>{};
    });
    EXPECT_TRUE(fits("ct"));
    EXPECT_TRUE(fits("imaging"));
    EXPECT_FALSE(fits("CT 2"));
    EXPECT_FALSE(fits(""));
    EXPECT_NE(refusal(file(R"({"id":"a","archetype":"user","when":{"job_role":{"within":["X"]}}})")), "");
}

TEST(Rules, TeamsAndDeploymentsAreOfThePerson) {
    const auto set = rules(
        R"({"id":"a","archetype":"driver","when":{"team":{"equals":["board","other"]}}},
           {"id":"b","archetype":"user","when":{"deployment":{"equals":["scan"]},"unit":{"equals":["CT"]}}})");
    const Belongs both{{"board"}, {"scan"}};
    const auto from = parse_day("2025-01-01");
    const auto inside = person({{"Ward", "", "", "", {}, {}}, {"CT", "", "", "", from, {}}});
    const auto proposals = propose(set, inside, today, both);
    ASSERT_EQ(proposals.size(), 2u);
    EXPECT_EQ(proposals[0].archetype, "driver");
    EXPECT_EQ(proposals[0].from, std::nullopt) << "a team is no employment";
    EXPECT_EQ(proposals[1].from, from);
    EXPECT_THAT(propose(set, inside, today), testing::IsEmpty());
    EXPECT_THAT(propose(set, inside, today, {{"Board"}, {"scanner"}}), testing::IsEmpty()) << "ids are exact";
    EXPECT_EQ(propose(set, person({}), today, both).size(), 1u) << "nothing is known of where";
    EXPECT_THAT(propose(set, person({{"CT", "", "", "", {}, from}}), today, both), testing::IsEmpty())
        << "who has left";
}

TEST(Rules, CrossChecksNameTheLine) {
    const auto text = file(
        R"({"id":"a","archetype":"user","when":{"unit":{"equals":["X"]}}},
{"id":"a","archetype":"wizard","when":{"unit":{"equals":["X"]}}})",
        R"("id":"n","version":"1","framework":"other")");
    const auto message = refusal(text);
    EXPECT_THAT(message, testing::HasSubstr("rules.json:1: /framework: these rules are for the framework "
                                            "'other', not for 'hee-ai-confidence' [other_framework]"));
    EXPECT_THAT(message,
                testing::HasSubstr("rules.json:4: /rules/1/id: the id 'a' is used twice [duplicate_id]"));
    EXPECT_THAT(message,
                testing::HasSubstr(
                    "rules.json:4: /rules/1/archetype: unknown archetype 'wizard' [unknown_archetype]"));
}

TEST(Rules, ARuleThatNeverProposesIsAWarning) {
    const auto text = file(
        R"({"id":"a","archetype":"user","when":{"unit":{"equals":["X"]}}},
{"id":"b","archetype":"user","when":{"unit":{"equals":["X"]}}})");
    const auto problems = check_rules(*parse_json(text), hee(), text);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].text("rules.json"),
              "rules.json:4: warning: /rules/1/when: the rule 'a' has the same conditions and archetype, so "
              "this one never proposes anything [same_conditions]");
    EXPECT_TRUE(load_rules(text, "rules.json", hee()));
}

TEST(Rules, TheSchemaRefusesOtherShapes) {
    const auto rule = [](const std::string& when) {
        return file(R"({"id":"a","archetype":"user","when":)" + when + "}");
    };
    EXPECT_THAT(refusal(rule("{}")), testing::HasSubstr("rules.json:3: /rules/0/when"));
    EXPECT_THAT(refusal(rule(R"({"unit":{}})")), testing::HasSubstr("/rules/0/when/unit"));
    EXPECT_THAT(refusal(rule(R"({"unit":{"equals":[]}})")), testing::HasSubstr("/rules/0/when/unit/equals"));
    EXPECT_THAT(refusal(rule(R"({"unit":{"equals":["  "]}})")),
                testing::HasSubstr("/rules/0/when/unit/equals/0"));
    EXPECT_THAT(refusal(rule(R"({"unit":{"equals":["X"],"contains":["Y"]}})")),
                testing::HasSubstr("/rules/0/when/unit"));
    EXPECT_NE(refusal(rule(R"({"unit":{"matches":["X"]}})")), "");
    EXPECT_NE(refusal(rule(R"({"grade":{"equals":["X"]}})")), "");
    EXPECT_NE(refusal(rule(R"({"unit":{"equals":"X"}})")), "");
    EXPECT_NE(refusal(file("")), "");
    EXPECT_NE(
        refusal(file(radiology, R"("id":"n","version":"1","framework":"hee-ai-confidence","colour":"red")")),
        "");
    EXPECT_NE(refusal(file(radiology, R"("id":"n","version":"one","framework":"hee-ai-confidence")")), "");
    EXPECT_THAT(refusal("{\n\"id\":"), testing::HasSubstr("rules.json"));
}

}  // namespace
}  // namespace capbridge::people
