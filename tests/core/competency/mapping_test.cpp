#include "core/competency/mapping.hpp"

#include <functional>

#include "core/base/embedded.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

// A correct file, a line a member, so that tests can break one line and name it.
const std::string good = R"({
"id": "nymouth", "version": "3", "title": "Learning at Nymouth",
"framework": "hee-ai-confidence",
"learning_items": [
  {"id": "intro", "title": "AI in care",
   "activities": ["https://lms.example/1", "urn:course:1"],
   "minutes": 40},
  {"id": "scan", "title": "ChestScan", "activities": ["https://lms.example/2"]}],
"mappings": [
  {"id": "m1",
   "learning_item": "intro",
   "claims": [
     {"requirement": "t1-ai-literacy-1"},
     {"topic": "gdpr-healthcare-ai", "level": "familiarity"}],
   "needs": "passed", "min_score": 0.8, "method": "quiz",
   "valid_for": "P2Y",
   "from": "2024-01-01", "until": "2026-01-01"},
  {"id": "m2", "learning_item": "scan", "claims": [{"requirements": ["t2-governance-1", "t2-governance-2"]}],
   "product": {"name": "ChestScan", "version": "2"}}]
})";

std::string with(std::string_view from, std::string_view to) {
    auto text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::string problems_of(const std::string& text) {
    return problems_text(check_mapping(*parse_json(text), hee(), text), "m.json");
}

TEST(MappingFile, ReadsWhatItsAuthorMeant) {
    EXPECT_EQ(problems_of(good), "");
    const auto set = load_mapping(good, "m.json", hee());
    ASSERT_TRUE(set) << set.error().text();
    EXPECT_EQ(set->items[0].activities.size(), 2U);
    EXPECT_EQ(set->items[1].minutes, 0);
    const auto& m = set->mappings[0];
    EXPECT_EQ(m.needs, Mapping::Needs::passed);
    EXPECT_EQ(m.min_score, 0.8);
    EXPECT_EQ(m.valid_for, parse_duration("P2Y"));
    EXPECT_EQ(m.until, day("2026-01-01"));
    EXPECT_EQ(m.claims[1].topic, "gdpr-healthcare-ai");
    EXPECT_EQ(set->mappings[1].claims.size(), 2U);
    EXPECT_EQ(set->mappings[1].product, "ChestScan");
}

TEST(MappingFile, SaysWhatIsWrongAndWhere) {
    const struct {
        std::string from, to, expected;
    } cases[] = {
        {"t1-ai-literacy-1", "t1-none",
         "m.json:13: /mappings/0/claims/0/requirement: the framework hee-ai-confidence has no requirement "
         "'t1-none' "
         "[unknown_requirement]"},
        {"gdpr-healthcare-ai", "gdpr",
         "m.json:14: /mappings/0/claims/1/topic: the framework hee-ai-confidence has no topic 'gdpr' "
         "[unknown_topic]"},
        {"\"familiarity\"", "\"mastery\"",
         "m.json:14: /mappings/0/claims/1/level: the framework hee-ai-confidence has no level 'mastery' "
         "[unknown_level]"},
        {"\"familiarity\"", "\"awareness\"",
         "m.json:14: /mappings/0/claims/1/level: the topic 'gdpr-healthcare-ai' has no requirement at the "
         "level "
         "'awareness', only at familiarity, proficiency, understanding [level_not_in_topic]"},
        {", \"level\": \"familiarity\"", "",
         "m.json:14: /mappings/0/claims/1: a claim is one of: requirement; requirements; topic together with "
         "level "
         "[claim_form]"},
        {"\"learning_item\": \"intro\"", "\"learning_item\": \"outro\"",
         "m.json:11: /mappings/0/learning_item: there is no learning item 'outro' in this file "
         "[unknown_learning_item]"},
        {"{\"id\": \"scan\"", "{\"id\": \"intro\"",
         "m.json:8: /learning_items/1/id: the learning item 'intro' is there twice "
         "[duplicate_id]\nm.json:18: "
         "/mappings/1/learning_item: there is no learning item 'scan' in this file [unknown_learning_item]"},
        {"\"m2\"", "\"m1\"", "m.json:18: /mappings/1/id: the mapping 'm1' is there twice [duplicate_id]"},
        {"https://lms.example/2", "urn:course:1",
         "m.json:8: /learning_items/1/activities/0: the activity urn:course:1 already belongs to the "
         "learning item "
         "'intro'; one activity is one piece of learning [duplicate_activity]"},
        {"urn:course:1", "course 1",
         "m.json:6: /learning_items/0/activities/1: 'course 1' is no absolute IRI, such as "
         "https://lms.example/course/1 "
         "[not_an_iri]"},
        {"0.8", "80",
         "m.json:15: /mappings/0/min_score: min_score is a fraction from 0 to 1, such as 0.8 for 80 % "
         "[bad_score]"},
        {"P2Y", "2 years",
         "m.json:16: /mappings/0/valid_for: '2 years' is no duration of a day or more, such as P2Y or P18M "
         "[bad_duration]"},
        {"2024-01-01", "2024-02-30",
         "m.json:17: /mappings/0/from: '2024-02-30' is no day written YYYY-MM-DD [bad_day]"},
        {"2024-01-01", "2027-01-01",
         "m.json:17: /mappings/0/until: the window ends (2026-01-01) before it begins (2027-01-01) "
         "[window_order]"},
        {"[{\"requirements\": [\"t2-governance-1\", \"t2-governance-2\"]}]", "[]",
         "m.json:18: /mappings/1/claims: the mapping 'm2' claims nothing [no_claims]"},
        {"\"hee-ai-confidence\"", "\"other\"",
         "m.json:3: /framework: the claims are about the framework 'other', not about 'hee-ai-confidence' "
         "[unknown_framework]"},
        {"t2-governance-2", "t1-ai-literacy-2",
         "m.json:18: /mappings/1/claims/0/requirements/1: training on a product gives product-specific "
         "requirements only, "
         "and 't1-ai-literacy-2' is none; use a mapping without \"product\" [claim_not_of_product]"},
        {"t1-ai-literacy-1", "t2-governance-1",
         "m.json:13: /mappings/0/claims/0/requirement: 't2-governance-1' is about one product: say which "
         "with \"product\" "
         "in the mapping [claim_needs_product]"},
        {"\"passed\"", "\"seen\"",
         "m.json:15: /mappings/0/needs: should be one of 'completed', 'passed', not 'seen' [schema]"},
    };
    for (const auto& c : cases) {
        const auto text = with(c.from, c.to);
        EXPECT_EQ(problems_of(text), c.expected) << c.from << " -> " << c.to;
        const auto loaded = load_mapping(text, "m.json", hee());
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().code, "invalid_document");
    }
}

