// Secrets in whatever spelling a server may give them back.
#include "adapters/http/redactor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

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

std::string with_entities(const std::string& text, bool hex) {
    std::string out;
    for (const char c : text) {
        const int n = static_cast<unsigned char>(c);
        char number[8];
        std::snprintf(number, sizeof number, hex ? "x%X" : "%d", n);
        out += std::isalnum(n) != 0 ? std::string(1, c) : "&#" + std::string(number) + ";";
    }
    return out;
}

TEST(Redactor, FindsASecretAsAWebPageWritesIt) {
    EXPECT_TRUE(finds("<p>tees/wear+derwent one~&quot;x&quot;</p>"));
    EXPECT_TRUE(finds("tees&sol;wear&plus;derwent&nbsp;one~&#34;x&#034;"));
    EXPECT_TRUE(finds(with_entities(kOdd, false)));
    EXPECT_TRUE(finds(with_entities(kOdd, true)));
    EXPECT_TRUE(finds("tees/wear+derwent one~&amp;quot;x&amp;quot;")) << "and once more";
    Redactor redactor;
    redactor.add("a<b>&c'd-and-more");
    std::string page = "a&lt;b&gt;&amp;c&apos;d-and-more";
    EXPECT_TRUE(redactor.clean(page));
    EXPECT_EQ(page, std::string(page.size(), '*'));
    EXPECT_FALSE(finds("tees&wear &quot; &#; &#x; &#99999; &"));
}

TEST(Redactor, FindsASecretThatWasWrittenTwiceOver) {
    const auto once = url_encode(kOdd);
    EXPECT_TRUE(finds("?next=" + url_encode("?token=" + once)));
    EXPECT_TRUE(finds(url_encode(url_encode(once))));
    const nlohmann::json inner = {{"token", kOdd}};
    const nlohmann::json outer = {{"body", inner.dump()}}, outermost = {{"log", outer.dump()}};
    EXPECT_TRUE(finds(outer.dump()));
    EXPECT_TRUE(finds(outermost.dump()));
    EXPECT_TRUE(finds(R"({"body":"tees\\u002fwear\\u002bderwent one~\\u0022x\\u0022"})"));
    EXPECT_TRUE(finds(R"({"body":"tees\\\/wear+derwent one~\\\"x\\\""})"));
    Redactor redactor;
    redactor.add("back\\slash-and-more");
    for (nlohmann::json text = "back\\slash-and-more"; text.dump().size() < 40; text = text.dump()) {
        auto seen = text.dump();
        EXPECT_TRUE(redactor.clean(seen)) << text.dump();
    }
}

TEST(Redactor, FindsASecretInBase64ThatLineEndsBreakUp) {
    const auto whole = base64("user:" + std::string(kOdd) + " and so on, and so on");
    for (const std::string end : {"\n", "\r\n", "\\n", "\\r\\n", "%0D%0A", "&#13;&#10;"}) {
        for (std::size_t every = 4; every < 40; every += 5) {
            std::string text;
            for (std::size_t at = 0; at < whole.size(); at += every)
                text += (at == 0 ? "" : end) + whole.substr(at, every);
            EXPECT_TRUE(finds(text)) << text;
        }
    }
}

TEST(Redactor, IsQuickAlsoWithTextsThatAreMadeToBeSlow) {
    Redactor redactor;
    redactor.add(std::string(64, '%'));
    redactor.add(std::string(64, '\\'));
    redactor.add(std::string(64, '&'));
    for (const std::string part : {"%25", "%", "\\", "&amp;", "&", "\r\n", "%2525"}) {
        std::string text;
        while (text.size() < 100'000) text += part;
        text += "x";
        const auto began = std::chrono::steady_clock::now();
        redactor.clean(text);
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5)) << part;
    }
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
