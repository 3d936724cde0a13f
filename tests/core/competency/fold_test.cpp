#include "core/competency/record.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

std::vector<Record> folded(const Rules& rules, const std::vector<Fact>& facts) {
    return fold(facts, person(), rules);
}

TEST(Fold, ACompletionGivesWhatItsMappingClaims) {
    const auto rules = rules_of({mapping("intro", claim(aware))});
    const auto records = folded(*rules, {completed("intro", "2026-03-01T23:10:00Z")});
    ASSERT_EQ(records.size(), 1U);
    const auto& r = records[0];
    EXPECT_EQ(r.attainment, Attainment::met);
    EXPECT_EQ(r.reason, Reason::met_direct);
    EXPECT_EQ(r.first_achieved, day("2026-03-01"));
    EXPECT_FALSE(r.valid_to);
    ASSERT_EQ(r.evidence.size(), 1U);
    EXPECT_EQ(r.evidence[0].mapping, "nymouth@3/intro");
    EXPECT_EQ(r.evidence[0].learning_item, "intro");
    EXPECT_EQ(at(records, aware, "2026-02-28"), "none/not_attempted");
    EXPECT_EQ(at(records, aware, "2026-03-01"), "met/met_direct");
}

TEST(Fold, ActivitiesThatNoMappingKnowsGiveNothing) {
    const auto rules = rules_of({mapping("intro", claim(aware))});
    const std::vector<Fact> facts = {completed("other", "2026-03-01")};
    EXPECT_TRUE(folded(*rules, facts).empty());
    EXPECT_TRUE(unmapped_only(facts, *rules));
    EXPECT_FALSE(
        unmapped_only({completed("other", "2026-03-01"), completed("intro", "2026-03-01", 2)}, *rules));
    EXPECT_FALSE(unmapped_only({}, *rules));
    EXPECT_FALSE(unmapped_only({fact(Fact::What::other, "other", "2026-03-01")}, *rules));
}

TEST(Fold, CapsByKindOfEvidence) {
    const auto rules = rules_of({mapping("quiz", claims({gdpr_understand, gdpr_skill}))});
    const auto completion = folded(*rules, {completed("quiz", "2026-03-01")});
    EXPECT_EQ(at(completion, gdpr_understand, "2026-03-02"), "none/capped");
    EXPECT_EQ(at(completion, gdpr_familiar, "2026-03-02"), "none/capped") << "a capped claim implies nothing";
    const auto pass = folded(*rules, {passed("quiz", "2026-03-01")});
    EXPECT_EQ(at(pass, gdpr_understand, "2026-03-02"), "met/met_direct");
    EXPECT_EQ(at(pass, gdpr_skill, "2026-03-02"), "none/capped");
    EXPECT_EQ(find(pass, gdpr_skill)->evidence[0].why_not, "capped");
    const int skill = hee().requirement_index("a4-guidelines-1");
    EXPECT_EQ(hee().requirements[static_cast<std::size_t>(skill)].level, "capability");
    EXPECT_FALSE(rules->allows({EvidenceKind::passed}, skill));
    EXPECT_TRUE(rules->allows({EvidenceKind::attested}, skill));
    EXPECT_TRUE(rules->allows({EvidenceKind::observed}, skill));
    EXPECT_FALSE(rules->allows({EvidenceKind::self}, skill));
}

TEST(Fold, NeedsAPassAndAScore) {
    const auto rules =
        rules_of({mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}, {"min_score", 0.8}}),
                  mapping("plain", claim(aware), {{"min_score", 0.5}}),
                  mapping("exam", claim("t1-ai-literacy-2"), {{"needs", "passed"}})});
    const auto why = [&](Fact f, std::optional<double> score, const char* requirement) {
        f.score = score;
        const auto records = folded(*rules, {f});
        const auto* record = find(records, requirement);
        return record == nullptr ? std::string("-") : record->evidence[0].why_not;
    };
    EXPECT_EQ(why(completed("quiz", "2026-03-01"), 0.9, gdpr_understand), "needs_pass");
    EXPECT_EQ(why(passed("quiz", "2026-03-01"), 0.79, gdpr_understand), "score_too_low");
    EXPECT_EQ(why(passed("quiz", "2026-03-01"), std::nullopt, gdpr_understand), "score_too_low");
    EXPECT_EQ(why(passed("quiz", "2026-03-01"), 0.8, gdpr_understand), "");
    EXPECT_EQ(why(completed("plain", "2026-03-01"), 0.5, aware), "");
    EXPECT_EQ(why(completed("plain", "2026-03-01"), std::nullopt, aware), "score_too_low");
    EXPECT_EQ(why(passed("exam", "2026-03-01"), std::nullopt, "t1-ai-literacy-2"), "");
    const auto records = folded(*rules, {completed("quiz", "2026-03-01")});
    EXPECT_EQ(at(records, gdpr_understand, "2026-03-01"), "in_progress/in_progress");
}

