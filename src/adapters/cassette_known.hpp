// What a recording has learnt of people so far: names, numbers and addresses with their pseudonyms, found
// again in any text, whatever its case and whatever stands between the words ("Given Family", "GIVEN-FAMILY",
// "given.family"). Not thread-safe.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace capbridge::adapters {

// Lower case of UTF-8 text in Latin (with its extensions), Greek and Cyrillic letters; other bytes stay.
std::string fold_case(std::string_view text);

// The pseudonym as loud as what it stands for: all capitals, or none.
std::string in_case_of(std::string_view seen, std::string pseudonym);

// A run of letters and digits; bytes that are no ASCII count as letters.
struct WordPlace {
    std::size_t begin, end;
};
std::optional<WordPlace> next_word(std::string_view text, std::size_t from);

class KnownPeople {
public:
    enum class Case { any, not_lower };  // not_lower: "mark" is no Mark
    // The first pseudonym of an original stays.
    void learn(std::string_view original, std::string_view pseudonym, Case found = Case::any);
    [[nodiscard]] std::optional<std::string> exactly(std::string_view text) const;
    [[nodiscard]] std::string replaced(std::string_view text) const;
    [[nodiscard]] std::size_t size() const { return phrases_.size(); }

private:
    struct Entry {
        std::string original, pseudonym;
        std::vector<std::string> words;  // of the pseudonym, when it has as many as the original; else empty
        Case found;
    };
    [[nodiscard]] const Entry* find(std::string_view seen, const std::string& phrase) const;

    // What has a pseudonym word by word: the words in lower case, a space between. Else as it is written, in
    // lower case, behind a mark.
    std::unordered_map<std::string, Entry> phrases_;
    std::unordered_map<std::string, std::size_t> longest_;  // first word -> words of the longest phrase
};

}  // namespace capbridge::adapters
