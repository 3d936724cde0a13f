#include "core/base/text.hpp"
#include "small_trust.hpp"

namespace capbridge::competency::test {
namespace {

std::vector<std::string> says(const ordered_json& explanation) {
    std::vector<std::string> out;
    for (const auto& step : explanation.at("steps")) {
        out.push_back(step.at("kind").get<std::string>() + ": " + step.at("says").get<std::string>());
    }
    return out;
}

TEST(Explain, TellsTheWholeWayInSentences) {
    const auto rules = small_rules();
    const auto p = somebody(*rules, {passed("law", "2026-03-01", 2)}, {is("user")});
    const auto why = explain_person(p, *rules, on("2026-03-10"), "a7-liability-1", "");
    ASSERT_TRUE(why);
    EXPECT_EQ(why->at("verdict"), "met");
    EXPECT_EQ(why->at("reason"), "met_implied");
    EXPECT_TRUE(why->at("missing").empty());
    const auto title = [](const char* id) {
        return hee().requirements[static_cast<std::size_t>(hee().requirement_index(id))].title;
    };
    const auto user = "‘" + title("a7-liability-1") + "’ (Familiarity",
               driver = "‘" + title("a2-liability-1") + "’ (Understanding, a2-liability-1)";
    EXPECT_EQ(says(*why),
              (std::vector<std::string>{
                  "demand: " + user +
                      ") is asked of this person as one of the archetype User. It is to be met by "
                      "the team together, not by each person alone. So says the profile default@1, "
                      "‘user-advanced’: Users of products that are not of low risk meet the advanced areas "
                      "together.",
                  "statement: On 2026-03-01 the learning ‘Course law’ was passed (statement s2).",
                  "mapping: By the mapping nymouth@3/law it is evidence of " + driver +
                      ", from 2026-03-01, without an end.",
                  "implication: Holding " + driver + " includes " + user +
                      ", a7-liability-1): the same topic at a lower level."}));
}

TEST(Explain, TellsApartTwoItemsOfOneTopicAndLevel) {
    const auto rules = rules_of({mapping("law", claim(gdpr_understand), {{"needs", "passed"}})});
    const auto p = somebody(*rules, {passed("law", "2026-03-01", 2)}, {is("embedder")});
    const auto why = explain_person(p, *rules, on("2026-03-10"), gdpr_understand_too, "");
    ASSERT_TRUE(why);
    EXPECT_EQ(why->at("reason"), "met_equivalent");
    const auto line = says(*why).back();
    EXPECT_NE(line.find(std::string("(Understanding, ") + gdpr_understand + ") and "), std::string::npos)
        << line;
    EXPECT_NE(line.find(std::string("(Understanding, ") + gdpr_understand_too + ") are the same topic"),
              std::string::npos)
        << line;
}

TEST(Explain, NamesWhatWouldHelpBestFirst) {
    const auto rules =
        rules_of({mapping("long", claim(aware)), mapping("read", claim(gdpr_understand)),
                  mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}, {"min_score", 0.75}})});
    const auto p = somebody(*rules, {completed("read", "2026-03-01", 1), completed("quiz", "2026-03-02", 2)},
                            {is("driver")});
    const auto why = explain_person(p, *rules, on("2026-03-10"), gdpr_understand, "");
    ASSERT_TRUE(why);
    EXPECT_EQ(why->at("verdict"), "in_progress");
    const auto lines = says(*why);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_NE(lines[2].find("cap: The policy default@1 lets a completion claim at most Familiarity of "
                            "knowledge and no skill; the mapping nymouth@3/read claims"),
              std::string::npos)
        << lines[2];
    EXPECT_NE(lines[4].find("must be passed to give this item; completing it is not enough."),
              std::string::npos)
        << lines[4];
    EXPECT_EQ(
        why->at("missing").dump(),
        R"([{"needs":"Finish, or pass, what was begun.","would_be_given_by":[{"id":"quiz","title":"Course quiz",)"
        R"("minutes":40,"needs":"passed","min_score":0.75}]}])");
    const auto none = explain_person(p, *rules, on("2026-03-10"), gdpr_skill, "");
    EXPECT_EQ(none->at("reason"), "no_learning_exists");
    EXPECT_EQ(none->at("demand"), "not_demanded");
    EXPECT_NE(none->at("missing")[0].at("needs").get<std::string>().find("No learning exists"),
              std::string::npos);
}

