// Evidence by people in the fold: every reason once, what a finding undoes, what ends with a registration and
// what does not, and that the order of arrival does not matter.
#include <algorithm>
#include <random>

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

constexpr const char* skill = "a4-guidelines-1";  // capability: no course gives it

Attestation attested(std::vector<std::string> items, std::string_view on, std::int64_t seq = 1) {
    Attestation a;
    a.id = "att" + std::to_string(seq);
    a.requirements = std::move(items);
    a.assessor = "educator";
    a.on = day(on);
    a.seq = seq;
    return a;
}
Attestation with(Attestation a, const std::function<void(Attestation&)>& change) {
    change(a);
    return a;
}
Assessor assessor(
    std::string id, const std::function<void(Assessor&)>& change = [](Assessor&) {}) {
    Assessor out;
    out.id = std::move(id);
    out.title = "Clinical educator";
    change(out);
    return out;
}
std::unique_ptr<Rules> register_of(std::vector<Assessor> assessors, const std::vector<json>& mappings = {}) {
    auto set = mappings.empty() ? Result<MappingSet>(MappingSet{})
                                : load_mapping(mapping_file(mappings).dump(2), "mapping.json", hee());
    EXPECT_TRUE(set);
    std::vector<MappingSet> sets;
    if (!mappings.empty()) sets.push_back(*set);
    auto book = book_of(std::move(sets), {deployment("scan-2")});
    book.assessors = std::move(assessors);
    return std::make_unique<Rules>(std::move(book));
}
std::vector<Record> fold_of(std::vector<Attestation> said, const Rules& rules, std::vector<Fact> facts = {}) {
    return competency::fold({std::move(facts), std::move(said), {}}, person(), rules);
}
std::string why_not(const std::vector<Record>& records, const char* requirement) {
    const auto* record = find(records, requirement);
    return record == nullptr || record->evidence.empty() ? "-" : record->evidence.back().why_not;
}

// What a person's item reads in the record, with what is asked and what could be learnt: the reason.
std::string reason_of(const Rules& rules, const History& history, const char* requirement,
                      std::vector<people::Assignment> assignments = {is("creator")}) {
    PersonFacts p{person(), std::move(assignments), {}, false};
    p.records = competency::fold(history, p.person, rules);
    p.unmapped_only = unmapped_only(history.facts, rules);
    const auto told = explain_person(p, rules, {day("2026-01-01"), {}, "", 0}, requirement, "");
    return told ? told->at("reason").get<std::string>() : told.error().text();
}

// A finding has only a day, and is of the end of it; between attestations of a day the seq decides.
TEST(AttestationFold, AFindingUndoesWhatStatementsOfItsDayGave) {
    const auto rules = register_of({assessor("educator")}, {mapping("course", claims({aware}))});
    const auto not_met = [](std::string_view on, std::int64_t seq) {
        return with(attested({aware}, on, seq), [](Attestation& a) { a.met = false; });
    };
    const auto learnt = passed("course", "2025-03-03", 1);
    const auto attainment = [&](std::vector<Attestation> said) {
        return find(fold_of(std::move(said), *rules, {learnt}), aware)->attainment;
    };
    EXPECT_EQ(attainment({}), Attainment::met);
    EXPECT_EQ(attainment({not_met("2025-03-02", 9)}), Attainment::met);
    EXPECT_EQ(attainment({not_met("2025-03-03", 9)}), Attainment::contradicted);
    EXPECT_EQ(attainment({not_met("2025-03-04", 9)}), Attainment::contradicted);
    EXPECT_EQ(attainment({not_met("2025-03-03", 9), attested({aware}, "2025-03-03", 8)}),
              Attainment::contradicted);
    EXPECT_EQ(attainment({not_met("2025-03-03", 9), attested({aware}, "2025-03-03", 10)}), Attainment::met);
    const auto withdrawn = with(not_met("2025-03-03", 9), [](Attestation& a) { a.withdrawn = true; });
    EXPECT_EQ(attainment({withdrawn}), Attainment::met);
}

