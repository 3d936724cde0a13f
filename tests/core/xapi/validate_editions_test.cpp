// What differs between the two editions, and what only one of them has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/xapi/statement.hpp"
#include "sample.hpp"

namespace capbridge::xapi {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto old = Version::v1_0_3;
constexpr auto now = Version::v2_0;

Problems check(const json& statement, Version version) {
    return validate_statement(statement, "", version);
}

auto problem(const std::string& pointer, const std::string& code) {
    return testing::AllOf(testing::Field(&Problem::pointer, pointer), testing::Field(&Problem::code, code));
}

json with(const std::string& at, const json& value) {
    auto statement = small_statement();
    statement[json::json_pointer(at)] = value;
    return statement;
}

json in_sub_statement(const std::string& at, const json& value) {
    auto inner = with(at, value);
    inner["objectType"] = "SubStatement";
    auto outer = small_statement();
    outer["object"] = inner;
    return outer;
}

TEST(Editions, BothTakeTheFullStatement) {
    EXPECT_THAT(check(full_statement(), old), IsEmpty());
    EXPECT_THAT(check(full_statement(), now), IsEmpty());
}

TEST(Editions, AProblemNamesTheSectionOfItsEdition) {
    const auto bad = with("/verb/id", "x");
    EXPECT_EQ(check(bad, old).at(0).section, "xAPI 1.0.3 part 2, 2.4.3");
    EXPECT_EQ(check(bad, now).at(0).section, "IEEE 9274.1.1, 4.2.2.2");
    EXPECT_EQ(check(bad, now).at(0).text("request"),
              "request: /verb/id: must be an absolute IRI (IEEE 9274.1.1, 4.2.2.2) [iri]");
}

TEST(Editions, TheVersionOfAStatement) {
    for (const char* version : {"1.0", "1.0.0", "1.0.3", "1.0.9"}) {
        EXPECT_THAT(check(with("/version", version), old), IsEmpty()) << version;
        EXPECT_THAT(check(with("/version", version), now), IsEmpty()) << version;
    }
    for (const char* version : {"2.0", "2.0.0", "2.0.7"}) {
        EXPECT_THAT(check(with("/version", version), old), ElementsAre(problem("/version", "version")));
        EXPECT_THAT(check(with("/version", version), now), IsEmpty()) << version;
    }
    for (const char* version : {"0.9.9", "1.1.0", "3.0.0", "", "2", "1.0.", "2.00", "latest"}) {
        EXPECT_THAT(check(with("/version", version), old), ElementsAre(problem("/version", "version")));
        EXPECT_THAT(check(with("/version", version), now), ElementsAre(problem("/version", "version")));
    }
}

TEST(Editions, TimesWithAnyOffsetButTheUnknownOne) {
    for (const auto edition : {old, now}) {
        for (const char* time : {"2008-09-15T15:53:00.601+00:00", "2023-05-04T12:00:00-05:00",
                                 "2023-05-04T12:00:00.123456Z", "2023-05-04T12:00:00+0530"}) {
            EXPECT_THAT(check(with("/timestamp", time), edition), IsEmpty()) << time;
            EXPECT_THAT(check(in_sub_statement("/timestamp", time), edition), IsEmpty()) << time;
        }
        for (const char* time : {"2008-09-15T15:53:00.601-00:00", "2008-09-15T15:53:00.601-0000",
                                 "2008-09-15T15:53:00.601-00", "01/011/2015", "", "now"}) {
            EXPECT_THAT(check(with("/timestamp", time), edition),
                        ElementsAre(problem("/timestamp", "timestamp")))
                << time;
            EXPECT_THAT(check(in_sub_statement("/timestamp", time), edition),
                        ElementsAre(problem("/object/timestamp", "timestamp")))
                << time;
        }
    }
}

const json context_agent = json::parse(R"({"objectType": "contextAgent",
    "agent": {"objectType": "Agent", "mbox": "mailto:player@trust.example"},
    "relevantTypes": ["https://e.example/player"]})");
const json context_group = json::parse(R"({"objectType": "contextGroup",
    "group": {"objectType": "Group", "mbox": "mailto:team@trust.example"}})");

TEST(ContextAgentsAndGroups, CameWith2_0) {
    for (const auto& [name, one] :
         {std::pair<std::string, json>("contextAgents", context_agent), {"contextGroups", context_group}}) {
        const auto value = json::array({one});
        EXPECT_THAT(check(with("/context/" + name, value), now), IsEmpty());
        EXPECT_THAT(check(in_sub_statement("/context/" + name, value), now), IsEmpty());
        EXPECT_THAT(check(with("/context/" + name, json::array()), now), IsEmpty());
        EXPECT_THAT(check(with("/context/" + name, value), old),
                    ElementsAre(problem("/context/" + name, "unknown_member")));
    }
}

