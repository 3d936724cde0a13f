// The framework as an xAPI Profile: the rules of xAPI Profiles 1.0, part 2, that can be checked without a
// network, held against what we write.
#include "core/framework/xapi_profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "core/base/time.hpp"
#include "core/framework/shipped.hpp"

namespace capbridge::framework {
namespace {

std::vector<Framework> all_shipped() {
    std::vector<Framework> out;
    for (const auto& id : shipped_frameworks()) out.push_back(*load_framework(*shipped_framework(id), id));
    return out;
}
json profile_of(const Framework& f) {
    return json(xapi_profile(f));
}

// Part 2, 4.0: no empty objects, null, empty strings or empty arrays.
void expect_nothing_empty(const json& value, const std::string& at) {
    EXPECT_FALSE(value.is_null() || (value.is_structured() && value.empty()) || value == "") << at;
    if (!value.is_structured()) return;
    for (const auto& [name, member] : value.items()) expect_nothing_empty(member, at + "/" + name);
}

void expect_words(const json& map) {
    ASSERT_TRUE(map.is_object());
    for (const auto& [language, text] : map.items()) EXPECT_TRUE(text.is_string()) << language;
}

TEST(XapiProfile, HasWhatAProfileNeeds) {
    for (const auto& f : all_shipped()) {
        const auto p = profile_of(f);
        EXPECT_EQ(p.at("type"), "Profile");
        EXPECT_EQ(p.at("@context"), "https://w3id.org/xapi/profiles/context");
        EXPECT_EQ(p.at("conformsTo"), "https://w3id.org/xapi/profiles#1.0");
        EXPECT_EQ(p.at("id"), f.iri + "/xapi-profile");
        expect_words(p.at("prefLabel"));
        expect_words(p.at("definition"));
        ASSERT_TRUE(p.at("versions").is_array());
        ASSERT_EQ(p["versions"].size(), 1u);
        EXPECT_EQ(p["versions"][0].at("id"), profile_version_iri(f));
        EXPECT_NE(p["versions"][0]["id"], p["id"]);
        EXPECT_TRUE(parse_instant(p["versions"][0].at("generatedAtTime").get<std::string>()));
        EXPECT_EQ(p.at("author").at("type"), "Organization");
        expect_nothing_empty(p, "");
        EXPECT_EQ(xapi_profile(f).dump(), xapi_profile(f).dump());
    }
}

TEST(XapiProfile, EverythingInItHasAnIdOfItsOwnAndIsOfThisVersion) {
    for (const auto& f : all_shipped()) {
        const auto p = profile_of(f);
        std::set<std::string> ids{p["id"], p["versions"][0]["id"]};
        for (const char* list : {"concepts", "templates", "patterns"}) {
            for (const auto& one : p.value(list, json::array())) {
                EXPECT_TRUE(ids.insert(one.at("id").get<std::string>()).second) << one["id"];
                EXPECT_EQ(one.at("inScheme"), profile_version_iri(f)) << one["id"];
            }
        }
    }
}

// What the context of xAPI Profiles has no term for would be lost to whoever reads the JSON-LD.
TEST(XapiProfile, MembersAreTermsOfTheContext) {
    static const std::set<std::string> terms{"@context",
                                             "type",
                                             "id",
                                             "conformsTo",
                                             "prefLabel",
                                             "definition",
                                             "seeAlso",
                                             "versions",
                                             "author",
                                             "concepts",
                                             "templates",
                                             "patterns",
                                             "name",
                                             "inScheme",
                                             "generatedAtTime",
                                             "verb",
                                             "rules",
                                             "location",
                                             "presence",
                                             "any",
                                             "all",
                                             "scopeNote",
                                             "primary",
                                             "alternates",
                                             "optional",
                                             "oneOrMore",
                                             "sequence",
                                             "inlineSchema",
                                             "objectActivityType",
                                             "recommendedVerbs",
                                             "activityDefinition",
                                             "contextGroupingActivityType"};
    static const std::set<std::string> language_maps{"prefLabel", "definition", "scopeNote"};
    std::function<void(const json&)> walk = [&](const json& value) {
        if (value.is_array()) {
            for (const auto& one : value) walk(one);
        } else if (value.is_object()) {
            for (const auto& [name, member] : value.items()) {
                EXPECT_TRUE(terms.contains(name)) << name;
                if (!language_maps.contains(name) && name != "activityDefinition") walk(member);
            }
        }
    };
    for (const auto& f : all_shipped()) walk(profile_of(f));
}

TEST(XapiProfile, ConceptsHaveTheMembersOfTheirType) {
    std::map<std::string, int> types;
    const auto p = profile_of(hee());
    for (const auto& c : p.at("concepts")) {
        const auto type = c.at("type").get<std::string>();
        ++types[type];
        if (type == "Activity") {
            const auto& definition = c.at("activityDefinition");
            EXPECT_EQ(definition.at("@context"), "https://w3id.org/xapi/profiles/activity-context");
            EXPECT_EQ(definition.at("type"), tla::competency);
            expect_words(definition.at("name"));
            continue;
        }
        expect_words(c.at("prefLabel"));
        expect_words(c.at("definition"));
        EXPECT_TRUE(type == "ContextExtension" || !c.contains("recommendedVerbs"));
        if (c.contains("inlineSchema")) {
            EXPECT_TRUE(json::parse(c["inlineSchema"].get<std::string>(), nullptr, false).is_object());
        }
    }
    EXPECT_EQ(types["Verb"], 3);
    EXPECT_EQ(types["ActivityType"], 1);
    EXPECT_EQ(types["ContextExtension"], 3);
    EXPECT_EQ(static_cast<std::size_t>(types["Activity"]),
              competencies(hee()).size() + hee().requirements.size());
}

TEST(XapiProfile, RulesAskForSomethingAndTemplatesDifferInTheirVerb) {
    const auto p = profile_of(hee());
    std::set<std::string> verbs;
    for (const auto& t : p.at("templates")) {
        EXPECT_EQ(t.at("type"), "StatementTemplate");
        EXPECT_TRUE(verbs.insert(t.at("verb").get<std::string>()).second);
        for (const auto& rule : t.at("rules")) {
            EXPECT_TRUE(rule.at("location").get<std::string>().starts_with("$."));
            EXPECT_TRUE(rule.contains("presence") || rule.contains("any") || rule.contains("all") ||
                        rule.contains("none"));
        }
    }
    EXPECT_EQ(verbs, (std::set<std::string>{std::string(tla::achieved), std::string(tla::expired),
                                            std::string(tla::revoked)}));
}

TEST(XapiProfile, PatternsStandOnOneThingEachAndOnWhatIsThere) {
    const auto p = profile_of(hee());
    std::map<std::string, json> known;
    for (const auto& t : p.at("templates")) known[t["id"]] = t;
    for (const auto& one : p.at("patterns")) known[one["id"]] = one;
    std::function<void(const std::string&, int)> walk = [&](const std::string& id, int depth) {
        ASSERT_LT(depth, 20) << "a ring at " << id;
        ASSERT_TRUE(known.contains(id)) << id;
        const auto& one = known[id];
        if (one["type"] == "StatementTemplate") return;
        int has = 0;
        for (const char* kind : {"alternates", "optional", "oneOrMore", "sequence", "zeroOrMore"}) {
            if (!one.contains(kind)) continue;
            ++has;
            const bool many = std::string_view(kind) == "alternates" || std::string_view(kind) == "sequence";
            EXPECT_EQ(one[kind].is_array(), many) << id;
            if (!many) {
                walk(one[kind].get<std::string>(), depth + 1);
                continue;
            }
            EXPECT_GE(one[kind].size(), 2u);
            for (const auto& below : one[kind]) {
                walk(below.get<std::string>(), depth + 1);
                if (std::string_view(kind) != "alternates") continue;
                EXPECT_FALSE(known[below].contains("optional") || known[below].contains("zeroOrMore"));
            }
        }
        EXPECT_EQ(has, 1) << id;
    };
    int primary = 0;
    for (const auto& one : p.at("patterns")) {
        walk(one["id"].get<std::string>(), 0);
        if (!one.value("primary", false)) continue;
        ++primary;
        expect_words(one.at("prefLabel"));
        expect_words(one.at("definition"));
    }
    EXPECT_EQ(primary, 1);
}

TEST(XapiProfile, CompetenciesAreTheFoundationsFactorsAndThoseOfEachArchetype) {
    const auto all = competencies(hee());
    const auto has = [&](std::string_view archetype, std::string_view factor) {
        return std::any_of(all.begin(), all.end(), [&](const Competency& one) {
            return one.archetype == archetype && one.factor == factor;
        });
    };
    EXPECT_TRUE(has("", "ai-literacy"));
    EXPECT_TRUE(has("creator", "ai-literacy"));
    EXPECT_FALSE(has("shaper", "ai-literacy"));  // figure A1 has no such cell
    EXPECT_FALSE(has("", "local-validation"));   // the foundation does not speak of it
    EXPECT_NE(competency_iri(hee(), "", "ai-literacy"), competency_iri(hee(), "creator", "ai-literacy"));
}

TEST(XapiProfile, AnotherVersionOfTheFrameworkHasOtherTemplates) {
    auto later = hee();
    later.version = "1.0.1";
    EXPECT_EQ(profile_iri(later), profile_iri(hee()));
    EXPECT_NE(profile_version_iri(later), profile_version_iri(hee()));
    EXPECT_NE(template_iri(later, "achieved"), template_iri(hee(), "achieved"));
    EXPECT_EQ(competency_iri(later, "", "ai-literacy"), competency_iri(hee(), "", "ai-literacy"));
}

TEST(XapiProfile, AFrameworkWithoutItemsGivesNoEmptyLists) {
    auto bare = hee();
    bare.requirements.clear();
    bare.index();
    const auto p = profile_of(bare);
    EXPECT_FALSE(p.contains("templates"));
    EXPECT_FALSE(p.contains("patterns"));
    expect_nothing_empty(p, "");
}

}  // namespace
}  // namespace capbridge::framework
