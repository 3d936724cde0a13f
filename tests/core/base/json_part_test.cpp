#include <gtest/gtest.h>

#include "core/base/json_fast.hpp"

namespace capbridge {
namespace {

bool ab(std::string_view parent, std::string_view member) {
    return parent.empty() ? member == "a" || member == "b" : member != "left";
}

TEST(ReadPart, TakesWhatIsWantedAndAllThatIsInIt) {
    const auto part = read_part(
        R"({"x":{"a":1},"a":{"left":2,"in":{"left":[3,{"left":4}]}},"b":[{"left":5}],"c":"d"})", ab);
    ASSERT_TRUE(part);
    EXPECT_EQ(part->dump(), R"({"a":{"in":{"left":[3,{"left":4}]}},"b":[{"left":5}]})");
    EXPECT_EQ(read_part("{}", ab)->dump(), "{}");
}

TEST(ReadPart, GivesNothingOfWhatIsNoObject) {
    for (const char* text :
         {"", "[]", "1", "\"a\"", "{", R"({"a":1,})", R"({"a":tru})", "null", "{\"a\":\"\xff\"}"})
        EXPECT_FALSE(read_part(text, ab)) << text;
    std::string deep = "1";
    for (int i = 0; i < 100; ++i) deep = "[" + deep + "]";
    EXPECT_FALSE(read_part("{\"a\":" + deep + "}", ab));
}

}  // namespace
}  // namespace capbridge