TEST(MappingFile, ASchemaErrorHidesNoOtherAndBringsNoFalseOne) {
    auto text = with("\"needs\": \"passed\"", "\"needs\": \"seen\"");
    const auto edit = [&](std::string_view from, std::string_view to) {
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
    };
    edit("\"intro\", \"title\"", "\"In tro\", \"title\"");
    edit("\"learning_item\": \"intro\"", "\"learning_item\": \"In tro\"");
    edit("t1-ai-literacy-1", "t1-none");
    edit("\"topic\"", "\"topik\"");
    edit("\"title\": \"ChestScan\", ", "");
    edit("\"P2Y\"", "\"2 years\"");
    edit("[{\"requirements\": [\"t2-governance-1\", \"t2-governance-2\"]}]",
         "[5, {\"requirement\": \"t2-none\"}]");
    EXPECT_EQ(
        problems_of(text),
        R"(m.json:5: /learning_items/0/id: 'In tro' is not written as it should be; wanted: Short name of the item within this file (lower case, digits, and single dots, underscores or dashes) [schema]
m.json:8: /learning_items/1: 'title' is missing; wanted: Title as learners know it [schema]
m.json:13: /mappings/0/claims/0/requirement: the framework hee-ai-confidence has no requirement 't1-none' [unknown_requirement]
m.json:14: /mappings/0/claims/1/topik: unknown member 'topik'; known are level, reason, requirement, requirements, score, status, topic [schema]
m.json:15: /mappings/0/needs: should be one of 'completed', 'passed', not 'seen' [schema]
m.json:16: /mappings/0/valid_for: '2 years' is no duration of a day or more, such as P2Y or P18M [bad_duration]
m.json:18: /mappings/1/claims/0: should be an object, not the number 5; wanted: Exactly one of: requirement; requirements; topic together with level [schema]
m.json:18: /mappings/1/claims/1/requirement: the framework hee-ai-confidence has no requirement 't2-none' [unknown_requirement])");
}

TEST(MappingFile, NoDocumentMakesItThrow) {
    const auto whole = *parse_json(good);
    const std::function<void(const json::json_pointer&)> spoil = [&](const json::json_pointer& at) {
        for (const json& wrong : {json(nullptr), json(7), json("~/ "), json::array({nullptr}),
                                  json::array({json::array()}), json{{"a/b~", nullptr}}}) {
            auto copy = whole;
            copy[at] = wrong;
            EXPECT_NO_THROW(check_mapping(copy, hee(), copy.dump(1))) << copy.dump();
        }
        const auto here = whole[at];
        for (auto it = here.begin(); here.is_structured() && it != here.end(); ++it) {
            auto copy = whole;
            if (here.is_object()) copy[at].erase(it.key());
            EXPECT_NO_THROW(check_mapping(copy, hee(), copy.dump(1))) << copy.dump();
            spoil(here.is_object() ? at / it.key() : at / static_cast<std::size_t>(it - here.begin()));
        }
    };
    spoil(json::json_pointer());
}

