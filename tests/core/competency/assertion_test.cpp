// What is said of a competency, given what is held and what was said: gained, renewed, expired, taken back.
#include "core/competency/assertion.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/competency/assertion_statement.hpp"
#include "core/competency/world.hpp"
#include "core/framework/xapi_profile.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::competency::test {
namespace {

std::vector<std::string> items_of(std::string_view table, std::string_view factor) {
    std::vector<std::string> out;
    for (const auto& r : hee().requirements) {
        if (r.table == table && r.factor == factor && !r.level.empty()) out.push_back(r.id);
    }
    return out;
}
const std::string& first_table() {
    static const auto table =
        hee().requirements[static_cast<std::size_t>(hee().requirement_index(aware))].table;
    return table;
}
std::vector<std::string> literacy() {
    return items_of(first_table(), "ai-literacy");
}

// A quiz gives all of the foundation's items of AI literacy for a year.
std::unique_ptr<Rules> rules() {
    return rules_of({mapping("quiz", claims(literacy()),
                             {{"needs", "passed"}, {"method", "quiz"}, {"valid_for", "P1Y"}})});
}

PersonFacts facts_of(const std::vector<Fact>& facts, const Rules& rules) {
    PersonFacts out;
    out.person = person();
    out.records = fold(facts, out.person, rules);
    return out;
}

const Holding* literacy_in(const std::vector<Holding>& all) {
    for (const auto& one : all) {
        if (one.archetype < 0 && one.factor == hee().factor_index("ai-literacy")) return &one;
    }
    return nullptr;
}

TEST(Holdings, AllItemsOfAFactorMakeItComplete) {
    const auto r = rules();
    const auto p = facts_of({passed("quiz", "2026-03-01")}, *r);
    Holdings holdings(*r, day("2026-06-01"));
    const auto* held = literacy_in(holdings.of(p));
    ASSERT_NE(held, nullptr);
    EXPECT_TRUE(held->complete);
    EXPECT_EQ(held->items.size(), literacy().size());
    EXPECT_EQ(held->day, day("2026-03-01"));
    EXPECT_EQ(held->valid_to, p.records.front().valid_to);
    EXPECT_TRUE(holdings.stand(literacy()).holds);
}

TEST(Holdings, OneItemLessIsNotComplete) {
    auto some = literacy();
    ASSERT_GT(some.size(), 1u);
    some.pop_back();
    const auto r = rules_of({mapping("quiz", claims(some), {{"needs", "passed"}, {"method", "quiz"}})});
    Holdings holdings(*r, day("2026-06-01"));
    // Perhaps what is left follows from another item of its topic: then there is nothing to test here.
    const auto* held = literacy_in(holdings.of(facts_of({passed("quiz", "2026-03-01")}, *r)));
    ASSERT_NE(held, nullptr);
    EXPECT_FALSE(held->complete);
}

TEST(Holdings, AWaivedItemIsNotAskedAndNothingAskedIsNotComplete) {
    const auto r = rules();
    auto p = facts_of({}, *r);
    for (const auto& id : literacy()) {
        Record record;
        record.requirement = hee().requirement_index(id);
        record.overriding.kind = Override::Kind::waived;
        p.records.push_back(record);
    }
    std::sort(p.records.begin(), p.records.end(),
              [](const Record& a, const Record& b) { return a.requirement < b.requirement; });
    Holdings holdings(*r, day("2026-06-01"));
    const auto* held = literacy_in(holdings.of(p));
    EXPECT_TRUE(held == nullptr || !held->complete);
}

TEST(Holdings, WhoHasLeftIsAskedNothingAndKeepsWhatTheyHave) {
    const auto r = rules();
    auto p = facts_of({passed("quiz", "2026-03-01")}, *r);
    p.person.employments.front().to = day("2026-05-01");
    Holdings holdings(*r, day("2026-06-01"));
    EXPECT_TRUE(holdings.of(p).empty());
    EXPECT_TRUE(holdings.stand(literacy()).holds);
}

TEST(Holdings, TimeAndAFailureAreToldApart) {
    const auto r = rules();
    const auto later = day("2027-06-01");
    Holdings holdings(*r, later);
    const auto once = facts_of({passed("quiz", "2026-03-01")}, *r);
    holdings.of(once);
    const auto over = holdings.stand(literacy());
    EXPECT_FALSE(over.holds);
    EXPECT_TRUE(over.expired);
    ASSERT_TRUE(over.until);
    EXPECT_LT(*over.until, later);

    Holdings now(*r, day("2026-06-01"));
    const auto both = facts_of({passed("quiz", "2026-03-01", 1), failed("quiz", "2026-04-01", 2)}, *r);
    now.of(both);
    const auto failed_since = now.stand(literacy());
    EXPECT_FALSE(failed_since.holds);
    EXPECT_FALSE(failed_since.expired);
    EXPECT_EQ(failed_since.reason, Reason::contradicted);

    auto voided = passed("quiz", "2026-03-01");
    voided.voided = true;
    const auto taken_back = facts_of({voided}, *r);
    now.of(taken_back);
    EXPECT_EQ(now.stand(literacy()).reason, Reason::revoked);
}

TEST(Holdings, ItemsThatNothingReplacedTakeNothingBack) {
    const auto r = rules();
    Holdings holdings(*r, day("2026-06-01"));
    holdings.of(facts_of({}, *r));
    EXPECT_TRUE(holdings.stand({"no-such-item"}).holds);
    EXPECT_FALSE(holdings.stand({"no-such-item", aware}).holds);
}

TEST(ToSay, EachChangeIsSaidOnce) {
    Holding now;
    now.complete = true;
    now.valid_to = day("2027-03-01");
    const std::vector<std::string> items{"a", "b"};
    Asserted last;
    last.requirements = items;
    last.valid_to = now.valid_to;
    const Standing stands, over{false, true, {}, Reason::expired}, back{false, false, {}, Reason::revoked};

    EXPECT_EQ(to_say(nullptr, &now, stands, items, true), Said::achieved);
    EXPECT_EQ(to_say(nullptr, &now, stands, items, false), std::nullopt);
    EXPECT_EQ(to_say(nullptr, nullptr, stands, {}, true), std::nullopt);
    EXPECT_EQ(to_say(&last, &now, stands, items, true), std::nullopt);
    EXPECT_EQ(to_say(&last, nullptr, stands, {}, true), std::nullopt);  // not asked any more
    EXPECT_EQ(to_say(&last, nullptr, over, {}, false), Said::expired);
    EXPECT_EQ(to_say(&last, nullptr, back, {}, false), Said::revoked);
    now.valid_to = day("2028-03-01");
    EXPECT_EQ(to_say(&last, &now, stands, items, false), Said::achieved);  // renewed
    now.complete = false;
    EXPECT_EQ(to_say(&last, &now, stands, {"a", "b", "c"}, false), std::nullopt);  // more is asked
    now.complete = true;
    last.said = Said::expired;
    EXPECT_EQ(to_say(&last, &now, over, items, true), Said::achieved);
    EXPECT_EQ(to_say(&last, &now, over, items, false), std::nullopt);
}

TEST(Asserted, ComesBackAsItWasKept) {
    Asserted a;
    a.said = Said::expired;
    a.statement = "8f4f0000-0000-4000-8000-000000000001";
    a.at = *parse_instant("2026-06-01T09:00:00.120Z");
    a.revision = 3;
    a.agent = {xapi::Agent::Ifi::account, "1001", "https://bridge.example/id/esr-employee/demo"};
    a.requirements = {"x", "y"};
    a.valid_to = day("2027-03-01");
    const auto back = asserted_from_json(to_json(a));
    ASSERT_TRUE(back);
    EXPECT_EQ(to_json(*back), to_json(a));
    for (const auto& bad : {json(), json(1), json::array(), json::object(), json{{"said", "x"}, {"at", "y"}},
                            json{{"said", "achieved"}, {"at", 7}}})
        EXPECT_FALSE(asserted_from_json(bad)) << bad;
}

TEST(AssertionStatement, IsOneByVerbAndExtension) {
    Assertion a;
    a.id = "8f4f0000-0000-4000-8000-000000000001";
    a.registration = "8f4f0000-0000-4000-8000-000000000002";
    a.agent = {xapi::Agent::Ifi::account, "1001", "https://bridge.example/id/esr-employee/demo"};
    a.organisation = {xapi::Agent::Ifi::account, "o", "https://bridge.example/id/organisation"};
    a.factor = "ai-literacy";
    a.former = "8f4f0000-0000-4000-8000-000000000003";
    for (const auto said : {Said::achieved, Said::expired, Said::revoked}) {
        a.said = said;
        auto s = assertion_statement(hee(), a);
        EXPECT_TRUE(is_assertion(s));
        EXPECT_FALSE(has_errors(xapi::validate_statement(s)))
            << s.dump(1) << problems_text(xapi::validate_statement(s), "s");
        auto other = s;
        other["verb"]["id"] = "http://adlnet.gov/expapi/verbs/passed";
        EXPECT_FALSE(is_assertion(other));
        s["context"]["extensions"].erase(std::string(framework::assertion_extension));
        EXPECT_FALSE(is_assertion(s));  // another system's: it may be mapped as evidence
    }
    for (const auto& odd : {json(), json(1), json{{"verb", 1}, {"context", 2}},
                            json{{"verb", {{"id", 3}}}, {"context", {{"extensions", 4}}}}})
        EXPECT_FALSE(is_assertion(odd));
}

TEST(AssertionStatement, EvidenceIsWhatCountsOnceAndBounded) {
    const auto r = rules();
    const auto p = facts_of({passed("quiz", "2026-03-01", 1), passed("quiz", "2026-04-01", 2)}, *r);
    Holdings holdings(*r, day("2026-06-01"));
    const auto* held = literacy_in(holdings.of(p));
    ASSERT_NE(held, nullptr);
    Assertion all, one;
    add_evidence(all, p, held->items, day("2026-06-01"));
    EXPECT_EQ(all.statements, (std::vector<std::string>{"s1", "s2"}));
    add_evidence(one, p, held->items, day("2026-06-01"), 1);
    EXPECT_EQ(one.statements.size(), 1u);
}

}  // namespace
}  // namespace capbridge::competency::test
