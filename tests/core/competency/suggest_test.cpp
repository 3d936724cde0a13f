// Suggestions by names, by words, by level; what is withheld; that they are the same each time.
#include "core/competency/suggest.hpp"

#include <algorithm>

#include "core/competency/suggest_names.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

const framework::Vocabulary& words() {
    static const auto loaded =
        framework::load_vocabulary(*framework::shipped_framework("hee-ai-confidence"), "hee");
    return *loaded;
}
const Policy& policy() {
    static const auto loaded = default_policy(hee());
    return *loaded;
}
const Suggester& suggester() {
    static const Suggester one(hee(), words(), policy());
    return one;
}

LearningText course(std::string title, std::string description = {}) {
    LearningText out;
    out.iri = "https://lms.example/course/1";
    out.title = std::move(title);
    out.description = std::move(description);
    return out;
}
const Suggestion* of_topic(const Suggestions& s, std::string_view topic, std::string_view level = {}) {
    for (const auto& each : s.list) {
        if (each.topic == topic && (level.empty() || each.level == level)) return &each;
    }
    return nullptr;
}
const Suggestion* of_requirement(const Suggestions& s, std::string_view id) {
    for (const auto& each : s.list) {
        if (std::find(each.requirements.begin(), each.requirements.end(), id) != each.requirements.end())
            return &each;
    }
    return nullptr;
}

TEST(SuggestNames, IdsAreFoundHoweverToolsSpellThem) {
    const auto certainty = [](std::string_view name) {
        const auto found = find_name(name, hee(), words());
        if (found.kind != FoundName::Kind::requirement || found.requirements.size() != 1) return 0.0;
        const auto index = static_cast<std::size_t>(found.requirements[0]);
        return hee().requirements[index].id == "t1-ai-literacy-1" ? found.certainty : -1.0;
    };
    EXPECT_EQ(certainty("t1-ai-literacy-1"), 1);
    EXPECT_EQ(certainty(hee().iri + "/requirements/t1-ai-literacy-1"), 1);
    EXPECT_EQ(certainty("https://other.example/x#t1-ai-literacy-1"), 0.95);
    EXPECT_EQ(certainty(" T1_AI_LITERACY_1 "), 0.9);
    EXPECT_EQ(certainty("PRIMARYOBJ-t1-ai-literacy-1"), 0.85);
    EXPECT_EQ(certainty("obj_T1.AI.Literacy.1"), 0.85);
    EXPECT_EQ(certainty("at1-ai-literacy-1"), 0) << "no word ends there";
    EXPECT_EQ(certainty("t1-ai-literacy-11"), 0);
    EXPECT_EQ(certainty("ai-literacy-1"), 0);
    EXPECT_EQ(certainty("obj1"), 0);
    EXPECT_EQ(certainty(""), 0);
    EXPECT_EQ(certainty("///###"), 0);
    EXPECT_EQ(certainty(std::string(1u << 20, 'x')), 0);
    EXPECT_EQ(certainty("\xff\xfe\x00"), 0);
    EXPECT_EQ(find_name("Risk of deskilling", hee(), words()).kind, FoundName::Kind::topic);
    EXPECT_EQ(find_name("Liability", hee(), words()).kind, FoundName::Kind::factor);
    EXPECT_EQ(find_name("familiarity", hee(), words()).kind, FoundName::Kind::level);
    EXPECT_TRUE(names_framework("HEE-AI-Confidence", hee()));
    EXPECT_TRUE(names_framework(hee().iri, hee()));
    EXPECT_FALSE(names_framework("", hee()));
    EXPECT_FALSE(names_framework("ESCO", hee()));
}

TEST(Suggest, AnObjectiveNamedAfterARequirementIsThatRequirement) {
    auto text = course("Module 3");
    text.names = {{"obj_T1_AI_LITERACY_3", "", ""}, {"obj2", "", ""}};
    const auto found = suggester().suggest(text);
    ASSERT_EQ(found.list.size(), 1u);
    EXPECT_EQ(found.list[0].requirements, std::vector<std::string>{"t1-ai-literacy-3"});
    EXPECT_DOUBLE_EQ(found.list[0].score, 0.85);
    EXPECT_EQ(found.list[0].grounds[0].signal, "objective");
    EXPECT_NE(found.list[0].reason().find("obj_T1_AI_LITERACY_3"), std::string::npos);
}

