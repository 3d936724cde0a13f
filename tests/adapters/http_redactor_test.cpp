// Secrets in whatever spelling a server may give them back.
#include "adapters/http/redactor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr const char* kOdd = "tees/wear+derwent one~\"x\"";

bool finds(const std::string& text) {
    Redactor redactor;
    redactor.add(kOdd);
    auto cleaned = text;
    const bool found = redactor.clean(cleaned);
    EXPECT_EQ(cleaned.size(), text.size());
    EXPECT_EQ(found, cleaned != text);
    return found;
}

std::string all_escaped(const std::string& text, const char* before, bool upper) {
    std::string out;
    for (const char c : text) {
        const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
        const auto u = static_cast<unsigned char>(c);
        out += before;
        out += digits[u >> 4];
        out += digits[u & 15];
    }
    return out;
}

TEST(Redactor, FindsASecretAsUrlsFormsAndJsonWriteIt) {
    EXPECT_TRUE(finds(std::string("you sent ") + kOdd + "!"));
    EXPECT_TRUE(finds("?token=" + url_encode(kOdd) + "&x=1"));
    EXPECT_TRUE(finds("token=" + lower_ascii(url_encode(kOdd))));
    EXPECT_TRUE(finds(all_escaped(kOdd, "%", true)));
    EXPECT_TRUE(finds(all_escaped(kOdd, "%", false)));
    EXPECT_TRUE(finds(all_escaped(kOdd, "\\u00", false)));
    EXPECT_TRUE(finds(R"("tees/wear+derwent one~\"x\"")"));
    EXPECT_TRUE(finds(R"("tees\/wear+derwent one~\"x\"")"));
    EXPECT_TRUE(finds("a=tees%2Fwear%2Bderwent+one%7E%22x%22"));
    EXPECT_FALSE(finds("tees/wear and derwent"));
    EXPECT_FALSE(finds("100% of tees\\"));
    EXPECT_FALSE(finds("%2"));
}

TEST(Redactor, FindsASecretWithinBase64WhateverStandsAroundIt) {
    for (const auto* before : {"", "x", "ab", "user:", "{\"token\":\""}) {
        for (const auto* after : {"", "y", "zz", "\"}"}) {
            auto text = base64(std::string(before) + kOdd + after);
            EXPECT_TRUE(finds("Basic " + text)) << before << after;
            EXPECT_TRUE(finds("a=" + url_encode(text)));
            std::replace(text.begin(), text.end(), '+', '-');
            std::replace(text.begin(), text.end(), '/', '_');
            EXPECT_TRUE(finds(text));
        }
    }
    EXPECT_FALSE(finds(base64("something else of the same kind")));
}

TEST(Redactor, LeavesNothingOfIt) {
    Redactor redactor;
    redactor.add("abcdefgh");
    redactor.add("abcdefghijkl");
    redactor.add("short");
    std::string text = "abcdefghijkl abcdefgh abcdefghabcdefgh short";
    EXPECT_TRUE(redactor.clean(text));
    EXPECT_EQ(text, "************ ******** **************** short");
    std::string none;
    EXPECT_FALSE(redactor.clean(none));
}

}  // namespace
}  // namespace capbridge::adapters
