// Texts as features that can be compared: stemmed words without those that say nothing (Snowball's English
// stemmer), pairs of neighbours, and the terms of a framework's glossary under whatever words they come.
// A reader may be used by one thread at a time (the stemmer keeps a room of its own).
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/framework/vocabulary.hpp"

struct sb_stemmer;

namespace capbridge::competency {

struct Feature {
    std::string key;   // "valid", "local valid" (neighbours) or "#12" (a term of the glossary)
    std::string word;  // as it stood in the text, for people
    double weight = 1;
};

struct Features {
    std::vector<Feature> list;         // each key once; a word said often weighs little more
    bool speaks_of_subject = false;    // a subject term of the glossary is among them
    std::vector<std::string> numbers;  // "2", "2025": what tells one of several alike from another
};

class WordReader {
public:
    explicit WordReader(const std::vector<framework::Term>& glossary = {});
    ~WordReader();
    WordReader(const WordReader&) = delete;
    WordReader& operator=(const WordReader&) = delete;

    // Of the first 20,000 bytes; what is no UTF-8 separates words.
    [[nodiscard]] Features read(std::string_view text) const;

private:
    struct Word {
        std::string stem, written;
        bool silent = false;  // says nothing by itself
    };
    struct Phrase {
        std::vector<std::string> stems;
        int term = 0;
    };
    [[nodiscard]] std::vector<Word> words_of(std::string_view text) const;
    [[nodiscard]] std::string stem_of(const std::string& lower) const;
    void learn(std::string_view phrase, int term);
    void find_terms(const std::vector<Word>& words, Features& out) const;

    sb_stemmer* stemmer_;
    std::unordered_map<std::string, std::vector<Phrase>> phrases_;  // by their first stem
    std::vector<bool> subject_;                                     // by term
    std::vector<std::string> terms_;
};

// Sentences, and within them what commas, colons and semicolons part; the text itself first. At most 400.
std::vector<std::string> segments_of(std::string_view text);

}  // namespace capbridge::competency