TEST(Suggest, ClassificationNamesWhatItNames) {
    auto text = course("Module 3");
    text.paths = {{"competency",
                   hee().iri,
                   {{"foundational", ""}, {"liability", "Liability"}, {"t1-liability-1", ""}}}};
    auto found = suggester().suggest(text);
    ASSERT_EQ(found.list.size(), 1u);
    EXPECT_EQ(found.list[0].requirements[0], "t1-liability-1");
    EXPECT_DOUBLE_EQ(found.list[0].score, 1);

    // Another purpose of another taxonomy says nothing of requirements.
    text.paths = {{"discipline", "ESCO", {{"t1-liability-1", ""}}}};
    EXPECT_TRUE(suggester().suggest(text).list.empty());
    // But our own source counts, whatever the purpose.
    text.paths = {{"", "hee-ai-confidence", {{"t1-liability-1", ""}}}};
    EXPECT_EQ(suggester().suggest(text).list.size(), 1u);
    // A topic, by its name.
    text.paths = {{"Educational Objective", "x", {{"", "Risk of deskilling"}}}};
    found = suggester().suggest(text);
    ASSERT_NE(of_topic(found, "deskilling-risk"), nullptr);
    EXPECT_DOUBLE_EQ(of_topic(found, "deskilling-risk")->score, 0.9);
}

TEST(Suggest, AFactorInTheMetadataLiftsWhatWordsFitAndNothingElse) {
    auto text = course("Who is liable when AI errs?");
    const auto bare = suggester().suggest(text, {.min_score = 0.3});
    text.paths = {{"competency", hee().id, {{"liability", "Liability"}}}};
    const auto with = suggester().suggest(text, {.min_score = 0.3});
    const auto* before = of_topic(bare, "personal-and-organisational-liability");
    const auto* after = of_topic(with, "personal-and-organisational-liability");
    ASSERT_NE(before, nullptr);
    ASSERT_NE(after, nullptr);
    EXPECT_GT(after->score, before->score);
    auto other = course("Fire safety");
    other.paths = text.paths;
    EXPECT_TRUE(suggester().suggest(other).list.empty());
}

TEST(Suggest, WordsOfATitleAndADescription) {
    const auto found = suggester().suggest(
        course("Opening the black box", "The limits of black-box AI, transparency and explainable AI."));
    const auto* box = of_topic(found, "black-box-ai");
    ASSERT_NE(box, nullptr);
    EXPECT_EQ(box->grounds[0].signal, "text");
    EXPECT_NE(box->reason().find("black"), std::string::npos) << box->reason();
    EXPECT_GE(box->score, 0.5);
    EXPECT_LE(box->score, 1.0);
    // Without a word of AI two words must match.
    EXPECT_NE(
        of_topic(suggester().suggest(course("Information governance")), "information-governance-principles"),
        nullptr);
    // Another word for it, by the glossary.
    EXPECT_NE(
        of_topic(suggester().suggest(course("Skill decay when AI reads the images")), "deskilling-risk"),
        nullptr);
}

TEST(Suggest, OtherLearningGetsNothing) {
    for (const char* title :
         {"Fire safety level 1", "Moving and handling", "Excel for beginners", "", "?!", "7",
          "Customer care on the telephone", "Golf explained", "Hygiene der Hände", "手の衛生"}) {
        EXPECT_TRUE(suggester().suggest(course(title)).list.empty()) << title;
    }
}

TEST(Suggest, AnIntroductionIsNoEvidenceOfMore) {
    const auto plain = suggester().suggest(course("GDPR and healthcare AI"));
    const auto* passed = of_topic(plain, "gdpr-healthcare-ai", "understanding");
    ASSERT_NE(passed, nullptr);
    EXPECT_EQ(passed->needs, "passed") << "the policy lets a completion claim familiarity";
    ASSERT_NE(of_topic(plain, "gdpr-healthcare-ai", "familiarity"), nullptr);
    EXPECT_EQ(of_topic(plain, "gdpr-healthcare-ai", "familiarity")->needs, "completed");
    EXPECT_EQ(of_topic(plain, "gdpr-healthcare-ai", "proficiency"), nullptr);

    const auto intro = suggester().suggest(course("Introduction: GDPR and healthcare AI"));
    EXPECT_NE(of_topic(intro, "gdpr-healthcare-ai", "familiarity"), nullptr);
    EXPECT_EQ(of_topic(intro, "gdpr-healthcare-ai", "understanding"), nullptr);
    EXPECT_NE(intro.ceiling.because.find("introduction"), std::string::npos);

    // Where nothing is within reach it is withheld, with the reason.
    const auto above =
        suggester().suggest(course("An introduction to limits of CE/UKCA marking of AI"), {.min_score = 0.4});
    for (const auto& s : above.list) EXPECT_NE(s.level, "understanding") << s.topic;
}

