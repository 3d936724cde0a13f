// The shipped framework against the text of the report, which this repository does not hold.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "shipped.hpp"

namespace capbridge::framework {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& text) {
    Words out;
    for (auto& word : split(collapse_spaces(text), ' ')) out.push_back(std::move(word));
    return out;
}

// For comparing wordings: letters and digits in lower case, everything else parts words.
Words plain_words(std::string text) {
    for (auto& c : text) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : ' ';
    return words_of(lower_ascii(text));
}

std::size_t longest_run(const Words& a, const Words& b) {
    std::size_t longest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            std::size_t n = 0;
            while (i + n < a.size() && j + n < b.size() && a[i + n] == b[j + n]) ++n;
            longest = std::max(longest, n);
        }
    }
    return longest;
}

class Source : public testing::Test {
protected:
    void SetUp() override {
        const char* shared = std::getenv("CAPBRIDGE_SHARED");
        if (shared == nullptr || *shared == '\0') {
            GTEST_SKIP() << "CAPBRIDGE_SHARED is not set: the text of the report is not at hand, so no item "
                            "is compared with it.";
        }
        const auto read = read_file(std::filesystem::path(shared) / "seeds" / "001_890ae1e9a2c50f39.txt");
        ASSERT_TRUE(read) << read.error().text();
        text = *read;
        lines = split(text, '\n');
        for (const char* list : {"requirements", "questions"}) {
            for (const auto& item : hee_document().at(list)) items.push_back(&item);
        }
    }

    // The words from the item's line on, without its mark; an item is the run of them that has its digest.
    [[nodiscard]] Words item_words(const json& item) const {
        static const std::set<std::string> marks{"•", "+", "››"};
        Words words;
        for (auto i = item.at("source_line").get<std::size_t>() - 1; i < lines.size() && words.size() < 100;
             ++i) {
            for (auto& word : words_of(lines[i])) words.push_back(std::move(word));
        }
        if (!words.empty() && marks.contains(words.front())) words.erase(words.begin());
        std::string joined;
        for (std::size_t n = 0; n < words.size(); ++n) {
            joined += (n == 0 ? "" : " ") + words[n];
            if ("sha256:" + sha256_hex(joined) == item.at("source_digest")) {
                words.resize(n + 1);
                return words;
            }
        }
        return {};
    }

    std::string text;
    Words lines;
    std::vector<const json*> items;
};

TEST_F(Source, IsTheTextThatTheFrameworkWasReadFrom) {
    EXPECT_EQ(sha256_hex(text), hee_document().at("source").at("sha256"));
}

TEST_F(Source, EveryItemHasTheDigestOfTheTextAtItsLine) {
    EXPECT_EQ(items.size(), 307u);
    for (const auto* item : items) {
        EXPECT_FALSE(item_words(*item).empty()) << item->at("id") << " at line " << item->at("source_line");
    }
}

TEST_F(Source, OurWordingIsOurOwn) {
    for (const auto* item : items) {
        Words source;
        for (const auto& word : item_words(*item)) {
            for (auto& plain : plain_words(word)) source.push_back(std::move(plain));
        }
        for (const char* member : {"title", "statement"}) {
            const auto ours = get_string(*item, member);
            EXPECT_LE(longest_run(plain_words(ours), source), 6u) << item->at("id") << ": " << ours;
        }
    }
}

TEST(LongestRun, CountsWordsInARow) {
    EXPECT_EQ(longest_run(plain_words("Knows the GDPR, and more"), plain_words("(the) gdpr and less")), 3u);
    EXPECT_EQ(longest_run({}, {"a"}), 0u);
}

}  // namespace
}  // namespace capbridge::framework
