// Ids that are likely one piece of learning, and ids that are not.
#include "core/competency/duplicates.hpp"

#include <set>

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

constexpr const char* moodle = "https://moodle.example/course/";
constexpr const char* totara = "https://totara.example/c/";
constexpr const char* esr = "https://esr.example/competence/";

LearningSeen seen(const std::vector<std::pair<std::string, std::string>>& list) {
    LearningSeen out;
    for (const auto& [id, title] : list) out.activities.push_back({id, title, 10, 5});
    std::sort(out.activities.begin(), out.activities.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return out;
}
ordered_json found(const LearningSeen& what, const std::vector<json>& mappings = {},
                   const DuplicatesQuery& query = {}) {
    return likely_duplicates(*rules_of(mappings), what, query);
}
std::set<std::string> ids(const ordered_json& group) {
    std::set<std::string> out;
    for (const auto& a : group["activities"]) out.insert(a["id"].get<std::string>());
    return out;
}
// Something to be rare among.
std::vector<std::pair<std::string, std::string>> others() {
    std::vector<std::pair<std::string, std::string>> out;
    for (const char* title : {"Fire safety", "Moving and handling", "Resuscitation", "Safeguarding adults",
                              "Hand hygiene", "Customer care", "Blood transfusion", "First aid at work"})
        out.emplace_back(std::string(moodle) + std::to_string(out.size() + 900), title);
    return out;
}
ordered_json of_titles(const std::string& a, const std::string& b) {
    auto list = others();
    list.emplace_back(std::string(moodle) + "1", a);
    list.emplace_back(std::string(totara) + "77", b);
    return found(seen(list))["duplicates"];
}

TEST(Duplicates, TheSameTitleOnTwoPlatforms) {
    auto list = others();
    list.emplace_back(std::string(moodle) + "7", "AI in Radiology");
    list.emplace_back(std::string(totara) + "31", "AI  in radiology");
    list.emplace_back(std::string(esr) + "NHS-9", "Radiology: AI");
    const auto answer = found(seen(list));
    ASSERT_EQ(answer["total"], 1);
    const auto& group = answer["duplicates"][0];
    EXPECT_EQ(ids(group).size(), 3u);
    EXPECT_GE(group["score"].get<double>(), 0.7);
    EXPECT_NE(group["reason"].get<std::string>().find("same title"), std::string::npos);
    EXPECT_EQ(group["draft"]["activities"].size(), 3u);
    EXPECT_EQ(group["draft"]["id"], "radiology-ai") << "of the first, where no more people took another";
    EXPECT_EQ(group["activities"][0]["learning_item"], nullptr);
}

TEST(Duplicates, NumbersTellCoursesApart) {
    EXPECT_EQ(of_titles("Safeguarding children level 2", "Safeguarding children level 3").size(), 0u);
    EXPECT_EQ(of_titles("Safeguarding children level 3", "Safeguarding children - Level 3").size(), 1u);
    const auto years = of_titles("Data security awareness 2024", "Data security awareness 2025");
    ASSERT_EQ(years.size(), 1u);
    EXPECT_NE(years[0]["reason"].get<std::string>().find("different years"), std::string::npos);
    EXPECT_LT(years[0]["score"], of_titles("Data security awareness", "Data security awareness")[0]["score"]);
}

TEST(Duplicates, OtherTitlesAndEmptyWordsAreNone) {
    EXPECT_EQ(of_titles("Antimicrobial stewardship", "Consent and capacity").size(), 0u);
    EXPECT_EQ(of_titles("Introduction", "Introduction").size(), 0u) << "says nothing";
    EXPECT_EQ(of_titles("", "").size(), 0u);
}

TEST(Duplicates, OnePlatformThatListsBothProbablyMeansTwo) {
    auto list = others();
    list.emplace_back(std::string(moodle) + "1", "Wound care");
    list.emplace_back(std::string(moodle) + "2", "Wound care");
    EXPECT_EQ(found(seen(list))["total"], 0);
    EXPECT_EQ(found(seen(list), {}, {.min_score = 0.5})["total"], 1);
}

TEST(Duplicates, PartsWithTheSameIdentifiersAreTheSamePackage) {
    auto list = others();
    for (const auto& course : {std::string(moodle) + "5", std::string(totara) + "8"}) {
        list.emplace_back(
            course, course.find("moodle") != std::string::npos ? "Ward induction" : "Getting to know us");
        list.emplace_back(course + "/SCO_1", "Welcome");
        list.emplace_back(course + "/SCO_1/objectives/o1", "");
        list.emplace_back(course + "/SCO_2", "Quiz");
    }
    const auto answer = found(seen(list));
    ASSERT_EQ(answer["total"], 1) << "and their parts are no learning of their own";
    EXPECT_EQ(ids(answer["duplicates"][0]),
              (std::set<std::string>{std::string(moodle) + "5", std::string(totara) + "8"}));
    EXPECT_NE(answer["duplicates"][0]["reason"].get<std::string>().find("identifiers (3)"),
              std::string::npos);
}

TEST(Duplicates, AnIdThatBelongsToALearningItemThereIs) {
    auto list = others();
    list.emplace_back("https://lms.example/basics", "Course basics");
    list.emplace_back(std::string(totara) + "basics", "Course basics");
    const auto answer = found(seen(list), {mapping("basics", claim(aware))});
    ASSERT_EQ(answer["total"], 1);
    const auto& group = answer["duplicates"][0];
    EXPECT_EQ(group["draft"]["id"], "basics");
    EXPECT_EQ(group["draft"]["activities"].size(), 2u);
    bool told = false;
    for (const auto& a : group["activities"])
        told = told || (a["learning_item"] == "basics" && a["mapping"] == "nymouth");
    EXPECT_TRUE(told);
}

TEST(Duplicates, IrrelevantLearningIsLeftAloneAndAnswersAreBounded) {
    auto list = others();
    for (int i = 0; i < 30; ++i) {
        const auto title = "Clinical topic " + std::string(1, static_cast<char>('a' + i % 26)) +
                           std::string(1, static_cast<char>('q' - i / 26)) + "yz";
        list.emplace_back(moodle + std::to_string(i), title);
        list.emplace_back(totara + std::to_string(i), title);
    }
    auto what = seen(list);
    const auto all = found(what);
    EXPECT_EQ(all["total"], 30);
    EXPECT_EQ(found(what, {}, {.limit = 7})["duplicates"].size(), 7u);
    EXPECT_EQ(found(what, {}, {.limit = 7, .offset = 28})["duplicates"].size(), 2u);
    EXPECT_EQ(found(what, {}, {.activities = {totara + std::string("3")}})["total"], 1);
    EXPECT_EQ(found(what).dump(), all.dump()) << "the same each time";
    what.triage[totara + std::string("3")] = {false, "cli:lead", "old", "2026-05-01T00:00:00.000Z"};
    EXPECT_EQ(found(what)["total"], 29);
}

TEST(Duplicates, ManyAlikeStayQuick) {
    std::vector<std::pair<std::string, std::string>> list;
    for (int i = 0; i < 6'000; ++i)
        list.emplace_back("https://lms" + std::to_string(i % 50) + ".example/course/" + std::to_string(i),
                          "Course about subject" + std::to_string(i / 2));
    const auto answer = found(seen(list), {}, {.limit = 5});
    EXPECT_EQ(answer["duplicates"].size(), 5u);
    std::vector<std::pair<std::string, std::string>> same;
    for (int i = 0; i < 2000; ++i)
        same.emplace_back("https://lms" + std::to_string(i) + ".example/1", "AI basics");
    EXPECT_NO_THROW((void)found(seen(same)));
}

}  // namespace
}  // namespace capbridge::competency::test
