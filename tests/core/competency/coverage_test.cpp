// Coverage of the framework and the commissioning brief.
#include "core/competency/coverage.hpp"

#include "core/competency/brief.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

constexpr const char* today = "2026-06-01";

Question on(std::string_view when) {
    return {day(when), {}, "Nymouth", 17};
}
const ordered_json* row_of(const ordered_json& rows, const char* member, std::string_view id,
                           std::string_view context = {}) {
    for (const auto& row : rows) {
        const bool there = context.empty() || row.value("context", ordered_json()) == context;
        if (row.at(member) == id && there) return &row;
    }
    return nullptr;
}

TEST(Coverage, CountsWhatLearningGivesWithinTheCaps) {
    const auto rules = rules_of({mapping("one", claim(aware)), mapping("two", claim(aware)),
                                 mapping("lone", claim("t1-ai-literacy-2")),
                                 mapping("vain", claim(gdpr_skill)),  // proficiency by a completion
                                 mapping("closed", claim("t1-ai-literacy-3"), {{"until", "2020-01-01"}})});
    const auto answer = coverage(*rules, day(today), CoverageList::all);
    const auto* both = row_of(answer["requirements"], "requirement", aware);
    ASSERT_NE(both, nullptr);
    EXPECT_EQ((*both)["given_by"].size(), 2U);
    EXPECT_EQ((*both)["state"], "given");
    EXPECT_EQ((*row_of(answer["requirements"], "requirement", "t1-ai-literacy-2"))["given_by"].size(), 1U);
    const auto& vain = *row_of(answer["requirements"], "requirement", gdpr_skill);
    EXPECT_EQ(vain["claimed_above_cap_by"][0]["learning_item"], "vain");
    EXPECT_EQ(vain["state"], "no_assessor_registered");
    EXPECT_EQ(vain["least_evidence"], "by_lead");
    EXPECT_EQ((*row_of(answer["requirements"], "requirement", "t1-ai-literacy-3"))["state"], "no_learning");
    EXPECT_EQ(answer["items"]["claimed_above_cap"], 1);

    // Each table adds up to what it is of.
    for (const auto* axis : {"by_tier", "by_level"}) {
        std::size_t items = 0, given = 0;
        for (const auto& row : answer[axis]) {
            items += row["items"].get<std::size_t>();
            given += row["given"].get<std::size_t>();
            std::size_t lacking = 0;
            for (const auto& [name, n] : row["not_given"].items()) lacking += n.get<std::size_t>();
            EXPECT_EQ(row["items"], row["given"].get<std::size_t>() + lacking);
        }
        EXPECT_EQ(items, answer["items"]["items"].get<std::size_t>()) << axis;
        EXPECT_EQ(given, answer["items"]["given"].get<std::size_t>()) << axis;
    }
    EXPECT_EQ(coverage(*rules, day(today), CoverageList::none)["requirements"].size(), 0U);
    const auto lone = coverage(*rules, day(today), CoverageList::by_one_only);
    for (const auto& r : lone["requirements"]) EXPECT_EQ(r["given_by"].size(), 1U);
    EXPECT_EQ(coverage(*rules, day(today), CoverageList::above_cap)["requirements"].size(), 1U);
    const auto csv = coverage_csv(answer);
    EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
              answer["requirements"].size() + 1);
}

TEST(Coverage, AssessorsCountOnTheirDaysAndForTheirItems) {
    auto book = book_of({});
    Assessor lead{"lead", "Lead", "", {}, true, {}, {}, {}, day("2026-01-01"), day("2026-12-31")};
    Assessor narrow{"narrow", "Narrow", "", {}, false, {}, {"liability"}, {}, {}, {}};
    book.assessors = {lead, narrow};
    const Rules rules(std::move(book));
    const int skill = hee().requirement_index(gdpr_skill);
    EXPECT_EQ(assessors_for(rules, skill, day(today)), 1U);
    EXPECT_EQ(assessors_for(rules, skill, day("2027-06-01")), 0U);
    const auto answer = coverage(rules, day(today), CoverageList::all);
    EXPECT_EQ((*row_of(answer["requirements"], "requirement", gdpr_skill))["state"], "an_assessor_could");
}

TEST(Coverage, ProductItemsAreOfEachDeployment) {
    const auto rules = rules_of(
        {mapping("training", claim(product_item), {{"product", {{"name", "ChestScan"}, {"version", "2"}}}})},
        {deployment("scan-2"), deployment("scan-1", "1")});
    const auto answer = coverage(*rules, day(today), CoverageList::all);
    EXPECT_EQ((*row_of(answer["requirements"], "requirement", product_item, "scan-2"))["state"], "given");
    EXPECT_NE((*row_of(answer["requirements"], "requirement", product_item, "scan-1"))["state"], "given");
    EXPECT_EQ((*row_of(answer["deployments"], "deployment", "scan-2"))["given"], 1);
    EXPECT_EQ((*row_of(answer["deployments"], "deployment", "scan-1"))["given"], 0);
}

std::vector<PersonFacts> three(const Rules& rules) {
    std::vector<PersonFacts> out;
    for (const auto* id : {"p1", "p2", "p3"}) {
        PersonFacts p;
        p.person = person(id);
        out.push_back(std::move(p));
    }
    out[1].records = fold({completed("yearly", "2025-07-01")}, out[1].person, rules);
    out[2].records = fold({completed("yearly", "2026-05-01")}, out[2].person, rules);
    return out;
}
ordered_json brief_of(const Rules& rules, const std::vector<PersonFacts>& people, Question question,
                      BriefBuilder::Options options) {
    BriefBuilder builder(rules, std::move(question), options);
    for (const auto& p : people) builder.add(p);
    return builder.finish();
}

