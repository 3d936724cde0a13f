// What a profile asks of whom: conditions, unknown knowledge, the last ask, and the limits of evidence.
#include "core/competency/demand.hpp"

#include <algorithm>

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

json ask(std::string id, json items, json people, std::string demand) {
    json out = {{"id", std::move(id)}, {"items", std::move(items)}, {"demand", std::move(demand)}};
    if (!people.empty()) out["people"] = std::move(people);
    return out;
}
Profile profile(json asks, bool extends = true) {
    // Compilers disagree on whether {ask} is a list of one or the ask itself.
    if (asks.is_object()) asks = json::array({std::move(asks)});
    json document = {{"id", "own"}, {"version", "1"}, {"asks", std::move(asks)}};
    if (extends) document["extends"] = "default";
    const auto loaded = load_profile(document.dump(2), "own.json", hee());
    EXPECT_TRUE(loaded) << loaded.error().text();
    return *loaded;
}
Product product(std::optional<bool> clinical, std::string risk) {
    Product out;
    out.id = "chest-scan";
    out.name = "ChestScan";
    out.clinical = clinical;
    out.risk = std::move(risk);
    return out;
}

// How an item is asked of the Radiologist of world.hpp; not_demanded when it is not.
Demand asked(Rulebook book, const std::vector<people::Assignment>& roles, std::string_view requirement) {
    const Rules rules(std::move(book));
    const int index = hee().requirement_index(requirement);
    for (const auto& item : demand_of(person(), roles, rules, day("2026-01-01"))) {
        if (item.requirement == index) return item.demand;
    }
    return Demand::not_demanded;
}

TEST(Profile, UsersOfLowRiskMayAndOthersMustTogether) {
    auto book = book_of({}, {deployment("scan-2")});
    const std::vector roles{is("user")};
    EXPECT_EQ(asked(book, roles, "a7-liability-1"), Demand::collective) << "nothing is known of the product";
    book.products = {product({}, "low")};
    EXPECT_EQ(asked(book, roles, "a7-liability-1"), Demand::optional);
    book.products = {product({}, "high")};
    EXPECT_EQ(asked(book, roles, "a7-liability-1"), Demand::collective);
}

TEST(Profile, ClinicalUseIsAskedUnlessItIsKnownNotToServeDecisions) {
    const auto& all = hee().requirements;
    const auto clinical = std::find_if(all.begin(), all.end(), [](const auto& r) {
        return r.table == "A4" && r.group == "clinical-use" && !r.level.empty();
    });
    ASSERT_NE(clinical, all.end());
    auto book = book_of({}, {deployment("scan-2")});
    const std::vector roles{is("creator")};
    EXPECT_EQ(asked(book, roles, clinical->id), Demand::collective);
    book.products = {product(false, "high")};
    EXPECT_EQ(asked(book, roles, clinical->id), Demand::not_demanded);
    EXPECT_EQ(asked(book, roles, gdpr_skill), Demand::collective) << "what is not clinical use stays";
    book.deployments.clear();  // works with nothing: it is not known
    EXPECT_EQ(asked(book, roles, clinical->id), Demand::collective);
}

TEST(Profile, TheLastAskThatFitsDecides) {
    auto book = book_of({});
    const json one{{"requirements", {aware}}};
    book.profile = profile({ask("away", one, {}, "not_demanded")});
    EXPECT_EQ(asked(book, {}, aware), Demand::not_demanded);
    EXPECT_EQ(asked(book, {}, "t1-ai-literacy-2"), Demand::required);
    book.profile = profile({ask("away", one, {}, "not_demanded"), ask("back", one, {}, "optional")});
    EXPECT_EQ(asked(book, {}, aware), Demand::optional);
    book.profile = profile({ask("only", one, {}, "required")}, false);
    EXPECT_EQ(asked(book, {}, "t1-ai-literacy-2"), Demand::not_demanded);
}