// The codes of the design that a fold and the demand can give; identity_unresolved and source_stale are said
// of statements and sources, not of an item.
TEST(AttestationFold, EveryReasonIsReached) {
    const auto rules = register_of({assessor("educator")},
                                   {mapping("course", claims({aware})),
                                    mapping("test", claims({gdpr_understand}), {{"needs", "passed"}}),
                                    mapping("short", claims({"t1-ai-literacy-2"}), {{"valid_for", "P1M"}})});
    const auto reason = [&](History history, const char* requirement, const char* archetype = "driver") {
        return reason_of(*rules, history, requirement, {is(archetype)});
    };
    const auto learnt = [](Fact f) { return History{{std::move(f)}, {}, {}}; };
    const auto vouched = [](Attestation a) { return History{{}, {std::move(a)}, {}}; };
    EXPECT_EQ(reason({}, skill, "creator"), "no_learning_exists");
    EXPECT_EQ(reason({}, aware), "not_attempted");
    EXPECT_EQ(reason(learnt(failed("test", "2025-05-01")), gdpr_understand), "in_progress");
    EXPECT_EQ(reason(vouched(attested({gdpr_skill}, "2025-05-01")), gdpr_skill, "creator"), "capped");
    EXPECT_EQ(reason(learnt(completed("short", "2025-05-01")), "t1-ai-literacy-2"), "expired");
    EXPECT_EQ(reason(History{{passed("test", "2025-05-01", 1), failed("test", "2025-06-01", 2)}, {}, {}},
                     gdpr_understand),
              "contradicted");
    EXPECT_EQ(reason(vouched(with(attested({skill}, "2025-05-01"), [](auto& a) { a.withdrawn = true; })),
                     skill, "creator"),
              "revoked");
    EXPECT_EQ(reason(learnt(completed("nobody-knows", "2025-05-01")), aware), "unmapped_only");
    EXPECT_EQ(reason(learnt(completed("course", "2025-05-01")), aware), "met_direct");
    EXPECT_EQ(reason(learnt(passed("test", "2025-05-01")), gdpr_familiar, "shaper"), "met_implied");
    EXPECT_EQ(reason(learnt(passed("test", "2025-05-01")), gdpr_understand_too, "embedder"),
              "met_equivalent");
    EXPECT_EQ(reason(vouched(attested({skill}, "2025-05-01")), skill, "creator"), "met_attested");
    EXPECT_EQ(reason(vouched(attested({skill}, "2025-05-01")), skill, "shaper"), "held_not_demanded");
}

TEST(AttestationFold, GivesTheItemAndWhatItIncludes) {
    const auto rules = register_of({assessor("educator"), assessor("lead", [](auto& a) { a.lead = true; })});
    const auto records = fold_of({attested({gdpr_understand}, "2025-05-01")}, *rules);
    EXPECT_EQ(at(records, gdpr_understand, "2026-01-01"), "met/met_attested");
    EXPECT_EQ(at(records, gdpr_familiar, "2026-01-01"), "met/met_implied");
    EXPECT_EQ(at(records, gdpr_understand, "2025-04-30"), "none/not_attempted");
    const auto* record = find(records, gdpr_understand);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->evidence[0].assessor, "educator");
    EXPECT_EQ(record->evidence[0].statement, "att1");
    // A lead may vouch for more.
    EXPECT_EQ(why_not(fold_of({attested({gdpr_skill}, "2025-05-01")}, *rules), gdpr_skill), "capped");
    EXPECT_EQ(at(fold_of({with(attested({gdpr_skill}, "2025-05-01"), [](auto& a) { a.assessor = "lead"; })},
                         *rules),
                 gdpr_skill, "2026-01-01"),
              "met/met_attested");
}

TEST(AttestationFold, AMethodMayBeHeldToLess) {
    const auto rules = register_of({assessor("educator")});
    const auto by = [&](const char* method) {
        return fold_of({with(attested({gdpr_understand}, "2025-05-01"), [&](auto& a) { a.method = method; })},
                       *rules);
    };
    EXPECT_EQ(why_not(by("reading"), gdpr_understand), "capped") << "the policy's method_caps";
    EXPECT_EQ(at(by("quiz"), gdpr_understand, "2026-01-01"), "met/met_attested");
}

