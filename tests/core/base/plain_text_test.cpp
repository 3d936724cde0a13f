#include "core/base/plain_text.hpp"

#include <gtest/gtest.h>

#include "core/base/text.hpp"

namespace capbridge {
namespace {

TEST(CutText, CutsBetweenCharacters) {
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82z";  // a é € 🙂 z
    const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t most = 0; most < std::size(ends); ++most) {
        const auto cut = cut_text(text, most);
        EXPECT_EQ(cut.size(), ends[most]) << most;
        EXPECT_TRUE(is_utf8(cut)) << most;
    }
    EXPECT_EQ(cut_text(std::string(9, '\x80'), 5).size(), 5u) << "what is no UTF-8 is cut anywhere";
    EXPECT_EQ(cut_text("", 0), "");
}

TEST(PlainText, LeavesNothingThatATerminalWouldActOn) {
    EXPECT_EQ(plain_text("red \x1B[31m\x07 \x7F.\r\nnext\tline"), "red  [31m   .  next line");
    EXPECT_EQ(plain_text("\xC2\x9B"
                         "31m \xC2\x80 \xC2\xA0|"),
              " 31m   \xC2\xA0|");
    EXPECT_EQ(plain_text("a\xE2\x80\xAE"
                         "b\xE2\x81\xA6"
                         "c\xE2\x80\xA8"
                         "d\xE2\x82\xAC"),
              "a b c d\xE2\x82\xAC");
    EXPECT_EQ(plain_text(std::string("nul\0l", 5)), "nul l");
}

TEST(PlainText, IsAlwaysUtf8AndNoLongerThanAsked) {
    EXPECT_EQ(plain_text("\xFFJ\xC3(\xE2\x82 \xF0\x9F"), "?J?(?? ??");
    std::string bytes;
    for (int i = 0; i < 3000; ++i) bytes += static_cast<char>(i * i * 7 + i);
    for (std::size_t most = 0; most < 60; ++most) {
        const auto plain = plain_text(bytes.substr(most * 40), most);
        EXPECT_TRUE(is_utf8(plain));
        EXPECT_LE(plain.size(), most);
    }
    EXPECT_EQ(plain_text("\xC3\xA9\xC3\xA9", 3), "\xC3\xA9");
}

}  // namespace
}  // namespace capbridge