TEST(Fold, APassAlsoDoesWhereACompletionIsNeeded) {
    const auto rules = rules_of({mapping("intro", claim(aware))});
    const auto records = folded(*rules, {passed("intro", "2026-03-01")});
    EXPECT_EQ(find(records, aware)->evidence[0].kind, EvidenceKind::passed);
    EXPECT_EQ(at(records, aware, "2026-03-01"), "met/met_direct");
}

TEST(Fold, BegunLearningIsInProgress) {
    const auto rules = rules_of({mapping("intro", claim(aware)), mapping("quiz", claim(gdpr_skill))});
    const auto records = folded(*rules, {fact(Fact::What::progressed, "intro", "2026-03-01")});
    EXPECT_EQ(at(records, aware, "2026-03-01"), "in_progress/in_progress");
    EXPECT_TRUE(folded(*rules, {fact(Fact::What::progressed, "quiz", "2026-03-01")}).empty())
        << "could not give it anyway";
    EXPECT_EQ(at(folded(*rules, {failed("intro", "2026-03-01")}), aware, "2026-03-02"),
              "in_progress/in_progress");
}

TEST(Fold, ValidityIsTheEarlierOfSourceAndMapping) {
    const auto rules = rules_of({mapping("intro", claim(aware), {{"valid_for", "P1Y"}})});
    auto f = completed("intro", "2026-03-01");
    auto records = folded(*rules, {f});
    EXPECT_EQ(find(records, aware)->valid_to, day("2027-03-01"));
    EXPECT_EQ(at(records, aware, "2026-11-30"), "met/met_direct");
    EXPECT_EQ(at(records, aware, "2026-12-01"), "expiring/met_direct");
    EXPECT_EQ(at(records, aware, "2027-03-01"), "expiring/met_direct");
    EXPECT_EQ(at(records, aware, "2027-03-02"), "expired/expired");
    f.expires = day("2026-09-01");
    records = folded(*rules, {f});
    EXPECT_EQ(find(records, aware)->valid_to, day("2026-09-01"));
    f.expires = day("2030-01-01");
    EXPECT_EQ(find(folded(*rules, {f}), aware)->valid_to, day("2027-03-01"));
}

TEST(Fold, AGapBetweenTwoValiditiesReadsExpired) {
    const auto rules = rules_of({mapping("intro", claim(aware), {{"valid_for", "P6M"}})});
    const auto records =
        folded(*rules, {completed("intro", "2024-01-01", 1), completed("intro", "2025-01-01", 2)});
    const auto* r = find(records, aware);
    EXPECT_EQ(r->first_achieved, day("2024-01-01"));
    EXPECT_EQ(r->last_achieved, day("2025-01-01"));
    EXPECT_EQ(r->valid_to, day("2025-07-01"));
    EXPECT_EQ(at(records, aware, "2024-02-01"), "met/met_direct");
    EXPECT_EQ(at(records, aware, "2024-09-01"), "expired/expired");
    EXPECT_EQ(at(records, aware, "2025-02-01"), "met/met_direct");
    EXPECT_EQ(at(records, aware, "2026-02-01"), "expired/expired");
}

TEST(Fold, WhatHappenedOutsideTheWindowDoesNotCount) {
    const auto rules =
        rules_of({mapping("intro", claim(aware), {{"from", "2025-01-01"}, {"until", "2025-12-31"}})});
    EXPECT_EQ(at(folded(*rules, {completed("intro", "2025-12-31")}), aware, "2026-01-01"), "met/met_direct");
    const auto records = folded(*rules, {completed("intro", "2026-01-01")});
    EXPECT_EQ(at(records, aware, "2026-01-01"), "none/not_attempted");
    EXPECT_EQ(find(records, aware)->evidence[0].why_not, "outside_window");
    EXPECT_EQ(find(folded(*rules, {completed("intro", "")}), aware)->evidence[0].why_not, "outside_window");
}