TEST(ContextAgentsAndGroups, EachRule) {
    struct Rule {
        std::string at;
        json bad;
        std::string pointer, code;
    };
    const std::vector<Rule> rules{
        {"/objectType", "Should fail", "/objectType", "object_type"},
        {"/objectType", "contextgroup", "/objectType", "object_type"},
        {"/objectType", 5, "/objectType", "object_type"},
        {"/WHO", {{"key", "x"}}, "/WHO/key", "unknown_member"},
        {"/WHO", {{"objectType", "Person"}, {"openid", "urn:p"}}, "/WHO/objectType", "object_type"},
        {"/WHO", "x", "/WHO", "type"},
        {"/relevantTypes", json::array(), "/relevantTypes", "empty"},
        {"/relevantTypes", {"urn:ok", "abc"}, "/relevantTypes/1", "iri"},
        {"/relevantTypes", {5}, "/relevantTypes/0", "type"},
        {"/relevantTypes", "urn:x", "/relevantTypes", "type"},
        {"/member", json::array(), "/member", "unknown_member"}};
    for (const auto& [list, who, sample] :
         {std::tuple{"contextAgents", "agent", context_agent}, {"contextGroups", "group", context_group}}) {
        const auto named = [name = who](std::string text) {
            const auto at = text.find("WHO");
            return at == std::string::npos ? text : text.replace(at, 3, name);
        };
        for (const auto& rule : rules) {
            auto bad = sample;
            bad[json::json_pointer(named(rule.at))] = rule.bad;
            // The Group's own objectType is wrong too when its members are.
            const auto at = std::string("/context/") + list + "/0" + named(rule.pointer);
            const auto found = check(with(std::string("/context/") + list, json::array({bad})), now);
            if (rule.code == "unknown_member" && rule.at == "/WHO") {
                EXPECT_FALSE(found.empty()) << list;
            } else {
                EXPECT_THAT(found, Contains(problem(at, rule.code))) << list << rule.at << rule.bad;
            }
        }
        for (const char* member : {"objectType", who}) {
            auto bad = sample;
            bad.erase(member);
            EXPECT_THAT(check(with(std::string("/context/") + list, json::array({bad})), now),
                        Contains(problem(std::string("/context/") + list + "/0", "missing")));
        }
        EXPECT_THAT(check(with(std::string("/context/") + list, sample), now),
                    Contains(problem(std::string("/context/") + list, "type")));
        EXPECT_THAT(check(with(std::string("/context/") + list, json::array({5})), now),
                    Contains(problem(std::string("/context/") + list + "/0", "type")));
    }
}

TEST(ContextAgentsAndGroups, AnAgentIsNoGroupAndAGroupNoAgent) {
    auto agent = context_agent, group = context_group;
    agent["agent"]["objectType"] = "Group";
    group["group"]["objectType"] = "Agent";
    EXPECT_THAT(check(with("/context/contextAgents", json::array({agent})), now),
                ElementsAre(problem("/context/contextAgents/0/agent/objectType", "object_type")));
    EXPECT_THAT(check(with("/context/contextGroups", json::array({group})), now),
                ElementsAre(problem("/context/contextGroups/0/group/objectType", "object_type")));
}

TEST(LanguageTags, ByTheLengthsOfTheirParts) {
    for (const char* tag : {"de", "cmn", "en-GB", "zh-Hant", "sr-Latn-RS", "es-419", "de-CH-1996", "x-trust",
                            "i-klingon", "en-x-nhs", "EN-us"})
        EXPECT_THAT(check(with("/context/language", tag), now), IsEmpty()) << tag;
    for (const char* tag : {"", "a12345", "12", "en_GB", "en-", "-en", "en--GB", "englishlanguage",
                            "en-toolongpart", "x", "a-b", "en GB"})
        EXPECT_THAT(check(with("/context/language", tag), now),
                    ElementsAre(problem("/context/language", "language")))
            << tag;
}

TEST(Hostile, WrongTypesAnywhereAreProblemsInBothEditions) {
    auto statement = full_statement();
    statement["context"]["contextAgents"] = json::array({context_agent});
    statement["context"]["contextGroups"] = json::array({context_group});
    const auto flat = statement.flatten();
    for (const char* text : {"null", "true", "-1", "1e300", "\"\"", "[]", "{}", "[[]]", "[null]",
                             R"({"objectType":[]})", R"({"objectType":"SubStatement"})"}) {
        const auto value = json::parse(text);
        for (const auto& [pointer, leaf] : flat.items()) {
            for (json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
                auto changed = statement;
                changed[at] = value;
                for (const auto edition : {old, now})
                    EXPECT_NO_THROW(check(changed, edition)) << at.to_string() << " = " << text;
            }
        }
    }
}

TEST(Hostile, ProblemsAreManyAtMostAndDeepStatementsEnd) {
    auto statement = small_statement();
    for (int i = 0; i < 100000; ++i) statement["no" + std::to_string(i)] = 1;
    EXPECT_LE(check(statement, now).size(), 1000u);
    json nested = small_statement();
    for (int i = 0; i < 50; ++i) {
        auto outer = small_statement();
        nested["objectType"] = "SubStatement";
        outer["object"] = std::move(nested);
        nested = std::move(outer);
    }
    EXPECT_THAT(check(nested, now), Contains(problem("/object/object/objectType", "object_type")));
}

}  // namespace
}  // namespace capbridge::xapi