TEST(AttestationFold, HoldsAsLongAsItSays) {
    const auto rules = register_of({assessor("educator")});
    const auto records = fold_of(
        {with(attested({skill}, "2025-05-01"), [](auto& a) { a.valid_to = day("2025-12-31"); })}, *rules);
    EXPECT_EQ(at(records, skill, "2025-06-01"), "met/met_attested");
    EXPECT_EQ(at(records, skill, "2025-12-31"), "expiring/met_attested");
    EXPECT_EQ(at(records, skill, "2026-01-01"), "expired/expired");
}

TEST(AttestationFold, AFindingInsideTheValidityContradicts) {
    const auto rules = register_of({assessor("educator")}, {mapping("course", claims({aware}))});
    const auto not_met = [](std::string_view on, std::int64_t seq, const char* item = skill) {
        return with(attested({item}, on, seq), [](auto& a) { a.met = false; });
    };
    const auto ends = [](Attestation a) {
        a.valid_to = day("2025-12-31");
        return a;
    };
    auto records = fold_of({attested({skill}, "2025-05-01", 1), not_met("2025-08-01", 2)}, *rules);
    EXPECT_EQ(at(records, skill, "2025-07-31"), "met/met_attested");
    EXPECT_EQ(at(records, skill, "2025-08-01"), "contradicted/contradicted");
    // A later success mends it.
    records = fold_of(
        {attested({skill}, "2025-05-01", 1), not_met("2025-08-01", 2), attested({skill}, "2025-09-01", 3)},
        *rules);
    EXPECT_EQ(at(records, skill, "2025-08-15"), "contradicted/contradicted");
    EXPECT_EQ(at(records, skill, "2025-09-01"), "met/met_attested");
    // After the end there is nothing left to contradict, and before the beginning nothing yet.
    EXPECT_EQ(at(fold_of({ends(attested({skill}, "2025-05-01", 1)), not_met("2026-01-01", 2)}, *rules), skill,
                 "2026-02-01"),
              "expired/expired");
    EXPECT_EQ(at(fold_of({attested({skill}, "2025-05-01", 1), not_met("2025-04-30", 2)}, *rules), skill,
                 "2026-02-01"),
              "met/met_attested");
    // What a course gave as well: a person saw that it is not so.
    records = fold_of({not_met("2025-08-01", 2, aware)}, *rules, {completed("course", "2025-05-01")});
    EXPECT_EQ(at(records, aware, "2025-09-01"), "contradicted/contradicted");
    // One that nobody may make says nothing.
    records = fold_of({attested({skill}, "2025-05-01", 1),
                       with(not_met("2025-08-01", 2), [](auto& a) { a.assessor = "nobody"; })},
                      *rules);
    EXPECT_EQ(at(records, skill, "2025-09-01"), "met/met_attested");
    // A withdrawn one neither.
    records = fold_of({attested({skill}, "2025-05-01", 1),
                       with(not_met("2025-08-01", 2), [](auto& a) { a.withdrawn = true; })},
                      *rules);
    EXPECT_EQ(at(records, skill, "2025-09-01"), "met/met_attested");
}

TEST(AttestationFold, WhatWasSaidLastOfOneDayIsTheLaterOne) {
    const auto rules = register_of({assessor("educator")});
    const auto fails = [](Attestation a) {
        a.met = false;
        return a;
    };
    // The ids are against it: they are random, and must not decide.
    const auto one = attested({skill}, "2025-05-01", 1), two = fails(attested({skill}, "2025-05-01", 2));
    EXPECT_EQ(at(fold_of({two, one}, *rules), skill, "2025-06-01"), "contradicted/contradicted");
    auto mended = fails(attested({skill}, "2025-05-01", 1)), after = attested({skill}, "2025-05-01", 2);
    std::swap(mended.id, after.id);
    EXPECT_EQ(at(fold_of({after, mended}, *rules), skill, "2025-06-01"), "met/met_attested");
}