TEST(Fold, AnUndatedFactCountsFromTheBeginning) {
    const auto rules = rules_of({mapping("intro", claim(aware), {{"valid_for", "P1Y"}})});
    const auto records = folded(*rules, {completed("intro", "")});
    const auto* r = find(records, aware);
    EXPECT_FALSE(r->first_achieved);
    EXPECT_FALSE(r->valid_to);
    EXPECT_EQ(at(records, aware, "1990-01-01"), "met/met_direct");
}

TEST(Fold, ImplicationRunsAlongTheTopic) {
    const auto rules = rules_of({mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}})});
    const auto records = folded(*rules, {passed("quiz", "2026-03-01")});
    EXPECT_EQ(at(records, gdpr_understand, "2026-03-01"), "met/met_direct");
    EXPECT_EQ(at(records, gdpr_familiar, "2026-03-01"), "met/met_implied");
    EXPECT_EQ(at(records, gdpr_understand_too, "2026-03-01"), "met/met_equivalent");
    EXPECT_EQ(find(records, gdpr_skill), nullptr) << "knowing is not doing";
    EXPECT_EQ(find(records, gdpr_familiar)->evidence[0].implied_by, gdpr_understand);
    EXPECT_EQ(records.size(), 3U);
}

TEST(Fold, DirectComesBeforeImplied) {
    const auto rules = rules_of({mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}}),
                                 mapping("intro", claim(gdpr_familiar))});
    const auto records =
        folded(*rules, {passed("quiz", "2026-03-01", 1), completed("intro", "2026-03-05", 2)});
    EXPECT_EQ(at(records, gdpr_familiar, "2026-03-04"), "met/met_implied");
    EXPECT_EQ(at(records, gdpr_familiar, "2026-03-05"), "met/met_direct");
    EXPECT_EQ(find(records, gdpr_familiar)->evidence.size(), 2U);
}

TEST(Fold, ATopicClaimIsOnEveryRequirementAtThatLevel) {
    const auto rules = rules_of(
        {mapping("quiz", json::array({{{"topic", "gdpr-healthcare-ai"}, {"level", "understanding"}}}),
                 {{"needs", "passed"}})});
    const auto records = folded(*rules, {passed("quiz", "2026-03-01")});
    EXPECT_EQ(at(records, gdpr_understand, "2026-03-01"), "met/met_direct");
    EXPECT_EQ(at(records, gdpr_understand_too, "2026-03-01"), "met/met_direct");
    EXPECT_EQ(find(records, gdpr_understand)->evidence.size(), 1U) << "one statement, one contribution";
}

TEST(Fold, ALaterFailureContradictsAndALaterPassMends) {
    const auto rules = rules_of({mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}})});
    std::vector<Fact> facts = {passed("quiz", "2026-03-01", 1), failed("quiz", "2026-06-01", 2)};
    auto records = folded(*rules, facts);
    EXPECT_EQ(find(records, gdpr_understand)->attainment, Attainment::contradicted);
    EXPECT_EQ(find(records, gdpr_understand)->valid_to, day("2026-05-31"));
    EXPECT_EQ(at(records, gdpr_understand, "2026-05-31"), "met/met_direct");
    EXPECT_EQ(at(records, gdpr_understand, "2026-06-01"), "contradicted/contradicted");
    EXPECT_EQ(at(records, gdpr_familiar, "2026-06-01"), "met/met_implied") << "only what the quiz claims";
    facts.push_back(passed("quiz", "2026-07-01", 3));
    records = folded(*rules, facts);
    EXPECT_EQ(find(records, gdpr_understand)->attainment, Attainment::met);
    EXPECT_EQ(find(records, gdpr_understand)->first_achieved, day("2026-03-01"));
    EXPECT_EQ(find(records, gdpr_understand)->last_achieved, day("2026-07-01"));
    EXPECT_EQ(at(records, gdpr_understand, "2026-06-15"), "contradicted/contradicted");
    EXPECT_EQ(at(records, gdpr_understand, "2026-07-01"), "met/met_direct");
}

TEST(Fold, AFailureBeforeAPassOrAfterItsEndContradictsNothing) {
    const auto rules =
        rules_of({mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}, {"valid_for", "P1Y"}})});
    auto records = folded(*rules, {failed("quiz", "2026-02-01", 1), passed("quiz", "2026-03-01", 2)});
    EXPECT_EQ(at(records, gdpr_understand, "2026-03-01"), "met/met_direct");
    records = folded(*rules, {passed("quiz", "2024-03-01", 1), failed("quiz", "2026-03-01", 2)});
    EXPECT_EQ(at(records, gdpr_understand, "2026-03-01"), "expired/expired");
    records = folded(*rules, {failed("quiz", "", 9), passed("quiz", "2026-03-01", 2)});
    EXPECT_EQ(at(records, gdpr_understand, "2026-03-01"), "met/met_direct");
}