TEST(Profile, UnitsAreMeantWithAllBelowThem) {
    auto book = book_of({});
    const json one{{"requirements", {gdpr_familiar}}};
    book.profile = profile({ask("imaging", one, {{"units", {"Imaging"}}}, "required")});
    EXPECT_EQ(asked(book, {}, gdpr_familiar), Demand::not_demanded);
    book.units = Units({{"s|1", "Imaging", "IM", ""}, {"s|2", "Radiology", "", "s|1"}});
    EXPECT_EQ(asked(book, {}, gdpr_familiar), Demand::required);
    book.profile =
        profile({ask("nurses", one, {{"units", {"Imaging"}}, {"staff_groups", {"Nursing"}}}, "required")});
    EXPECT_EQ(asked(book, {}, gdpr_familiar), Demand::not_demanded) << "both in one employment";
}

TEST(Profile, UnknownIdsAreErrorsWithTheirPlace) {
    const json document = {
        {"id", "own"}, {"version", "1"}, {"asks", {ask("x", {{"factors", {"nothing"}}}, {}, "required")}}};
    const auto loaded = load_profile(document.dump(2), "own.json", hee());
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("/asks/0/items/factors/0"), std::string::npos)
        << loaded.error().message;
}

TEST(Policy, AMethodAndALeadHaveLimitsOfTheirOwn) {
    const auto policy = *default_policy(hee());
    const auto& skill = hee().requirements[static_cast<std::size_t>(hee().requirement_index(gdpr_skill))];
    const auto& deep = hee().requirements[static_cast<std::size_t>(hee().requirement_index(gdpr_understand))];
    EXPECT_FALSE(within_cap(policy, {EvidenceKind::observed}, hee(), skill)) << "proficiency";
    EXPECT_TRUE(within_cap(policy, {EvidenceKind::observed, true}, hee(), skill));
    EXPECT_FALSE(within_cap(policy, {EvidenceKind::completed, true}, hee(), skill));
    EXPECT_TRUE(within_cap(policy, {EvidenceKind::passed, false, "quiz"}, hee(), deep));
    EXPECT_FALSE(within_cap(policy, {EvidenceKind::passed, false, "reading"}, hee(), deep));
}

TEST(Policy, WhatNobodyDatesHoldsAsLongAsItsTierSays) {
    auto file = load_mapping(mapping_file({mapping("intro", claim(aware))}).dump(2), "m.json", hee());
    ASSERT_TRUE(file);
    auto book = book_of({*file});
    book.policy.valid_for["foundational"] = *parse_duration("P1Y");
    const Rules rules(std::move(book));
    const auto records = fold({completed("intro", "2026-03-01")}, person(), rules);
    EXPECT_EQ(at(records, aware, "2027-02-28"), "expiring/met_direct");
    EXPECT_EQ(at(records, aware, "2027-03-02"), "expired/expired");
}

TEST(Policy, TheFormerVersionCountsForTheDaysOfGrace) {
    auto file = load_mapping(mapping_file({mapping("scan", claim(product_item),
                                                   {{"product", {{"name", "ChestScan"}, {"version", "1"}}}})})
                                 .dump(2),
                             "m.json", hee());
    ASSERT_TRUE(file);
    auto before = deployment("scan-1", "1"), after = deployment("scan-2", "2");
    after.go_live = day("2026-06-01");
    const Rules rules(book_of({*file}, {before, after}));  // 90 days of grace
    const auto records = fold({completed("scan", "2026-01-10")}, person(), rules);
    EXPECT_EQ(at(records, product_item, "2026-08-29", "scan-2"), "expiring/met_direct");
    EXPECT_EQ(at(records, product_item, "2026-08-31", "scan-2"), "expired/expired");
    EXPECT_EQ(at(records, product_item, "2026-08-31", "scan-1"), "met/met_direct");
    EXPECT_EQ(
        at(fold({completed("scan", "2026-09-10")}, person(), rules), product_item, "2026-09-11", "scan-2"),
        "none/not_attempted")
        << "learnt about the former version when its grace was over";
}

}  // namespace
}  // namespace capbridge::competency::test