TEST(AttestationFold, AnEndedRegistrationKeepsWhatWasVouchedForBefore) {
    const auto on = attested({skill}, "2025-05-01");
    const auto until = [&](const char* to) {
        return register_of({assessor("educator", [&](auto& a) { a.to = day(to); })});
    };
    EXPECT_EQ(at(fold_of({on}, *until("2025-05-01")), skill, "2026-01-01"), "met/met_attested");
    EXPECT_EQ(why_not(fold_of({on}, *until("2025-04-30")), skill), "assessor_not_registered");
    EXPECT_EQ(at(fold_of({on}, *until("2025-04-30")), skill, "2026-01-01"), "none/capped");
    EXPECT_EQ(why_not(fold_of({on}, *register_of({})), skill), "assessor_unknown");
}

TEST(AttestationFold, CountsForThoseAndThatForWhichTheAssessorStands) {
    const auto on = attested({skill}, "2025-05-01");
    const auto refused = [&](const std::function<void(Assessor&)>& change) {
        return why_not(fold_of({on}, *register_of({assessor("educator", change)})), skill);
    };
    EXPECT_EQ(refused([](auto& a) { a.units = {"Radiology"}; }), "");
    EXPECT_EQ(refused([](auto& a) { a.units = {"Surgery"}; }), "assessor_not_for_unit");
    EXPECT_EQ(refused([](auto& a) { a.person = "p1"; }), "assessor_is_the_person");
    EXPECT_EQ(refused([](auto& a) { a.factors = {"ai-literacy"}; }), "assessor_not_for_item");
    EXPECT_EQ(refused([](auto& a) { a.archetypes = {"driver"}; }), "assessor_not_for_item");
    EXPECT_EQ(refused([](auto& a) { a.from = day("2025-05-02"); }), "assessor_not_registered");
}

TEST(AttestationFold, SelfAssessmentsStandBesideAndGiveNothing) {
    const auto rules = register_of({assessor("educator")});
    auto self = attested({aware, skill}, "2025-05-01");
    self.kind = EvidenceKind::self;
    self.assessor.clear();
    const auto records = fold_of({self}, *rules);
    for (const auto* item : {aware, skill}) {
        EXPECT_EQ(at(records, item, "2026-01-01"), "none/not_attempted");
        EXPECT_EQ(why_not(records, item), "self_assessment");
    }
}

TEST(AttestationFold, ProductItemsAreOfTheirDeployment) {
    const auto rules = register_of({assessor("educator")});
    const auto of = [&](const char* context, const char* item) {
        return fold_of({with(attested({item}, "2025-05-01"), [&](auto& a) { a.context = context; })}, *rules);
    };
    EXPECT_EQ(at(of("scan-2", product_item), product_item, "2026-01-01", "scan-2"), "met/met_attested");
    EXPECT_TRUE(of("gone", product_item).empty()) << "of a deployment that is no more";
    EXPECT_TRUE(of("", product_item).empty());
    EXPECT_TRUE(of("scan-2", skill).empty());
}

TEST(AttestationFold, ContributionsTravelAsJson) {
    const auto rules = register_of({assessor("educator")});
    const auto records = fold_of({with(attested({skill}, "2025-05-01"),
                                       [](auto& a) {
                                           a.method = "prior_learning";
                                           a.document = "Certificate";
                                           a.reviewer = "Education office";
                                           a.kind = EvidenceKind::observed;
                                       })},
                                 *rules);
    const auto* record = find(records, skill);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->evidence[0].reviewer, "Education office");
    EXPECT_EQ(contribution_from_json(to_json(record->evidence[0])), record->evidence[0]);
    const auto a = with(attested({skill}, "2025-05-01", 0), [](auto& each) {
        each.valid_to = day("2026-05-01");
        each.met = false;
        each.withdrawn = true;
    });
    EXPECT_EQ(*attestation_from_json(to_json(a)), a);
    for (const char* member : {"id", "requirements", "kind", "on"}) {
        auto broken = to_json(a);
        broken.erase(member);
        EXPECT_FALSE(attestation_from_json(broken)) << member;
    }
}