TEST(Explain, RefusesWhatThereIsNot) {
    const auto rules = small_rules();
    const auto p = somebody(*rules, {completed("scan", "2026-03-01")}, {is("user")});
    const auto code = [&](const char* requirement, const char* context) {
        const auto why = explain_person(p, *rules, on("2026-03-10"), requirement, context);
        return why ? why->at("verdict").get<std::string>() : why.error().code;
    };
    EXPECT_EQ(code("no-such", ""), "not_found");
    EXPECT_EQ(code(product_item, ""), "not_found");
    EXPECT_EQ(code(product_item, "no-such"), "not_found");
    EXPECT_EQ(code(aware, "scan-2"), "not_found");
    EXPECT_EQ(code(product_item, "scan-2"), "met");
    const auto refused = explain_person(p, *rules, on("2026-03-10"), product_item, "no-such");
    EXPECT_EQ(refused.error().message, "there is no deployment 'no-such'; there are: scan-2");
    EXPECT_EQ(refused.error().where, "context");
}

TEST(ExplainCell, SaysForHowManyAndWhatWouldHelp) {
    const auto rules = small_rules();
    const auto ask = [&](const char* archetype, const char* factor) {
        CellExplainer explainer(*rules, on("2026-03-10"), {archetype, factor, "", ""});
        explainer.add(somebody(*rules, {completed("intro", "2026-03-01")}, {is("user")}));
        explainer.add(somebody(*rules, {}, {is("user")}, "p2"));
        explainer.add(somebody(*rules, {}, {}, "p3"));
        return explainer.finish();
    };
    const auto why = ask("", "ai-literacy");
    ASSERT_TRUE(why);
    EXPECT_EQ(why->at("verdict"), "red");
    EXPECT_EQ(why->at("reason"), "no_learning_exists");
    EXPECT_EQ(says(*why),
              (std::vector<std::string>{
                  "demand: 3 people in scope, 4 items: 12 cases of a person and an item. Every item is asked "
                  "of each person.",
                  "statement: In 2 of 12 cases: the item is met by learning mapped to it.",
                  "mapping: In 6 of 12 cases: no learning that is mapped could give the item.",
                  "statement: In 4 of 12 cases: learning for the item exists and has not been taken up."}));
    ASSERT_EQ(why->at("missing").size(), 4U);
    EXPECT_EQ(why->at("missing")[0].at("people"), 3);
    EXPECT_EQ(why->at("missing")[3].at("would_be_given_by")[0].at("id"), "intro");
    EXPECT_EQ(ask("user", "liability")->at("counts").at("people"), 2);
    EXPECT_EQ(ask("user", "ai-literacy").error().code, "not_found");
    EXPECT_EQ(ask("nobody", "liability").error().code, "not_found");
    EXPECT_EQ(ask("user", "nothing").error().code, "not_found");
    EXPECT_EQ(ask("", "systems-impact").error().code, "not_found");
    EXPECT_EQ(
        ask("nobody", "liability").error().message,
        "the framework hee-ai-confidence has no archetype 'nobody'; there are: shaper, driver, creator, "
        "embedder, user");
}

