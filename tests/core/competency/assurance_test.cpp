// The assurance checklist: order, counts that add up, what stands of several answers, the version before.
#include "core/competency/assurance.hpp"

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

Answer answer(const std::string& question, Answer::Kind kind, std::string_view on = "2026-01-10",
              const std::string& deployment = "scan-2") {
    Answer out;
    out.deployment = deployment;
    out.question = question;
    out.kind = kind;
    out.on = day(on);
    out.who = "cli:tests";
    return out;
}

const Rules& rules() {
    static const Rules all([] {
        auto first = deployment("scan-1", "1"), second = deployment("scan-2", "2");
        second.go_live = day("2026-02-01");
        return book_of({}, {first, second});
    }());
    return all;
}
const Deployment& second() {
    return rules().deployments[1];
}
ordered_json list(const std::vector<Answer>& answers, const ChecklistFilter& filter = {},
                  std::string_view as_of = "2026-03-01") {
    return checklist(rules(), second(), answers, day(as_of), filter);
}
const ordered_json& factor_of(const ordered_json& answer, const std::string& id) {
    for (const auto& f : answer["factors"]) {
        if (f["factor"] == id) return f;
    }
    ADD_FAILURE() << "no factor " << id;
    return answer;
}

TEST(Assurance, EveryQuestionIsOpenUntilAnsweredAndCountsAddUp) {
    const auto none = list({});
    EXPECT_EQ(none["questions"], hee().questions.size());
    EXPECT_EQ(none["answered"], 0);
    std::size_t in_factors = 0, in_items = 0;
    for (const auto& f : none["factors"]) {
        in_factors += f["questions"].get<std::size_t>();
        in_items += f["items"].size();
        for (const auto& item : f["items"]) {
            EXPECT_EQ(item["state"], "open");
            const auto expected = item["table"] == "A3" ? "driver" : "embedder";
            EXPECT_EQ(item["archetype"], expected);
        }
    }
    EXPECT_EQ(in_factors, hee().questions.size());
    EXPECT_EQ(in_items, hee().questions.size());
}

TEST(Assurance, OpenComesFirstThenNoThenPartlyThenWhatIsSettled) {
    const auto a =
        list({answer("a3-liability-q1", Answer::Kind::yes), answer("a3-guidelines-q1", Answer::Kind::partly),
              answer("a3-guidelines-q2", Answer::Kind::no),
              answer("a3-regulation-and-standards-q1", Answer::Kind::not_applicable),
              answer("a3-regulation-and-standards-q2", Answer::Kind::yes)});
    EXPECT_EQ(a["answered"], 5);
    EXPECT_EQ(a["counts"], (ordered_json{{"open", hee().questions.size() - 5},
                                         {"no", 1},
                                         {"partly", 1},
                                         {"yes", 2},
                                         {"not_applicable", 1}}));
    const auto& guidelines = factor_of(a, "guidelines")["items"];
    EXPECT_EQ(guidelines[0]["question"], "a3-guidelines-q2");
    EXPECT_EQ(guidelines[1]["question"], "a3-guidelines-q1");
    const auto& liability = factor_of(a, "liability")["items"];
    EXPECT_EQ(liability[0]["state"], "open");
    EXPECT_EQ(liability[1]["state"], "yes");
    EXPECT_EQ(liability[1]["who"], "cli:tests");
    const auto& regulation = factor_of(a, "regulation-and-standards")["items"];
    EXPECT_EQ(regulation[regulation.size() - 2]["question"], "a3-regulation-and-standards-q1");
}

TEST(Assurance, WhatWasSaidLastStandsAndAnEarlierDayKnowsNoLaterOne) {
    const std::vector said{answer("a3-liability-q1", Answer::Kind::yes, "2026-01-10"),
                           answer("a3-liability-q1", Answer::Kind::open, "2026-02-10"),
                           answer("a3-liability-q2", Answer::Kind::no, "2026-02-20")};
    EXPECT_EQ(list(said)["answered"], 1);
    EXPECT_EQ(list(said, {}, "2026-02-01")["answered"], 1) << "the yes";
    EXPECT_EQ(list(said, {}, "2026-01-01")["answered"], 0);
    EXPECT_EQ(list(said)["answered_by_go_live"], 1) << "go-live was on 1 February";
    const auto history = question_history(rules(), second(), "a3-liability-q1", said);
    ASSERT_TRUE(history);
    EXPECT_EQ((*history)["state"], "open");
    ASSERT_EQ((*history)["history"].size(), 2U);
    EXPECT_EQ((*history)["history"][0]["answer"], "open");
    EXPECT_FALSE(question_history(rules(), second(), "a3-liability-q99", said));
}

TEST(Assurance, TheVersionBeforeHelpsAndAnswersNothing) {
    const auto a = list({answer("a3-liability-q1", Answer::Kind::yes, "2025-06-01", "scan-1")});
    EXPECT_EQ(a["answered"], 0);
    EXPECT_EQ(a["version_before"]["id"], "scan-1");
    const auto& item = factor_of(a, "liability")["items"][0];
    EXPECT_EQ(item["version_before"]["state"], "yes");
    EXPECT_EQ(item["state"], "open");
}

TEST(Assurance, AFilterNarrowsTheItemsAndNeverTheCounts) {
    const auto a = list({answer("a6-local-validation-q1", Answer::Kind::no)}, {"embedder", "", "no"});
    EXPECT_EQ(a["questions"], hee().questions.size());
    ASSERT_EQ(a["factors"].size(), 1U);
    EXPECT_EQ(a["factors"][0]["items"].size(), 1U);
    EXPECT_EQ(a["factors"][0]["questions"], 6);
}

TEST(Assurance, AnAnswerToAQuestionThatIsGoneIsCountedApart) {
    const auto a = list({answer("a3-gone-q1", Answer::Kind::yes)});
    EXPECT_EQ(a["answered"], 0);
    EXPECT_EQ(a["former"], 1);
}

TEST(Assurance, AnswersSurviveTheJournal) {
    auto a = answer("a3-liability-q1", Answer::Kind::not_applicable);
    a.document = "Contract, part 4";
    a.note = "bought as a service";
    const auto back = answer_from_json(to_json(a));
    ASSERT_TRUE(back);
    EXPECT_TRUE(back->says(a));
    EXPECT_EQ(back->on, a.on);
    EXPECT_FALSE(answer_from_json({{"answer", "perhaps"}, {"on", "2026-01-01"}}));
    EXPECT_FALSE(answer_kind("YES"));
}

}  // namespace
}  // namespace capbridge::competency::test