TEST(Fold, WhatIsVoidedIsRevoked) {
    const auto rules = rules_of({mapping("intro", claim(aware))});
    auto gone = completed("intro", "2026-03-01", 1);
    gone.voided = true;
    auto records = folded(*rules, {gone});
    EXPECT_EQ(find(records, aware)->attainment, Attainment::revoked);
    EXPECT_EQ(find(records, aware)->evidence[0].why_not, "voided");
    EXPECT_EQ(at(records, aware, "2026-03-01"), "revoked/revoked");
    records = folded(*rules, {gone, completed("intro", "2026-04-01", 2)});
    EXPECT_EQ(at(records, aware, "2026-04-01"), "met/met_direct");
    auto begun = fact(Fact::What::progressed, "intro", "2026-03-01");
    begun.voided = true;
    EXPECT_TRUE(folded(*rules, {begun}).empty());
}

TEST(Fold, TrainingOnAProductGoesToItsDeployments) {
    const auto training = [](json more) { return mapping("scan", claim(product_item), {{"product", more}}); };
    const std::vector<Deployment> deployments = {deployment("scan-2"),
                                                 deployment("scan-1", "1"),
                                                 {"elsewhere", "ChestScan", "2", "Surgery", std::nullopt}};
    const auto any = rules_of({training({{"name", "ChestScan"}})}, deployments);
    auto records = folded(*any, {completed("scan", "2026-03-01")});
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].context, "scan-1");
    EXPECT_EQ(at(records, product_item, "2026-03-01", "scan-2"), "met/met_direct");
    EXPECT_EQ(at(records, product_item, "2026-03-01"), "-");
    const auto two = rules_of({training({{"name", "ChestScan"}, {"version", "2"}})}, deployments);
    records = folded(*two, {completed("scan", "2026-03-01")});
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].context, "scan-2");
    EXPECT_TRUE(two->reachable(hee().requirement_index(product_item), "scan-2", day("2026-01-01")));
    EXPECT_FALSE(two->reachable(hee().requirement_index(product_item), "scan-1", day("2026-01-01")));
    EXPECT_FALSE(two->reachable(hee().requirement_index(product_item), "", day("2026-01-01")));
}

TEST(Fold, ContributionsTravelAsJson) {
    const auto rules = rules_of({mapping("quiz", claim(gdpr_understand), {{"valid_for", "P1Y"}})});
    for (const auto& record :
         folded(*rules, {passed("quiz", "2026-03-01", 1), failed("quiz", "2026-04-01", 2)})) {
        for (const auto& c : record.evidence) EXPECT_EQ(contribution_from_json(to_json(c)), c);
    }
}

TEST(Demand, FoundationalOfStaffAdvancedOfArchetypesProductsOfUsers) {
    const auto rules = rules_of({}, {deployment("scan-2")});
    const auto on = day("2026-01-01");
    EXPECT_EQ(demand_of(person(), {}, *rules, on).size(), 30U);
    EXPECT_EQ(demand_of(people::Person{}, {}, *rules, on).size(), 30U) << "no employment on record";
    EXPECT_EQ(demand_of(person(), {is("creator")}, *rules, on).size(), 30U + 51U)
        << "the lost level is never asked";
    EXPECT_EQ(demand_of(person(), {is("user")}, *rules, on).size(), 30U + 26U + 20U);
    EXPECT_EQ(demand_of(person(), {is("user", people::Assignment::State::proposed)}, *rules, on).size(), 30U);
    auto ended = is("user");
    ended.to = day("2025-12-31");
    EXPECT_EQ(demand_of(person(), {ended}, *rules, on).size(), 30U);
    auto left = person();
    left.employments[0].to = day("2025-12-31");
    EXPECT_TRUE(demand_of(left, {is("user")}, *rules, on).empty());
    for (const auto& d : demand_of(person(), {is("user")}, *rules, on)) {
        const auto& r = hee().requirements[static_cast<std::size_t>(d.requirement)];
        EXPECT_EQ(d.demand, r.tier == "advanced" ? Demand::collective : Demand::required);
        EXPECT_EQ(d.deployment, r.tier == "product-specific" ? 0 : -1);
    }
}

}  // namespace
}  // namespace capbridge::competency::test
