// Answers of both editions as xAPI interactions.
#include "core/xapi/scorm_interaction.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace capbridge::xapi {
namespace {

TEST(ScormInteraction, ResponsesAreWrittenWithTheDelimitersOfXapi) {
    constexpr auto v12 = Edition::v1_2, v2004 = Edition::v2004, any = Edition::unknown;
    struct Case {
        Edition edition;
        const char *type, *text, *is;
    };
    const std::vector<Case> cases{
        {v12, "choice", "a", "a"},
        {v12, "choice", "a,b", "a[,]b"},
        {v12, "choice", "{a, b}", "a[,]b"},
        {v12, "sequencing", "c,a,b", "c[,]a[,]b"},
        {v12, "matching", "1.a,2.c", "1[.]a[,]2[.]c"},
        {v12, "matching", "{1.a,2.c}", "1[.]a[,]2[.]c"},
        {v12, "matching", "1.a", "1[.]a"},
        {v12, "true-false", "t", "true"},
        {v12, "true-false", "0", "false"},
        {v12, "true-false", "maybe", "maybe"},
        {v12, "numeric", "5.5", "5.5"},
        {v12, "fill-in", "once, twice", "once, twice"},
        {v12, "performance", "a,b", "a,b"},
        {v12, "likert", "3", "3"},
        // content of 1.2 that writes as 2004 does
        {v12, "choice", "a[,]b", "a[,]b"},
        {v2004, "choice", "a[,]b", "a[,]b"},
        {v2004, "choice", "a,b", "a,b"},
        {v2004, "matching", "1[.]a[,]2[.]c", "1[.]a[,]2[.]c"},
        {v2004, "numeric", "1[:]5", "1[:]5"},
        {v2004, "true-false", "true", "true"},
        {v2004, "fill-in", "{lang=en}{case_matters=true}Trust", "{lang=en}{case_matters=true}Trust"},
        {v2004, "sequencing", "{order_matters=false}a[,]b", "{order_matters=false}a[,]b"},
        {any, "choice", "a,b", "a[,]b"},
        {any, "choice", "a[,]b", "a[,]b"},
        {any, "", "a,b", "a,b"},
        {v12, "choice", "{}", ""},
        {v12, "choice", ",", ""},
        {v12, "choice", "{", "{"},
    };
    for (const auto& c : cases) EXPECT_EQ(xapi_response(c.text, c.type, c.edition), c.is) << c.type << c.text;
}

Interaction read(const json& from, Edition edition = Edition::unknown, std::size_t left_out = 0) {
    LeftOuts told;
    auto out = read_interaction(from, edition, "/i", told);
    EXPECT_EQ(told.size(), left_out) << from << (told.empty() ? "" : told[0].where);
    return out;
}

TEST(ScormInteraction, ResultsOfBothEditions) {
    const auto success = [](const json& result, std::size_t left_out = 0) {
        return read({{"id", "q"}, {"result", result}}, Edition::unknown, left_out).success;
    };
    EXPECT_EQ(success("correct"), true);
    EXPECT_EQ(success("wrong"), false);
    EXPECT_EQ(success("incorrect"), false);
    EXPECT_EQ(success("INCORRECT"), false);
    for (const auto* word : {"unanticipated", "neutral", "", "unknown"})
        EXPECT_EQ(success(word), std::nullopt) << word;
    EXPECT_EQ(success("right", 1), std::nullopt);
    EXPECT_EQ(success(true, 1), std::nullopt);
    EXPECT_EQ(success("0.5"), std::nullopt);
    EXPECT_EQ(read({{"id", "q"}, {"result", "0.5"}}).score.raw, 0.5);
    EXPECT_EQ(read({{"id", "q"}, {"result", 3}}).score.raw, 3);
    EXPECT_EQ(read({{"id", "q"}, {"result", "correct"}}).score.raw, std::nullopt);
}

TEST(ScormInteraction, TypesLatenciesAndTimes) {
    for (const auto& [from, is] :
         std::vector<std::pair<const char*, const char*>>{{"true-false", "true-false"},
                                                          {"TrueFalse", "true-false"},
                                                          {"TRUE_FALSE", "true-false"},
                                                          {"Choice", "choice"},
                                                          {"LongFillIn", "long-fill-in"},
                                                          {"other", "other"},
                                                          {"", ""}})
        EXPECT_EQ(read({{"id", "q"}, {"type", from}}).said.type, is) << from;
    EXPECT_EQ(read({{"id", "q"}, {"type", "essay"}}, Edition::v1_2, 1).said.type, "");
    EXPECT_EQ(read({{"id", "q"}, {"latency", "00:00:05.50"}}).duration, "PT5.5S");
    EXPECT_EQ(read({{"id", "q"}, {"latency", "PT5S"}}).duration, "PT5S");
    EXPECT_EQ(read({{"id", "q"}, {"latency", ""}}).duration, "");
    EXPECT_EQ(read({{"id", "q"}, {"latency", "soon"}}, Edition::v1_2, 1).duration, "");
    const auto when = [](const char* member, const char* text, std::size_t left_out = 0) {
        const auto occurred = read({{"id", "q"}, {member, text}}, Edition::unknown, left_out).occurred;
        return occurred ? occurred->text() : "none";
    };
    EXPECT_EQ(when("timestamp", "2026-03-01T09:30:00Z"), when("timestamp", "2026-03-01T10:30:00+01:00"));
    EXPECT_EQ(when("timestamp", "2026-03-01T09:30:00.25Z"), "2026-03-01T09:30:00.250Z");
    EXPECT_EQ(when("timestamp", "2026-03-01T10:30:00+01"), when("timestamp", "2026-03-01T09:30:00Z"));
    EXPECT_EQ(when("timestamp", "2026-03-01T09"), "2026-03-01");
    EXPECT_EQ(when("timestamp", "2026-03-01T09:30:00"), "2026-03-01");  // of which zone?
    EXPECT_EQ(when("timestamp", "2026-03-01"), "2026-03-01");
    EXPECT_EQ(when("time", "09:30:00"), "none");  // of no day
    EXPECT_EQ(when("timestamp", "2026-13-01T09:30:00Z", 1), "none");
    EXPECT_EQ(when("timestamp", "yesterday", 1), "none");
}

TEST(ScormInteraction, NamesOfBothEditionsAndWhatIsNone) {
    const auto one = read({{"id", " q1 "},
                           {"type", "choice"},
                           {"student_response", "a,b"},
                           {"correct_responses", {"b,c", "", {{"pattern", "d"}}, 7}},
                           {"description", "Which?"}},
                          Edition::v1_2);
    EXPECT_EQ(one.id, "q1");
    EXPECT_EQ(one.said.response, "a[,]b");
    EXPECT_EQ(one.said.patterns, (std::vector<std::string>{"b[,]c", "d"}));
    EXPECT_EQ(one.said.description, "Which?");
    EXPECT_EQ(read({{"id", "q"}, {"learner_response", 5}}).said.response, "5");
    EXPECT_EQ(read({{"type", "choice"}}).id, "");
    EXPECT_EQ(read("text").id, "");
    EXPECT_EQ(read({{"id", {1}}, {"correct_responses", "a"}}).id, "");
}

}  // namespace
}  // namespace capbridge::xapi
