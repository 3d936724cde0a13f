// Two sets of rules held against each other: every item that differs is counted once, by whoever adds it up.
#include "core/competency/comparison.hpp"

#include "core/competency/world.hpp"

namespace capbridge::competency::test {
namespace {

const Day today = day("2026-06-01");

PersonFacts facts_of(const std::vector<Fact>& facts, const Rules& rules, const std::string& id = "p1") {
    PersonFacts out{person(id), {is("user")}, {}, false};
    out.records = fold(facts, out.person, rules);
    out.unmapped_only = unmapped_only(facts, rules);
    return out;
}

TEST(Comparison, CountsWhatIsGainedAndLostAndWhy) {
    const auto before = rules_of({mapping("x", claim(aware))});
    const auto after = rules_of({mapping("x", claim("t1-ai-literacy-2"))});
    const std::vector<Fact> facts{completed("x", "2026-01-01")};
    Comparison comparison(*before, *after, today);
    comparison.add(facts_of(facts, *before), facts_of(facts, *after));
    comparison.add(facts_of({}, *before, "p2"), facts_of({}, *after, "p2"));
    const auto told = comparison.finish();
    EXPECT_EQ(told["people"], (ordered_json{{"total", 2}, {"changed", 1}, {"gaining", 1}, {"losing", 1}}));
    EXPECT_EQ(told["items"]["gained"], 1);
    EXPECT_EQ(told["items"]["lost"], 1);
    EXPECT_EQ(told["reasons"]["gained"], (ordered_json{{"met_direct", 1}}));
    EXPECT_EQ(told["reasons"]["lost"], (ordered_json{{"no_learning_exists", 1}}));
    EXPECT_EQ(told["by_unit"][0]["unit"], "Radiology");
    EXPECT_EQ(told["by_archetype"][0]["tier"], "foundational");
    EXPECT_TRUE(told["by_archetype"][0]["archetype"].is_null());
    EXPECT_EQ(told["list"][0]["person"], "p1");
    EXPECT_EQ(told["list"][0]["lost_items"][0]["requirement"], aware);
    EXPECT_EQ(told["gaps"], (ordered_json{{"closed", 1}, {"opened", 1}}));
}

TEST(Comparison, SeesShorterAndLongerValidity) {
    const auto before = rules_of({mapping("x", claim(aware), {{"valid_for", "P2Y"}})});
    const auto after = rules_of({mapping("x", claim(aware), {{"valid_for", "P1Y"}})});
    const std::vector<Fact> facts{completed("x", "2026-01-01")};
    Comparison shorter(*before, *after, today), longer(*after, *before, today), same(*after, *after, today);
    shorter.add(facts_of(facts, *before), facts_of(facts, *after));
    longer.add(facts_of(facts, *after), facts_of(facts, *before));
    same.add(facts_of(facts, *after), facts_of(facts, *after));
    EXPECT_EQ(shorter.finish()["items"]["valid_shorter"], 1);
    EXPECT_EQ(shorter.finish()["people"]["losing"], 0);
    EXPECT_EQ(longer.finish()["items"]["valid_longer"], 1);
    EXPECT_EQ(same.finish()["people"]["changed"], 0);
}

TEST(Comparison, KnowsDeploymentsThatOneSideLacks) {
    const auto mappings =
        std::vector<json>{mapping("x", claim(product_item), {{"product", {{"name", "ChestScan"}}}})};
    const auto before = rules_of(mappings), after = rules_of(mappings, {deployment("scan")});
    const std::vector<Fact> facts{completed("x", "2026-01-01")};
    Comparison comparison(*before, *after, today);
    comparison.add(facts_of(facts, *before), facts_of(facts, *after));
    const auto told = comparison.finish();
    EXPECT_EQ(told["items"]["gained"], 1);
    EXPECT_EQ(told["list"][0]["gained_items"][0]["context"], "scan");
    EXPECT_GT(told["items"]["newly_asked"].get<int>(), 1);
    Comparison back(*after, *before, today);
    back.add(facts_of(facts, *after), facts_of(facts, *before));
    EXPECT_EQ(back.finish()["items"]["lost"], 1);
    EXPECT_EQ(back.finish()["reasons"]["lost"], (ordered_json{{"no_learning_exists", 1}}));
}

TEST(Comparison, MergedIsTheSameAsInOne) {
    const auto before = rules_of({mapping("x", claim(aware))});
    const auto after = rules_of({mapping("x", claim("t1-ai-literacy-2")), mapping("y", claim(aware))});
    const ComparisonLimits limits{3, 1};
    Comparison whole(*before, *after, today, limits), first(*before, *after, today, limits),
        second(*before, *after, today, limits);
    for (int i = 0; i < 8; ++i) {
        std::vector<Fact> facts;
        if (i % 2 == 0) facts.push_back(completed("x", "2026-01-01", i + 1));
        if (i % 3 == 0) facts.push_back(completed("y", "2026-01-01", i + 20));
        const auto id = "p" + std::to_string(i);
        for (auto* one : {&whole, i < 4 ? &first : &second})
            one->add(facts_of(facts, *before, id), facts_of(facts, *after, id));
    }
    first.merge(std::move(second));
    EXPECT_EQ(first.finish(), whole.finish());
    EXPECT_EQ(whole.finish()["list"].size(), 3u);
    EXPECT_GT(whole.finish()["listed_of"].get<int>(), 3);
}

}  // namespace
}  // namespace capbridge::competency::test