TEST(ExplainCell, OfAProductCountsLikeTheMatrix) {
    const auto rules = small_rules();
    MatrixBuilder builder(*rules, on("2026-03-10"));
    const auto ask = [&](const char* context, const char* group) {
        CellExplainer explainer(*rules, on("2026-03-10"), {"", "", context, group});
        const auto add = [&](const PersonFacts& p) {
            builder.add(p);
            explainer.add(p);
        };
        add(somebody(*rules, {completed("scan", "2026-03-01")}, {is("user")}));
        add(somebody(*rules, {}, {is("user")}, "p2"));
        add(somebody(*rules, {completed("scan", "2026-03-01")}, {is("driver")}, "p3"));
        auto elsewhere = somebody(*rules, {}, {is("user")}, "p4");
        elsewhere.person.employments[0].unit = "Surgery";
        add(elsewhere);
        return explainer.finish();
    };
    const auto why = ask("scan-2", "governance");
    ASSERT_TRUE(why);
    EXPECT_EQ(why->at("cell").dump(), R"({"context":"scan-2","group":"governance"})");
    EXPECT_EQ(why->at("reason"), "no_learning_exists");
    auto counts = why->at("counts");
    EXPECT_EQ(counts.at("people"), 2) << "users of that unit only";
    const auto matrix = builder.finish();
    auto cell = cell_of(matrix.at("products")[0].at("cells"), "group", "governance");
    cell.erase("group");
    cell.erase("applicable");
    EXPECT_EQ(counts, cell);
    EXPECT_EQ(
        says(*why)[0],
        "demand: ChestScan 2 is in use in ‘Radiology’: these items are asked of those who work there and "
        "are confirmed as its users. 2 people in scope, 4 items: 8 cases of a person and an item. Every "
        "item is asked of each person.");
    bool found = false;
    for (const auto& missing : why->at("missing")) {
        if (missing.at("requirement") != product_item) continue;
        found = true;
        EXPECT_EQ(missing.at("would_be_given_by")[0].at("id"), "scan");
    }
    EXPECT_TRUE(found);

    const auto refused = [&](const char* context, const char* group) { return ask(context, group).error(); };
    EXPECT_EQ(refused("x", "governance").message, "there is no deployment 'x'; there are: scan-2");
    EXPECT_EQ(refused("x", "governance").where, "context");
    EXPECT_EQ(refused("", "governance").code, "not_found");
    EXPECT_EQ(refused("scan-2", "x").message,
              "the framework hee-ai-confidence has no group 'x'; there are: governance, implementation, "
              "clinical-use");
    EXPECT_EQ(refused("scan-2", "x").where, "group");
    const auto none = rules_of({});
    CellExplainer explainer(*none, on("2026-03-10"), {"", "", "x", "governance"});
    EXPECT_EQ(explainer.finish().error().message, "there is no deployment 'x'; there is none");
}

TEST(ExplainCell, TheReasonExplainsTheVerdict) {
    // Liability of Users has one item beside those that only an assessment could give; of three Users one
    // holds it all, or nobody does.
    std::vector<std::string> items;
    for (const auto& r : hee().requirements) {
        if (r.table == "A7" && r.factor == "liability") items.push_back(r.id);
    }
    const auto rules = rules_of({mapping("all", claims(items), {{"needs", "passed"}})});
    const auto ask = [&](const std::vector<Fact>& facts) {
        CellExplainer explainer(*rules, on("2026-03-10"), {"user", "liability", "", ""});
        explainer.add(somebody(*rules, facts, {is("user")}));
        explainer.add(somebody(*rules, {}, {is("user")}, "p2"));
        explainer.add(somebody(*rules, {}, {is("user")}, "p3"));
        return *explainer.finish();
    };
    const auto held = ask({passed("all", "2026-01-01")});
    EXPECT_EQ(held.at("verdict"), "green");
    EXPECT_EQ(held.at("reason"), "met_direct") << "not why two of three have not taken it up";
    EXPECT_NE(says(held)[0].find("to be met by the people together: "), std::string::npos);
    EXPECT_NE(says(held)[0].find(" held by somebody."), std::string::npos);
    auto soon = passed("all", "2026-01-01");
    soon.expires = day("2026-04-01");
    EXPECT_EQ(ask({soon}).at("verdict"), "amber");
    EXPECT_EQ(ask({soon}).at("reason"), "met_direct");
    EXPECT_EQ(ask({}).at("verdict"), "red");
    EXPECT_EQ(ask({}).at("reason"), "not_attempted");
    CellExplainer nobody(*rules, on("2026-03-10"), {"user", "liability", "", ""});
    EXPECT_EQ(nobody.finish()->at("verdict"), "none");
    EXPECT_TRUE(nobody.finish()->at("reason").is_null());
}

}  // namespace
}  // namespace capbridge::competency::test