TEST(MappingFile, AClaimAboveTheCapIsAWarning) {
    const auto text = with("\"familiarity\"", "\"proficiency\"");
    EXPECT_EQ(problems_of(text),
              "m.json:14: warning: /mappings/0/claims/1/topic: 'a4-regulation-and-standards-5' stands at "
              "Proficiency; the "
              "policy default@1 lets a passed assessment claim at most Understanding of knowledge and no "
              "skill, so this "
              "gives nothing [above_cap]");
    EXPECT_TRUE(load_mapping(text, "m.json", hee()));
    EXPECT_NE(problems_of(with("t1-ai-literacy-1", "a4-cognitive-biases-2")).find("[level_lost]"),
              std::string::npos);
}

TEST(MappingFile, UnknownMembersAndBrokenJsonAreRefused) {
    EXPECT_EQ(problems_of(with("\"minutes\": 40", "\"hours\": 1")),
              "m.json:7: /learning_items/0/hours: unknown member 'hours'; known are activities, id, minutes, "
              "title [schema]");
    const auto broken = load_mapping(good.substr(0, 200), "m.json", hee());
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, "invalid_json");
    EXPECT_EQ(broken.error().where, "m.json");
}

TEST(PolicyFile, TheDefaultOfTheFileIsTheDefaultOfTheHeader) {
    const auto policy = default_policy(hee());
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->id + "@" + policy->version, "default@1");
    EXPECT_EQ(policy->amber_days, Policy{}.amber_days);
    const std::map<EvidenceKind, std::vector<std::string>> expected = {
        {EvidenceKind::completed, {"familiarity"}},
        {EvidenceKind::passed, {"understanding"}},
        {EvidenceKind::observed, {"understanding", "capability"}},
        {EvidenceKind::attested, {"understanding", "capability"}}};
    EXPECT_EQ(policy->highest, expected);
    for (const auto& id : framework::shipped_frameworks()) {
        const auto loaded = framework::load_framework(*framework::shipped_framework(id), id);
        ASSERT_TRUE(loaded);
        EXPECT_TRUE(default_policy(*loaded)) << id;
    }
}

TEST(PolicyFile, RefusesLevelsThatAreNone) {
    const auto refused = [](const char* level) {
        const std::string text = R"({"id":"p","version":"1","amber_days":30,"caps":{
"passed":{"knowledge":")" + std::string(level) +
                                 "\"}}}";
        return load_policy(text, "p.json", hee()).error().message;
    };
    EXPECT_EQ(refused("mastery"),
              "p.json:2: /caps/passed/knowledge: the framework hee-ai-confidence has no level 'mastery' "
              "[unknown_level]");
    EXPECT_EQ(refused("capability"),
              "p.json:2: /caps/passed/knowledge: 'capability' is no level of knowledge [level_kind]");
}

TEST(DeploymentFile, Reads) {
    const auto d = load_deployment(
        R"({"id":"scan-2","product":"ChestScan","version":"2","unit":"Radiology","go_live":"2025-01-01"})",
        "d.json");
    ASSERT_TRUE(d) << d.error().text();
    EXPECT_EQ(d->unit, "Radiology");
    EXPECT_EQ(d->go_live, day("2025-01-01"));
    EXPECT_FALSE(load_deployment(
        R"({"id":"x","product":"y","version":"2","unit":"z","go_live":"tomorrow!!"})", "d.json"));
    EXPECT_FALSE(load_deployment(R"({"id":"x","product":"y","version":"2"})", "d.json"));
}

TEST(Rules, WaysComeShortestFirstAndOnlyWhileOpen) {
    const auto rules = rules_of({mapping("a", claim(aware), {{"until", "2025-12-31"}}),
                                 mapping("b", claim(aware)), mapping("c", claim(gdpr_skill))});
    const int index = hee().requirement_index(aware);
    ASSERT_EQ(rules->ways_to(index).size(), 2U);
    EXPECT_EQ(rules->ways_to(index)[0]->item->id, "a");
    EXPECT_EQ(rules->ways_to(index, "", day("2026-01-01")).size(), 1U);
    EXPECT_FALSE(rules->reachable(hee().requirement_index(gdpr_skill))) << "above the cap";
    EXPECT_EQ(rules->version_text(), "hee-ai-confidence@1.0.0 nymouth@3 default@1 profile:default@1");
}

}  // namespace
}  // namespace capbridge::competency::test