TEST(Brief, SaysWhoLacksWhatByWhenAndWhatCouldShowIt) {
    const auto rules = rules_of({mapping("yearly", claim(aware), {{"valid_for", "P1Y"}})});
    const auto people = three(*rules);
    const auto answer = brief_of(*rules, people, on(today), {day("2026-08-30"), false, 1000});
    EXPECT_EQ(answer["people"], 3);
    const auto& line = *row_of(answer["lines"], "requirement", aware);
    EXPECT_EQ(line["of_each"]["asked"], 3);
    EXPECT_EQ(line["of_each"]["lacking"], 1);
    EXPECT_EQ(line["of_each"]["running_out"], 1);
    EXPECT_EQ(line["needed"], 2);
    EXPECT_EQ(line["next_expiry"], "2026-07-01");
    EXPECT_EQ(line["why_then"], "now");
    EXPECT_TRUE(line["learning_exists"].get<bool>());
    EXPECT_EQ(line["evidence"]["least"], "completed");
    EXPECT_EQ(line["reasons"]["not_attempted"], 1);
    // What everybody lacks comes first.
    EXPECT_EQ(answer["lines"][0]["needed"], 3);
    std::size_t last = 1000;
    for (const auto& each : answer["lines"]) {
        EXPECT_LE(each["needed"].get<std::size_t>(), last);
        last = each["needed"].get<std::size_t>();
    }
    // Without those that exist, and bounded.
    const auto to_make = brief_of(*rules, people, on(today), {day("2026-08-30"), true, 2});
    EXPECT_EQ(row_of(to_make["lines"], "requirement", aware), nullptr);
    EXPECT_EQ(to_make["lines"].size(), 2U);
    EXPECT_EQ(to_make["lines_total"], to_make["without_learning"]);
}

TEST(Brief, WhatIsAskedTogetherNeedsOneWhereNobodyHoldsIt) {
    const auto rules = rules_of({mapping("gdpr", claim(gdpr_familiar))});
    auto people = three(*rules);
    for (auto& p : people) p.assignments.push_back(is("shaper"));
    auto answer = brief_of(*rules, people, on(today), {day("2026-08-30"), false, 1000});
    const auto* line = row_of(answer["lines"], "requirement", gdpr_familiar);
    ASSERT_NE(line, nullptr);
    EXPECT_EQ((*line)["together"]["asked"], 3);
    EXPECT_TRUE((*line)["together"]["gap"].get<bool>());
    EXPECT_EQ((*line)["needed"], 1);
    people[0].records = fold({completed("gdpr", "2026-01-01")}, people[0].person, *rules);
    answer = brief_of(*rules, people, on(today), {day("2026-08-30"), false, 1000});
    EXPECT_EQ(row_of(answer["lines"], "requirement", gdpr_familiar), nullptr);
}

TEST(Brief, ProductItemsAreNeededByGoLive) {
    auto soon = deployment("scan");
    soon.go_live = day("2026-07-15");
    const auto rules = rules_of({}, {soon});
    auto people = three(*rules);
    for (auto& p : people) p.assignments.push_back(is("user"));
    auto answer = brief_of(*rules, people, on(today), {day("2026-08-30"), false, 1000});
    const auto* line = row_of(answer["lines"], "requirement", product_item);
    ASSERT_NE(line, nullptr);
    EXPECT_EQ((*line)["by_when"], "2026-07-15");
    EXPECT_EQ((*line)["why_then"], "go_live");
    EXPECT_EQ((*line)["context"], "scan");
    answer = brief_of(*rules, people, on("2026-08-01"), {day("2026-08-30"), false, 1000});
    EXPECT_EQ((*row_of(answer["lines"], "requirement", product_item))["why_then"], "since_go_live");
}

TEST(Brief, ReadsAsATextThatNobodyCanBreak) {
    auto file = mapping_file({mapping("a", claim(aware))});
    file["learning_items"][0]["title"] = "Pipes | <b>and</b> [links](x)\n# heading";
    const auto set = load_mapping(file.dump(), "m", hee());
    ASSERT_TRUE(set) << set.error().text();
    const Rules rules(book_of({*set}));
    auto question = on(today);
    question.scope.unit = "Radiology";
    const auto answer = brief_of(rules, three(rules), question, {day("2026-08-30"), false, 1000});
    const auto text = brief_markdown(answer);
    EXPECT_NE(text.find("# Learning to commission: Radiology\n"), std::string::npos);
    EXPECT_NE(text.find("Pipes \\| \\<b\\>and"), std::string::npos);
    EXPECT_EQ(text.find("\n# heading"), std::string::npos);
    EXPECT_NE(text.find("3 of 3 lack it"), std::string::npos);
    EXPECT_EQ(text.find("p1"), std::string::npos) << "nobody is named";
    const auto csv = brief_csv(answer);
    EXPECT_EQ(csv.substr(0, 18), "requirement,title,");
    const auto nobody = brief_of(rules, {}, question, {day("2026-08-30"), false, 10});
    EXPECT_NE(brief_markdown(nobody).find("Nothing is lacking"), std::string::npos);
}

}  // namespace
}  // namespace capbridge::competency::test
