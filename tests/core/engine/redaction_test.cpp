// In how many ways a name can be written that is the same name.
#include "core/engine/privacy/redaction.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

class Redacting : public testing::Test {
protected:
    Redacting() {
        known.own_names = {"Zo\u00eb Quillfeather", "Stra\u00dfe \u00c9mile"};
        known.actors = {{"a", false, {{"email", "", "zoe@demo.example", {}, {}}}},
                        {"b", false, {{"account:https://lms.example", "", "TRUST\\nsmith77", {}, {}}}}};
    }
    std::string left(std::string_view text) { return Redaction(known, "X")(text).value_or("(names nobody)"); }
    KnownAs known;
};

TEST_F(Redacting, CapitalsAreNoMatterInAnyScript) {
    for (const auto* text : {"Zo\u00eb Quillfeather", "ZO\u00cb QUILLFEATHER", "zo\u00cb quillFeather",
                             "Zoe\u0308 Quillfeather", "Zo\u00eb\u00a0Quillfeather", "STRASSE \u00c9MILE",
                             "stra\u1e9ee \u00e9mile", "Zo\u00eb Quill\u00adfeather"})
        EXPECT_EQ(left(text), "erased-1-X") << text;
    EXPECT_EQ(left("\u201cZO\u00cb QUILLFEATHER\u201d\u2014she"), "\u201cerased-1-X\u201d\u2014she");
    for (const auto* text : {"Zo\u00eb Quillfeather\u00e9", "\u00e9Zo\u00eb Quillfeather", "Zoe Quillfeather",
                             "\xEB Quillfeather"})
        EXPECT_EQ(left(text), "(names nobody)") << text;
}

TEST_F(Redacting, WhatIsWrittenInEscapesOfJsonIsRead) {
    EXPECT_EQ(left(R"({"a":"Zo\u00eb Quillfeather","b":"\u00e9"})"), R"({"a":"erased-1-X","b":"\u00e9"})");
    EXPECT_EQ(left(R"(["ZO\u00CB QUILLFEATHER"])"), R"(["erased-1-X"])");
    EXPECT_EQ(left(R"({"mail":"zoe\u0040demo.example"})"), R"({"mail":"erased-1-X"})");
    EXPECT_EQ(left(R"("thanks,\nZo\u00eb Quillfeather\n\"x\"")"), R"("thanks,\nerased-1-X\n\"x\"")");
    EXPECT_EQ(left(R"("thanks,\nzoe@demo.example")"), R"("thanks,\nerased-1-X")");
    EXPECT_EQ(left(R"("zo\u00ebb, Zo\u00eb Quillfeather\u00e9")"), "(names nobody)");
    const auto nested =
        json{{"a", json{{"b", R"(Zo\u00eb Quillfeather)"}, {"c", "zoe@demo.example"}}.dump()}};
    const auto out = json::parse(left(nested.dump()));
    EXPECT_EQ(json::parse(out["a"].get<std::string>())["c"], "erased-1-X");
    EXPECT_EQ(json::parse(out["a"].get<std::string>())["b"], "erased-2-X");
}

// A name of an account may look like an escape, and is found where it is one and where it is none.
TEST_F(Redacting, WhatOnlyLooksLikeAnEscapeIsFoundAsWell) {
    EXPECT_EQ(left("account|https://lms.example|TRUST\\nsmith77"), "account|https://lms.example|erased-1-X");
    EXPECT_EQ(left(R"({"name":"TRUST\\nsmith77"})"), R"({"name":"erased-1-X"})");
}

// A body says the same as the term that was made of it.
TEST_F(Redacting, OneSpellingHasOneMarkEscapedOrNot) {
    Redaction redact(known, "X");
    EXPECT_EQ(redact("https://a.example/zo\u00eb quillfeather"), "https://a.example/erased-1-X");
    EXPECT_EQ(redact(R"({"id":"https:\/\/a.example\/zo\u00eb quillfeather"})"),
              R"({"id":"https:\/\/a.example\/erased-1-X"})");
    EXPECT_EQ(redact("Zo\u00eb Quillfeather"), "erased-2-X");
}

TEST_F(Redacting, WhatIsAPartOfSomethingLongerIsNoneOfTheirs) {
    known.own_names = {"Ann Leeson"};
    known.actors = {{"a", false, {{"email", "", "lee@demo.example", {}, {}}}},
                    {"b", false, {{"account:https://lms.example", "", "j.smith", {}, {}}}}};
    for (const auto* text : {"ann.lee@demo.example", "mary-lee@demo.example", "x+lee@demo.example",
                             "lee@demo.example.org", "lee@demo.example-group", "j.smith@other.example",
                             "a.j.smith", "Ann Leeson-Jones", "Mary-Ann Leeson", "Ann Leesons"})
        EXPECT_EQ(left(text), "(names nobody)") << text;
    EXPECT_EQ(left("mailto:lee@demo.example."), "mailto:erased-1-X.");
    EXPECT_EQ(left("<lee@demo.example>"), "<erased-1-X>");
    EXPECT_EQ(left("Ann Leeson - ward 3"), "erased-1-X - ward 3");
    EXPECT_EQ(left("https://lms.example/user/j.smith/profile"),
              "https://lms.example/user/erased-1-X/profile");
}

TEST_F(Redacting, WhatSomebodyElseIsKnownAsStaysWhole) {
    known.own_names = {"Ann Leeson"};
    known.of_others = {"Mary Ann Leeson"};
    EXPECT_EQ(left("Mary Ann Leeson"), "(names nobody)");
    EXPECT_EQ(left("Ann Leeson told mary ann leeson"), "erased-1-X told mary ann leeson");
}

TEST_F(Redacting, AWordOfTheLanguageIsNoName) {
    known.own_names = {"Will Read"};
    known.actors = {{"a", false, {{"account:https://lms.example", "", "completed", {}, {}}}}};
    EXPECT_EQ(left("You will read the guidance"), "(names nobody)");
    EXPECT_EQ(left("seen by Will Read"), "seen by erased-1-X");
    EXPECT_EQ(left("seen by WILL READ"), "seen by erased-1-X");
    EXPECT_EQ(left("http://adlnet.gov/expapi/verbs/completed"), "(names nobody)");
}

TEST_F(Redacting, HoweverTheWordsOfANameAreSetApart) {
    for (const auto* text :
         {"Zo\u00eb  Quillfeather", "Zo\u00eb\nQuillfeather", "Zo\u00eb \t\r\n Quillfeather",
          "Zo%C3%AB%20Quillfeather", "Zo%C3%AB+Quillfeather"})
        EXPECT_EQ(left(text), "erased-1-X") << text;
    EXPECT_EQ(left("a  b\t\tc"), "(names nobody)");
    EXPECT_EQ(left("a  b   Zo\u00eb   Quillfeather   c"), "a  b   erased-1-X   c");
    EXPECT_EQ(left("  smith,  zoe@demo.example  "), "  smith,  erased-1-X  ");
    known.own_names = {"Zo\u00eb\u00a0Quillfeather"};
    EXPECT_EQ(left("Zo\u00eb Quillfeather"), "erased-1-X");
}

}  // namespace
}  // namespace capbridge::engine