TEST(Suggest, ALevelInTheMetadataIsTheCeiling) {
    auto text = course("GDPR and healthcare AI");
    text.paths = {{"educational level", hee().id, {{"awareness", "Awareness"}}}};
    const auto found = suggester().suggest(text);
    EXPECT_EQ(of_topic(found, "gdpr-healthcare-ai"), nullptr);
    const auto held = std::find_if(found.withheld.begin(), found.withheld.end(),
                                   [](const auto& w) { return w.topic == "gdpr-healthcare-ai"; });
    ASSERT_NE(held, found.withheld.end());
    EXPECT_NE(held->because.find("Awareness"), std::string::npos);
}

TEST(Suggest, WordsForLevels) {
    const auto ceiling = [](std::string_view title, std::string_view description = {}) {
        const auto c = ceiling_of(title, description, hee());
        return std::pair(c.knowledge, c.skill);
    };
    EXPECT_EQ(ceiling("AI basics"), std::pair(2, 0));
    EXPECT_EQ(ceiling("AI", "An introduction."), std::pair(2, 0));
    EXPECT_EQ(ceiling("AI", "All about it. It introduces one method."), std::pair(3, 0));
    EXPECT_EQ(ceiling("AI in depth"), std::pair(3, 0));
    EXPECT_EQ(ceiling("AI workshop"), std::pair(3, 1));
    EXPECT_EQ(ceiling("AI masterclass"), std::pair(3, 2));
    EXPECT_EQ(ceiling("Introductory workshop"), std::pair(2, 0));
    EXPECT_EQ(ceiling("Overviewing"), std::pair(3, 0)) << "whole words only";
}

TEST(Suggest, WhatNoLearningMayClaimIsWithheldUnlessItIsNamed) {
    const auto by_words =
        suggester().suggest(course("Hands-on workshop: train and optimise models",
                                   "Hyperparameter tuning, internal validation of AI models"),
                            {.min_score = 0.4});
    EXPECT_EQ(of_topic(by_words, "model-training"), nullptr);
    EXPECT_TRUE(std::any_of(by_words.withheld.begin(), by_words.withheld.end(),
                            [](const auto& w) { return w.topic == "model-training"; }));
    auto named = course("Module");
    named.names = {{"a4-regulation-and-standards-5", "", ""}};
    const auto found = suggester().suggest(named);
    ASSERT_NE(of_requirement(found, "a4-regulation-and-standards-5"), nullptr);
    EXPECT_FALSE(of_requirement(found, "a4-regulation-and-standards-5")->within_policy);
    // About one product, and a level that is lost: nothing that a draft could say.
    named.names = {{"t2-governance-1", "", ""}};
    const auto product = suggester().suggest(named);
    EXPECT_TRUE(product.list.empty());
    ASSERT_EQ(product.withheld.size(), 1u);
    EXPECT_NE(product.withheld[0].because.find("product"), std::string::npos);
}

TEST(Suggest, BoundedAndTheSameEachTime) {
    std::string everything;
    for (const auto& r : hee().requirements) everything += r.title + ". " + r.statement + " ";
    const auto a = suggester().suggest(course("AI", everything));
    const auto b = suggester().suggest(course("AI", everything));
    std::set<std::string> topics;
    for (const auto& s : a.list) topics.insert(s.topic);
    EXPECT_LE(topics.size(), SuggestOptions{}.topics);
    EXPECT_GT(a.left_out, 0u);
    ASSERT_EQ(a.list.size(), b.list.size());
    for (std::size_t i = 0; i < a.list.size(); ++i)
        EXPECT_EQ(suggestion_json(a.list[i]), suggestion_json(b.list[i]));
    EXPECT_TRUE(std::is_sorted(a.list.begin(), a.list.end(),
                               [](const auto& x, const auto& y) { return x.score > y.score; }));
    auto many = course("x");
    for (const auto& r : hee().requirements) many.names.push_back({r.id, "", ""});
    const auto few = suggester().suggest(many, {.requirements = 10});
    EXPECT_EQ(few.list.size(), 10u);
    EXPECT_GT(few.left_out, 100u);
}

TEST(Suggest, RubbishIsNoDanger) {
    for (const auto& text :
         {std::string("\xff\xff AI \xc3"), std::string(100'000, '.'), std::string(200'000, 'a'),
          std::string("AI\0AI", 5), std::string("''' ' '"), std::string(50'000, '\xe2')}) {
        auto c = course(text, text);
        c.keywords = {text, ""};
        c.names = {{text, text, text}};
        c.paths = {{"competency", text, {{text, text}}}};
        EXPECT_NO_THROW((void)suggester().suggest(c));
    }
}

}  // namespace
}  // namespace capbridge::competency::test
