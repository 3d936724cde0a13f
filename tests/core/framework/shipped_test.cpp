#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "shipped.hpp"

namespace capbridge::framework {
namespace {

using testing::ElementsAre;
using Counts = std::map<std::string, int>;
using Places = std::set<std::pair<std::string, int>>;

TEST(ShippedFrameworks, AreTwoAndLoad) {
    EXPECT_THAT(shipped_frameworks(), testing::UnorderedElementsAre("dart-ed-digital", "hee-ai-confidence"));
    for (const auto& id : shipped_frameworks()) {
        const auto loaded = load_framework(shipped_framework(id).value(), id + ".json");
        ASSERT_TRUE(loaded) << loaded.error().text();
        EXPECT_EQ(loaded->id, id);
    }
    const auto none = shipped_framework("none");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, "not_found");
    EXPECT_THAT(none.error().message, testing::AllOf(testing::HasSubstr("dart-ed-digital"),
                                                     testing::HasSubstr("hee-ai-confidence")));
}

TEST(DartEd, HasDomainsAndArchetypesOnly) {
    const auto loaded =
        load_framework(shipped_framework("dart-ed-digital").value(), "dart-ed-digital.json").value();
    EXPECT_EQ(loaded.archetypes.size(), 5u);
    EXPECT_EQ(loaded.factors.size(), 6u);
    EXPECT_TRUE(loaded.levels.empty());
    EXPECT_TRUE(loaded.requirements.empty());
    EXPECT_TRUE(loaded.questions.empty());
    EXPECT_EQ(export_framework(loaded)["requirements"], ordered_json::array());
}

TEST(Hee, CountsPerTable) {
    Counts tables;
    for (const auto& r : hee().requirements) ++tables[r.table];
    EXPECT_EQ(tables,
              (Counts{{"1", 30}, {"2", 20}, {"A1", 33}, {"A2", 35}, {"A4", 52}, {"A5", 46}, {"A7", 26}}));
    Counts questions;
    for (const auto& q : hee().questions) ++questions[q.table];
    EXPECT_EQ(questions, (Counts{{"A3", 40}, {"A6", 25}}));
}

TEST(Hee, CountsPerLevel) {
    std::map<std::string, Counts> levels;
    for (const auto& r : hee().requirements) ++levels[r.table][r.level];
    EXPECT_EQ(
        levels,
        (std::map<std::string, Counts>{
            {"1", {{"awareness", 22}, {"familiarity", 8}}},
            {"2", {{"familiarity", 10}, {"understanding", 6}, {"capability", 4}}},
            {"A1",
             {{"awareness", 4},
              {"familiarity", 9},
              {"understanding", 11},
              {"capability", 7},
              {"proficiency", 2}}},
            {"A2",
             {{"awareness", 5},
              {"familiarity", 6},
              {"understanding", 16},
              {"capability", 6},
              {"proficiency", 2}}},
            {"A4",
             {{"familiarity", 8}, {"understanding", 20}, {"capability", 15}, {"proficiency", 8}, {"", 1}}},
            {"A5",
             {{"awareness", 5},
              {"familiarity", 10},
              {"understanding", 9},
              {"capability", 3},
              {"proficiency", 19}}},
            {"A7",
             {{"awareness", 1},
              {"familiarity", 7},
              {"understanding", 11},
              {"capability", 4},
              {"proficiency", 3}}}}));
}

TEST(Hee, Axes) {
    std::vector<std::string> archetypes, factors;
    for (const auto& a : hee().archetypes) archetypes.push_back(a.id);
    for (const auto& f : hee().factors) factors.push_back(f.id + ":" + f.group);
    EXPECT_THAT(archetypes, ElementsAre("shaper", "driver", "creator", "embedder", "user"));
    EXPECT_THAT(factors,
                ElementsAre("ai-literacy:", "regulation-and-standards:governance",
                            "evaluation-and-validation:governance", "guidelines:governance",
                            "liability:governance", "strategy-and-culture:implementation",
                            "technical-implementation:implementation", "local-validation:implementation",
                            "systems-impact:implementation", "ai-model-and-product-design:clinical-use",
                            "cognitive-biases:clinical-use", "interface-with-patients:clinical-use"));
}

TEST(Hee, TiersFollowFromTables) {
    const std::map<std::string, std::string> archetype_of{
        {"A1", "shaper"}, {"A2", "driver"}, {"A4", "creator"}, {"A5", "embedder"}, {"A7", "user"}};
    for (const auto& r : hee().requirements) {
        EXPECT_EQ(r.tier, r.table == "1"   ? "foundational"
                          : r.table == "2" ? "product-specific"
                                           : "advanced")
            << r.id;
        if (r.tier == "advanced") {
            EXPECT_THAT(r.archetypes, ElementsAre(archetype_of.at(r.table))) << r.id;
        }
        if (r.tier == "foundational") {
            EXPECT_EQ(r.archetypes.size(), 5u) << r.id;
        }
        if (r.tier == "foundational") {
            EXPECT_EQ(r.kind, Kind::knowledge) << r.id;
        }
        EXPECT_EQ(r.factor.empty(), r.table == "2")
            << r.id << ": product-specific items have groups and no factors";
    }
}

TEST(Hee, ApplicabilityAgreesWithTheAdvancedTables) {
    std::map<std::string, std::set<std::string>> told, found;
    for (const auto& [archetype, factors] : hee().applicability)
        told[archetype] = {factors.begin(), factors.end()};
    for (const auto& r : hee().requirements) {
        if (r.tier == "advanced") found[r.archetypes.front()].insert(r.factor);
    }
    EXPECT_EQ(found, told);
}

TEST(Hee, IdsAreUniqueAndOrdinalsCountFromOne) {
    std::set<std::string> ids;
    Counts last;
    for (std::size_t i = 0; i < hee().requirements.size(); ++i) {
        const auto& r = hee().requirements[i];
        EXPECT_TRUE(ids.insert(r.id).second) << r.id;
        EXPECT_EQ(r.ordinal, ++last[r.table]) << r.id;
        EXPECT_EQ(hee().requirement_index(r.id), static_cast<int>(i));
        EXPECT_EQ(hee().requirement_iri(r),
                  "https://w3id.org/capbridge/frameworks/hee-ai-confidence/requirements/" + r.id);
        EXPECT_FALSE(r.title.empty() || r.statement.empty() || r.topic.empty()) << r.id;
    }
    for (const auto& q : hee().questions) {
        EXPECT_TRUE(ids.insert(q.id).second) << q.id;
        EXPECT_EQ(q.ordinal, ++last[q.table]) << q.id;
    }
    EXPECT_EQ(hee().requirement_index("none"), -1);
    EXPECT_EQ(hee().archetype_index("user"), 4);
    EXPECT_EQ(hee().archetype_index("none"), -1);
    EXPECT_EQ(hee().factor_index("ai-literacy"), 0);
    EXPECT_EQ(hee().level("none"), nullptr);
}

TEST(Hee, SourceLinesRiseWithinATable) {
    std::map<std::string, int> last;
    for (const auto& r : hee().requirements) {
        EXPECT_GT(r.source_line, last[r.table]) << r.id;
        last[r.table] = r.source_line;
    }
}

TEST(Hee, TopicsJoinItems) {
    std::map<std::string, int> size;
    for (const auto& r : hee().requirements) ++size[r.topic];
    EXPECT_EQ(size.size(), 167u);
    EXPECT_EQ(std::count_if(size.begin(), size.end(), [](const auto& t) { return t.second > 1; }), 52);
    for (const auto& [topic, count] : size)
        EXPECT_EQ(hee().topic_requirements(topic).size(), static_cast<std::size_t>(count)) << topic;
    EXPECT_TRUE(hee().topic_requirements("none").empty());
    for (const auto& [topic, count] : size) {
        bool product = false, other = false;
        for (const int i : hee().topic_requirements(topic))
            (hee().requirements[static_cast<std::size_t>(i)].tier == "product-specific" ? product : other) =
                true;
        EXPECT_FALSE(product && other) << topic << ": knowing one product is not knowing all";
    }
}

TEST(Implication, GoesDownOneLadderOfOneTopic) {
    for (const auto& from : hee().requirements) {
        for (const auto& to : hee().requirements) {
            if (from.id == to.id) {
                EXPECT_TRUE(hee().implies(from, to));
                continue;
            }
            const auto *high = hee().level(from.level), *low = hee().level(to.level);
            const bool expected = from.topic == to.topic && high != nullptr && low != nullptr &&
                                  high->kind == low->kind && high->rank >= low->rank;
            EXPECT_EQ(hee().implies(from, to), expected) << from.id << " -> " << to.id;
        }
    }
}

TEST(Implication, TheHigherOfTwoLevelsInOneTableGivesTheLower) {
    const auto &lower = requirement("a2-systems-impact-1"), &higher = requirement("a2-systems-impact-5");
    EXPECT_TRUE(hee().implies(higher, lower));
    EXPECT_FALSE(hee().implies(lower, higher));
}

TEST(Implication, SkillGivesNoKnowledgeNorKnowledgeSkill) {
    int mixed = 0;
    for (const auto& a : hee().requirements) {
        for (const auto& b : hee().requirements) {
            if (a.topic != b.topic || a.kind == b.kind) continue;
            ++mixed;
            EXPECT_FALSE(hee().implies(a, b)) << a.id << " -> " << b.id;
        }
    }
    EXPECT_GT(mixed, 0);
}

TEST(Implication, AnItemWithoutALevelGivesOnlyItself) {
    Requirement lost = requirement("a4-cognitive-biases-2"), other = lost;
    other.id = "other";
    EXPECT_TRUE(hee().implies(lost, lost));
    EXPECT_FALSE(hee().implies(lost, other));
}

TEST(Implication, ATopicListsItsItemsLowestFirstKnowledgeBeforeSkill) {
    for (const auto& r : hee().requirements) {
        int last = 0;
        for (const int i : hee().topic_requirements(r.topic)) {
            const auto* level = hee().level(hee().requirements[static_cast<std::size_t>(i)].level);
            const int rank = level == nullptr ? 0 : level->rank + (level->kind == Kind::skill ? 100 : 0);
            EXPECT_GE(rank, last) << r.topic;
            last = rank;
        }
    }
}

// By the raw document: questions carry flags too.
Places flagged(const std::string& flag) {
    Places out;
    for (const char* list : {"requirements", "questions"}) {
        for (const auto& item : hee_document().at(list)) {
            for (const auto& f : item.at("flags")) {
                if (f == flag)
                    out.insert({item.at("table").get<std::string>(), item.at("source_line").get<int>()});
            }
        }
    }
    return out;
}

TEST(Flags, StandOnTheItemsThatTheirPageNames) {
    const std::map<std::string, Places> expected{
        {"glyph-mismatch",
         {{"A2", 3334}, {"A2", 3337}, {"A2", 3339}, {"A2", 3342}, {"A2", 3346}, {"A2", 3348}, {"A2", 3351}}},
        {"kind-by-wording", {{"A4", 3767}, {"A4", 3770}}},
        {"level-lost", {{"A4", 3880}}},
        {"dcb-number-misprint", {{"A4", 3777}, {"A5", 4024}}},
        {"near-duplicate", {{"1", 1540}, {"1", 1544}, {"A6", 4206}, {"A6", 4226}}},
        {"two-levels-in-table", {{"A2", 3427}, {"A2", 3439}}},
        {"misspelt-level", {{"1", 1551}}},
        {"stray-word", {{"2", 1765}, {"A1", 3184}, {"A7", 4380}}},
        {"footnote-number", {{"1", 1495}, {"A2", 3422}, {"A4", 3871}}},
        {"factor-differs-between-tables",
         {{"1", 1525},
          {"1", 1540},
          {"1", 1544},
          {"A1", 3149},
          {"A1", 3170},
          {"A2", 3339},
          {"A2", 3415},
          {"A2", 3436},
          {"A2", 3442},
          {"A4", 3764},
          {"A5", 4016},
          {"A7", 4334},
          {"A3", 3572},
          {"A6", 4226}}},
        {"group-name-case",
         {{"A3", 3600}, {"A3", 3602}, {"A3", 3605}, {"A3", 3608}, {"A3", 3611}, {"A3", 3613}, {"A3", 3615}}}};
    for (const auto& [flag, places] : expected) EXPECT_EQ(flagged(flag), places) << flag;
    Counts recurring;
    for (const auto& [table, line] : flagged("verbatim-recurrence")) ++recurring[table];
    EXPECT_EQ(recurring,
              (Counts{{"A1", 5}, {"A2", 3}, {"A4", 9}, {"A5", 7}, {"A7", 5}, {"A3", 7}, {"A6", 7}}));
}

TEST(Flags, AreExplainedAndAllUsed) {
    std::set<std::string> explained, used;
    for (const auto& [flag, text] : hee_document().at("flags").items()) explained.insert(flag);
    for (const char* list : {"requirements", "questions"}) {
        for (const auto& item : hee_document().at(list)) {
            for (const auto& flag : item.at("flags")) used.insert(flag.get<std::string>());
        }
    }
    EXPECT_EQ(used, explained);
}

TEST(Flags, TheirReadingsHold) {
    for (const auto& r : hee().requirements) {
        const auto has = [&](const char* flag) {
            return std::find(r.flags.begin(), r.flags.end(), flag) != r.flags.end();
        };
        EXPECT_EQ(r.level.empty(), has("level-lost")) << r.id;
        if (has("glyph-mismatch")) {
            EXPECT_EQ(r.kind, Kind::knowledge) << r.id;
        }
        if (has("kind-by-wording")) {
            EXPECT_EQ(r.level, "capability") << r.id;
        }
        if (has("misspelt-level")) {
            EXPECT_EQ(r.level, "familiarity") << r.id;
        }
        if (has("dcb-number-misprint")) {
            EXPECT_THAT(r.statement, testing::AllOf(testing::HasSubstr("DCB 0160"),
                                                    testing::Not(testing::HasSubstr("1060"))))
                << r.id;
        }
        if (has("group-name-case")) {
            EXPECT_EQ(r.group, "clinical-use") << r.id;
        }
    }
    EXPECT_EQ(requirement("t1-ai-model-and-product-design-2").topic,
              requirement("t1-ai-model-and-product-design-3").topic)
        << "near-duplicates share a topic";
}

std::vector<std::string> members(const ordered_json& object) {
    std::vector<std::string> out;
    for (const auto& [name, value] : object.items()) out.push_back(name);
    return out;
}

TEST(Export, HasItsShape) {
    const auto out = export_framework(hee());
    EXPECT_THAT(members(out), ElementsAre("id", "version", "archetypes", "groups", "factors", "levels",
                                          "applicability", "requirements", "questions"));
    EXPECT_THAT(members(out["archetypes"][0]), ElementsAre("id", "name", "definition", "responsibilities"));
    EXPECT_THAT(members(out["factors"][0]), ElementsAre("id", "name", "group"));
    EXPECT_TRUE(out["factors"][0]["group"].is_null()) << "AI literacy stands in no group";
    EXPECT_THAT(members(out["levels"][0]), ElementsAre("id", "kind", "rank", "implies"));
    EXPECT_EQ(out["levels"][2].dump(),
              R"({"id":"understanding","kind":"knowledge","rank":3,"implies":["awareness","familiarity"]})");
    EXPECT_THAT(members(out["applicability"]),
                ElementsAre("shaper", "driver", "creator", "embedder", "user"));
    EXPECT_THAT(members(out["requirements"][0]),
                ElementsAre("id", "table", "ordinal", "tier", "archetypes", "group", "factor", "kind",
                            "level", "topic", "title", "statement", "source_line", "flags"));
    EXPECT_THAT(members(out["questions"][0]),
                ElementsAre("id", "table", "ordinal", "archetype", "factor", "title", "source_line"));
    EXPECT_EQ(out["requirements"].size(), 242u);
    EXPECT_EQ(out["questions"].size(), 65u);
}

TEST(Export, SaysWhatTheDocumentSays) {
    const auto out = json::parse(export_framework(hee()).dump());
    for (std::size_t i = 0; i < out["requirements"].size(); ++i) {
        for (const auto& [name, value] : out["requirements"][i].items())
            EXPECT_EQ(value, hee_document()["requirements"][i][name]) << name;
    }
    for (std::size_t i = 0; i < out["questions"].size(); ++i) {
        for (const auto& [name, value] : out["questions"][i].items())
            EXPECT_EQ(value, hee_document()["questions"][i][name]) << name;
    }
    EXPECT_EQ(out["applicability"], hee_document()["applicability"]);
}

TEST(Export, ALostLevelIsNull) {
    int lost = 0;
    const auto out = export_framework(hee());
    for (const auto& r : out["requirements"]) {
        if (!r["level"].is_null()) continue;
        ++lost;
        EXPECT_EQ(r["source_line"], 3880);
    }
    EXPECT_EQ(lost, 1);
}

}  // namespace
}  // namespace capbridge::framework