// With statements of the same items between them; and what is taken back leaves what was there before.
TEST(AttestationFold, TheOrderOfArrivalDoesNotMatterAndWithdrawingTakesBackExactly) {
    const auto rules =
        register_of({assessor("educator"), assessor("lead", [](auto& a) { a.lead = true; })},
                    {mapping("i0", claims({aware, gdpr_familiar}), {{"valid_for", "P3M"}}),
                     mapping("i1", claims({gdpr_understand, "t1-ai-literacy-2"}), {{"needs", "passed"}})});
    const std::vector<const char*> items{
        aware, gdpr_familiar, gdpr_understand, gdpr_skill, gdpr_understand_too, skill, "t1-ai-literacy-2"};
    std::size_t held = 0, contradicted = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
        const auto some_day = [&] { return day("2025-01-01") + std::chrono::days{below(25)}; };
        History history;
        for (int i = 1; i <= 14; ++i) {
            auto a = attested({items[static_cast<std::size_t>(below(7))]}, "2025-01-01", 100 + i);
            a.id = std::to_string(below(1000)) + "-" + a.id;
            a.on = some_day();
            a.met = below(4) != 0;
            a.assessor = below(3) == 0 ? "lead" : below(6) == 0 ? "nobody" : "educator";
            a.kind = below(5) == 0 ? EvidenceKind::self : EvidenceKind::attested;
            if (below(3) == 0) a.valid_to = a.on + std::chrono::days{below(200)};
            a.withdrawn = below(6) == 0;
            history.attestations.push_back(std::move(a));
        }
        for (int i = 1; i <= 6; ++i) {
            auto f = fact(static_cast<Fact::What>(below(4)), "i" + std::to_string(below(2)), "", i);
            f.occurred = {When::Precision::day, Instant{some_day()}};
            history.facts.push_back(std::move(f));
        }
        const auto first = competency::fold(history, person(), *rules);
        for (const auto& record : first) {
            held += record.attainment == Attainment::met ? 1 : 0;
            contradicted += record.attainment == Attainment::contradicted ? 1 : 0;
        }
        for (int i = 0; i < 4; ++i) {
            std::shuffle(history.attestations.begin(), history.attestations.end(), random);
            std::shuffle(history.facts.begin(), history.facts.end(), random);
            ASSERT_EQ(competency::fold(history, person(), *rules), first) << "seed " << seed;
        }
        // Withdrawn, it reads on every day as if it had never been said, but that what had nothing else is
        // revoked.
        auto without = history, withdrawn = history;
        const auto victim = static_cast<std::size_t>(below(14));
        withdrawn.attestations[victim].withdrawn = true;
        without.attestations.erase(without.attestations.begin() + static_cast<std::ptrdiff_t>(victim));
        const auto then = competency::fold(withdrawn, person(), *rules),
                   never = competency::fold(without, person(), *rules);
        for (const auto* item : items) {
            for (const auto* when : {"2025-01-10", "2025-02-01", "2025-06-01", "2026-06-01"}) {
                const auto now = at(then, item, when), other = at(never, item, when);
                if (now.starts_with("revoked")) {
                    EXPECT_TRUE(other == "-" || other.starts_with("none") || other.starts_with("revoked"))
                        << seed << " " << item << " " << other;
                } else if (other != "-" && now != "-") {
                    EXPECT_EQ(now, other) << "seed " << seed << " " << item << " " << when;
                } else {
                    EXPECT_TRUE(now == "-" || now.starts_with("none")) << now;
                    EXPECT_TRUE(other == "-" || other.starts_with("none")) << other;
                }
            }
        }
    }
    EXPECT_GT(held, 100U);
    EXPECT_GT(contradicted, 10U);
}

}  // namespace
}  // namespace capbridge::competency::test
