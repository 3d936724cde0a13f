// Framework versions: what was learnt, vouched for and waived under a former id counts for what replaced it,
// and items that are called equivalent give each other.
#include <functional>

#include "core/competency/world.hpp"

namespace capbridge::competency::test {
namespace {

// The shipped framework, with one requirement renamed to "new-<id>" and whatever else the test edits.
framework::Framework edited(const std::function<void(json&)>& edit) {
    auto document = json::parse(*framework::shipped_framework("hee-ai-confidence"));
    document["version"] = "2.0.0";
    edit(document);
    auto loaded = framework::load_framework(document.dump(1), "edited");
    EXPECT_TRUE(loaded) << loaded.error().text();
    return *loaded;
}
void rename(json& document, const std::string& id, bool told = true) {
    for (auto& r : document["requirements"]) {
        if (r["id"] == id) r["id"] = "new-" + id;
    }
    if (told) document["former"].push_back({{"id", id}, {"replaced_by", {"new-" + id}}, {"why", "reworded"}});
}

std::unique_ptr<Rules> rules_with(framework::Framework f, const std::vector<json>& mappings) {
    auto book = book_of({});
    const auto set = load_mapping(mapping_file(mappings).dump(2), "mapping.json", f);
    EXPECT_TRUE(set) << set.error().text();
    book.mappings = {*set};
    book.framework = std::move(f);
    book.policy = *default_policy(book.framework);
    book.profile = *default_profile(book.framework);
    return std::make_unique<Rules>(std::move(book));
}
const Record* record_of(const std::vector<Record>& records, const Rules& rules, const std::string& id) {
    for (const auto& r : records) {
        if (r.requirement == rules.framework.requirement_index(id)) return &r;
    }
    return nullptr;
}

TEST(ReplacedRequirement, IsMetByEvidenceOfTheFormerOne) {
    const auto f = edited([](json& d) { rename(d, aware); });
    const auto rules = rules_with(f, {mapping("x", claim(aware))});
    const auto who = person();
    const auto records = fold({completed("x", "2026-01-01")}, who, *rules);
    const auto* record = record_of(records, *rules, std::string("new-") + aware);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->attainment, Attainment::met);
    EXPECT_EQ(record->reason, Reason::met_equivalent);
    EXPECT_EQ(record->evidence[0].implied_by, aware);
    const auto told = explain_person({who, {}, records, false}, *rules, {day("2026-02-01"), {}, "", 1},
                                     std::string("new-") + aware, "");
    ASSERT_TRUE(told) << told.error().text();
    EXPECT_NE(told->dump().find("which this one replaced: reworded"), std::string::npos);
}

TEST(ReplacedRequirement, TakesFailuresCapsAndImplicationsAsItsOwn) {
    const auto f = edited([](json& d) {
        rename(d, gdpr_understand);
        rename(d, aware);
    });
    const auto rules = rules_with(f, {mapping("x", claim(aware), {{"needs", "passed"}}),
                                      mapping("read", claim(gdpr_understand), {{"method", "reading"}}),
                                      mapping("quiz", claim(gdpr_understand), {{"needs", "passed"}})});
    const auto who = person();
    auto records = fold({passed("x", "2026-01-01", 1), failed("x", "2026-02-01", 2)}, who, *rules);
    EXPECT_EQ(record_of(records, *rules, std::string("new-") + aware)->attainment, Attainment::contradicted);
    records = fold({completed("read", "2026-01-01")}, who, *rules);  // reading reaches familiarity at most
    EXPECT_EQ(record_of(records, *rules, std::string("new-") + gdpr_understand)->reason, Reason::capped);
    records = fold({passed("quiz", "2026-01-01")}, who, *rules);
    EXPECT_EQ(record_of(records, *rules, gdpr_familiar)->reason, Reason::met_implied);
    EXPECT_EQ(record_of(records, *rules, gdpr_understand_too)->reason, Reason::met_equivalent);
}

TEST(ReplacedRequirement, KeepsAttestationsAndOverrides) {
    const auto f = edited([](json& d) { rename(d, gdpr_skill); });
    auto book = book_of({});
    book.framework = f;
    book.policy = *default_policy(f);
    book.profile = *default_profile(f);
    Assessor lead;
    lead.id = "lead";
    lead.lead = true;
    book.assessors = {lead};
    const Rules rules(std::move(book));
    Attestation said;
    said.id = "a1";
    said.requirements = {gdpr_skill};
    said.assessor = "lead";
    said.on = day("2026-01-01");
    Override waived;
    waived.kind = Override::Kind::waived;
    waived.requirement = gdpr_skill;
    waived.who = "manager";
    const auto records = fold(History{{}, {said}, {waived}}, person(), rules);
    const auto* record = record_of(records, rules, std::string("new-") + gdpr_skill);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->attainment, Attainment::met);
    EXPECT_EQ(record->reason, Reason::met_equivalent);
    EXPECT_EQ(record->overriding.who, "manager");
    // What is said of the new one itself goes first.
    auto own = waived;
    own.requirement = std::string("new-") + gdpr_skill;
    own.who = "another";
    for (const auto& overrides : {std::vector{waived, own}, std::vector{own, waived}})
        EXPECT_EQ(record_of(fold(History{{}, {}, overrides}, person(), rules), rules, own.requirement)
                      ->overriding.who,
                  "another");
}

TEST(ReplacedRequirement, KeepsMappingsAndProfilesInForce) {
    const auto told = edited([](json& d) { rename(d, aware); });
    const auto file = mapping_file({mapping("x", claim(aware))});
    const auto problems = check_mapping(file, told);
    EXPECT_FALSE(has_errors(problems));
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].code, "former_requirement");
    EXPECT_NE(problems[0].message.find(std::string("new-") + aware), std::string::npos);
    EXPECT_TRUE(has_errors(check_mapping(file, edited([](json& d) { rename(d, aware, false); }))));
    const json profile{{"id", "p"},
                       {"version", "1"},
                       {"title", "P"},
                       {"framework", "hee-ai-confidence"},
                       {"asks",
                        {{{"id", "one"},
                          {"title", "One"},
                          {"items", {{"requirements", {aware}}}},
                          {"demand", "required"}}}}};
    const auto loaded = load_profile(profile.dump(), "p", told);
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->asks[0].indexes, std::vector<int>{told.requirement_index(std::string("new-") + aware)});
}

TEST(EquivalentRequirements, GiveEachOther) {
    const auto f = edited([](json& d) {
        for (auto& r : d["requirements"]) {
            if (r["id"] == aware) r["equivalent_to"] = {gdpr_familiar};
        }
    });
    const auto rules = rules_with(f, {mapping("x", claim(aware)), mapping("y", claim(gdpr_familiar))});
    auto records = fold({completed("x", "2026-01-01")}, person(), *rules);
    EXPECT_EQ(record_of(records, *rules, aware)->reason, Reason::met_direct);
    EXPECT_EQ(record_of(records, *rules, gdpr_familiar)->reason, Reason::met_equivalent);
    records = fold({completed("y", "2026-01-01")}, person(), *rules);  // said by one of the two only
    EXPECT_EQ(record_of(records, *rules, aware)->reason, Reason::met_equivalent);
    EXPECT_EQ(record_of(records, *rules, aware)->evidence[0].implied_by, gdpr_familiar);
}

}  // namespace
}  // namespace capbridge::competency::test
