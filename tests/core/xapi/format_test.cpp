#include "core/xapi/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample.hpp"

namespace capbridge::xapi {
namespace {

const DefinitionOf nothing_known = [](std::string_view) { return std::nullopt; };

json ids(const json& statement) {
    return json::parse(format_statement(statement.dump(), StatementFormat::ids, {}, nothing_known));
}
json canonical(const json& statement, const std::vector<std::string>& languages = {},
               const DefinitionOf& definition_of = nothing_known) {
    return json::parse(
        format_statement(statement.dump(), StatementFormat::canonical, languages, definition_of));
}

TEST(StatementFormat, Names) {
    EXPECT_EQ(statement_format_of(""), StatementFormat::exact);
    EXPECT_EQ(statement_format_of("exact"), StatementFormat::exact);
    EXPECT_EQ(statement_format_of("ids"), StatementFormat::ids);
    EXPECT_EQ(statement_format_of("canonical"), StatementFormat::canonical);
    for (const char* text : {"Exact", "xml", " ids"}) EXPECT_FALSE(statement_format_of(text)) << text;
}

TEST(AcceptedLanguages, MostWantedFirst) {
    using testing::ElementsAre;
    EXPECT_THAT(accepted_languages("en-GB"), ElementsAre("en-gb"));
    EXPECT_THAT(accepted_languages("cy;q=0.2, en-US;q=0.8 , de"), ElementsAre("de", "en-us", "cy"));
    EXPECT_THAT(accepted_languages("fr;Q=0, *;q=0.5, it; q=0.1"), ElementsAre("it"));
    for (const char* header : {"", ",", ";;", "*", "en;q=0"})
        EXPECT_THAT(accepted_languages(header), testing::IsEmpty()) << header;
}

TEST(Exact, IsTheTextItself) {
    const std::string odd = "{ \"b\":1.0,\"a\": 2 }";
    EXPECT_EQ(format_statement(odd, StatementFormat::exact, {"en"}, nothing_known), odd);
    for (const char* text : {"", "erased", "[1]", "7"})
        EXPECT_EQ(format_statement(text, StatementFormat::ids, {}, nothing_known), text);
}

TEST(Ids, KeepsWhatIdentifies) {
    const auto out = ids(full_statement());
    EXPECT_EQ(out["actor"], json::parse(R"({"objectType":"Group","mbox":"mailto:team@trust.example"})"));
    EXPECT_EQ(out["verb"], (json{{"id", "http://adlnet.gov/expapi/verbs/completed"}}));
    EXPECT_EQ(out["object"], (json{{"id", "https://lms.example/course/1"}}));
    EXPECT_EQ(out["authority"], full_statement()["authority"]) << "an anonymous group is its members";
    EXPECT_EQ(out["context"]["contextActivities"],
              json::parse(R"({"parent":[{"id":"https://lms.example/parent"}],
        "grouping":[{"id":"https://lms.example/group"},{"id":"https://lms.example/group2"}]})"));
    for (const char* member : {"id", "timestamp", "stored", "version", "result", "attachments"})
        EXPECT_EQ(out[member], full_statement()[member]) << member;
    EXPECT_EQ(out["context"]["extensions"], full_statement()["context"]["extensions"]);
}

TEST(Ids, ReachIntoGroupsSubStatementsAndContextAgents) {
    const auto out = ids(json::parse(R"({
        "actor": {"objectType":"Group","name":"g","member":[{"name":"n","mbox":"mailto:a@b"}]},
        "verb": {"id":"x:y","display":{}},
        "object": {"objectType":"SubStatement","actor":{"name":"n","openid":"http://o"},
            "verb":{"id":"v:w","display":{"en":"w"}},"object":{"objectType":"Agent","name":"n","mbox":"mailto:c@d"}},
        "context": {"contextAgents":[{"objectType":"contextAgent","agent":{"name":"n","mbox":"mailto:e@f"},"relevantTypes":["x:t"]}],
            "contextGroups":[{"objectType":"contextGroup","group":{"objectType":"Group","name":"n","openid":"x:g","member":[]}}]}})"));
    EXPECT_EQ(out["actor"], json::parse(R"({"objectType":"Group","member":[{"mbox":"mailto:a@b"}]})"));
    EXPECT_EQ(out["object"],
              json::parse(R"({"objectType":"SubStatement","actor":{"openid":"http://o"},"verb":{"id":"v:w"},
        "object":{"objectType":"Agent","mbox":"mailto:c@d"}})"));
    EXPECT_EQ(
        out["context"],
        json::parse(
            R"({"contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"mailto:e@f"},"relevantTypes":["x:t"]}],
        "contextGroups":[{"objectType":"contextGroup","group":{"objectType":"Group","openid":"x:g"}}]})"));
}

