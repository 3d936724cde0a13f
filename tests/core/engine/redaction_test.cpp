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

}  // namespace
}  // namespace capbridge::engine
