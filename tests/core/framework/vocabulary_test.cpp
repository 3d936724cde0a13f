#include "core/framework/vocabulary.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/json.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::framework {
namespace {

TEST(Vocabulary, TheShippedFrameworkHasTopicNamesAndAGlossary) {
    const auto words = load_vocabulary(*shipped_framework("hee-ai-confidence"), "hee");
    ASSERT_TRUE(words);
    EXPECT_EQ(words->topic_name("deskilling-risk"), "Risk of deskilling");
    EXPECT_EQ(words->topic_name("no-such-topic"), "no-such-topic");
    ASSERT_FALSE(words->glossary.empty());
    std::size_t subjects = 0;
    for (const auto& term : words->glossary) {
        EXPECT_FALSE(term.also.empty()) << term.term;
        subjects += term.subject ? 1 : 0;
    }
    EXPECT_EQ(subjects, 1u);
}

TEST(Vocabulary, AGlossaryOfTheDocumentsOwnStandsInsteadOfTheShippedOne) {
    const auto words = load_vocabulary(R"({"id": "hee-ai-confidence", "topics": [{"id": "t", "name": "T"}],
        "glossary": [{"term": "robot", "also": ["android"], "subject": true}, {"term": ""}, 7]})",
                                       "own");
    ASSERT_TRUE(words);
    ASSERT_EQ(words->glossary.size(), 1u);
    EXPECT_EQ(words->glossary[0].also, std::vector<std::string>{"android"});
    EXPECT_TRUE(words->glossary[0].subject);
}

TEST(Vocabulary, ShippedGlossariesKeepToTheirSchemaAndNameAFramework) {
    const auto* schema = find_embedded(embedded_config(), "schemas/glossary.schema.json");
    ASSERT_NE(schema, nullptr);
    std::size_t glossaries = 0;
    for (const auto& file : embedded_config()) {
        if (!file.path.starts_with("glossaries/")) continue;
        ++glossaries;
        const auto document = parse_json(file.bytes);
        ASSERT_TRUE(document) << file.path;
        EXPECT_TRUE(validate_json(*document, *parse_json(schema->bytes), file.bytes).empty()) << file.path;
        const auto id = get_string(*document, "framework");
        EXPECT_EQ(file.path, "glossaries/" + id + ".json");
        EXPECT_TRUE(shipped_framework(id)) << id;
    }
    EXPECT_EQ(glossaries, 1u);
}

TEST(Vocabulary, AFrameworkMayCarryAGlossary) {
    auto document = *parse_json(*shipped_framework("hee-ai-confidence"));
    document["glossary"] = json::array({{{"term", "robot"}, {"also", {"android"}}}});
    EXPECT_TRUE(check_framework(document).empty());
    document["glossary"][0].erase("also");
    EXPECT_TRUE(has_errors(check_framework(document)));
}

TEST(Vocabulary, OddDocumentsGiveNothing) {
    EXPECT_TRUE(load_vocabulary("[]", "x")->topics.empty());
    EXPECT_TRUE(load_vocabulary(R"({"id": "other", "topics": 7, "glossary": {}})", "x")->glossary.empty());
    const auto broken = load_vocabulary("{", "mine.json");
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().where, "mine.json");
}

}  // namespace
}  // namespace capbridge::framework