const json two_languages{{"en-GB", "colour"}, {"en-US", "color"}, {"de", "Farbe"}};

TEST(Canonical, OneLanguageOfEachMap) {
    auto s = full_statement();
    s["verb"]["display"] = s["object"]["definition"]["name"] = s["attachments"][0]["display"] = two_languages;
    s["object"]["definition"]["choices"][0]["description"] = two_languages;
    s["object"]["definition"]["extensions"]["urn:map"] = two_languages;
    s["context"]["contextActivities"]["parent"]["definition"]["description"] = two_languages;
    const auto out = canonical(s, {"en-us", "de"});
    const json one{{"en-US", "color"}};
    EXPECT_EQ(out["verb"]["display"], one);
    EXPECT_EQ(out["object"]["definition"]["name"], one);
    EXPECT_EQ(out["object"]["definition"]["choices"][0]["description"], one);
    EXPECT_EQ(out["attachments"][0]["display"], one);
    EXPECT_EQ(out["context"]["contextActivities"]["parent"][0]["definition"]["description"], one);
    EXPECT_EQ(out["object"]["definition"]["extensions"]["urn:map"], two_languages) << "is no language map";
    EXPECT_EQ(out["actor"], s["actor"]);
}

TEST(Canonical, WhichLanguage) {
    auto s = small_statement();
    s["verb"]["display"] = two_languages;
    const auto chosen = [&](const std::vector<std::string>& languages) {
        return canonical(s, languages)["verb"]["display"].begin().key();
    };
    EXPECT_EQ(chosen({"en-gb"}), "en-GB");
    EXPECT_EQ(chosen({"de-ch"}), "de") << "by the primary part";
    EXPECT_EQ(chosen({"fr", "en-us"}), "en-US");
    EXPECT_EQ(chosen({"en-au"}), "en-GB") << "any of that language";
    EXPECT_EQ(canonical(s, {"fr"})["verb"]["display"].size(), 1u);
    EXPECT_EQ(canonical(s)["verb"]["display"].size(), 1u);
    s["verb"]["display"] = json::object();
    EXPECT_EQ(canonical(s)["verb"]["display"], json::object());
}

TEST(Canonical, TheStoresDefinitionCompletesTheStatements) {
    const DefinitionOf known = [](std::string_view id) -> std::optional<std::string> {
        if (id != "https://lms.example/course/1") return std::nullopt;
        return R"({"name":{"en":"Known","cy":"Cwrs"},"type":"urn:known"})";
    };
    auto s = small_statement();
    EXPECT_EQ(canonical(s, {"cy"}, known)["object"]["definition"],
              json::parse(R"({"name":{"cy":"Cwrs"},"type":"urn:known"})"));
    s["object"]["definition"] = json::parse(R"({"name":{"en":"Own"},"moreInfo":"urn:more"})");
    EXPECT_EQ(canonical(s, {"en"}, known)["object"]["definition"],
              json::parse(R"({"name":{"en":"Known"},"type":"urn:known","moreInfo":"urn:more"})"));
    EXPECT_EQ(canonical(s, {"en"}, nullptr)["object"]["definition"]["name"]["en"], "Own");
    const DefinitionOf broken = [](std::string_view) { return std::optional<std::string>("{"); };
    EXPECT_EQ(canonical(s, {"en"}, broken)["object"]["definition"]["name"]["en"], "Own");
}

TEST(Canonical, ReachesIntoSubStatements) {
    auto inner = small_statement();
    inner["objectType"] = "SubStatement";
    inner["verb"]["display"] = inner["object"]["definition"]["name"] = two_languages;
    auto outer = small_statement();
    outer["object"] = inner;
    const auto out = canonical(outer, {"de"})["object"];
    EXPECT_EQ(out["verb"]["display"], (json{{"de", "Farbe"}}));
    EXPECT_EQ(out["object"]["definition"]["name"], (json{{"de", "Farbe"}}));
}

TEST(Formats, ThrowNothingWhateverIsStored) {
    for (
        const char* text :
        {"{}",
         R"({"actor":1,"verb":[],"object":"x","context":{"contextActivities":[],"team":[]},"attachments":{"a":1}})",
         R"({"object":{"definition":5},"verb":{"display":[1,2]},"context":{"contextActivities":{"parent":[1,[]]}},"attachments":[1]})",
         R"({"object":{"id":"x:y","definition":{"choices":[1,{"description":5}],"name":"x"}}})"}) {
        EXPECT_NO_THROW(ids(json::parse(text))) << text;
        EXPECT_NO_THROW(canonical(json::parse(text), {"en"})) << text;
    }
}

}  // namespace
}  // namespace capbridge::xapi
