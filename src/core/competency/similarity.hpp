// How alike a text is to the topics of a framework: cosine of TF-IDF weights over stemmed words, neighbours
// and glossary terms, between a piece of the text and a piece of what the framework says about a topic (its
// name, the titles and the statements of its requirements); the best pair counts, and is told. A word weighs
// the more the fewer topics have it. Pure; one thread at a time (WordReader).
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/competency/similarity_words.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::competency {

struct TextPiece {
    std::string text;
    double weight = 1;  // how much this piece says about the whole: a title more than a sentence
    std::string what;   // for people: "title", "keyword", "objective"
};

struct TopicMatch {
    std::string topic;
    double similarity = 0;           // 0..1, weighted by the piece
    std::string what, piece;         // of the text: which piece, shortened
    std::vector<std::string> words;  // that matched, those that weigh most first
};

class TopicIndex {
public:
    TopicIndex(const framework::Framework& framework, const framework::Vocabulary& vocabulary);

    // Best first, then in order of id; at most `limit`, none below `least`.
    [[nodiscard]] std::vector<TopicMatch> match(const std::vector<TextPiece>& pieces, double least,
                                                std::size_t limit) const;
    [[nodiscard]] bool speaks_of_subject(std::string_view text) const;
    [[nodiscard]] bool has_subject() const { return has_subject_; }

private:
    struct View {
        int topic;
        double weight, length;
    };
    struct Posting {
        int view;
        double weight;  // tf * idf in the view
    };
    struct Best {
        double similarity = 0;
        const TextPiece* piece = nullptr;
        std::string segment;
        int view = -1;
        std::vector<std::pair<double, std::string>> words;
    };
    void add_view(int topic, double weight, Features features);
    void weigh();
    void match_segment(const TextPiece& piece, const std::string& segment, double weight,
                       std::vector<Best>& best) const;

    WordReader reader_;
    bool has_subject_ = false;
    std::vector<std::string> topics_;  // ids, in the framework's order
    std::vector<View> views_;
    std::vector<Features> features_;  // by view, until weighed
    std::unordered_map<std::string, int> known_;
    std::vector<double> idf_;
    double idf_unknown_ = 0;
    std::vector<std::vector<Posting>> postings_;  // by feature
};

}  // namespace capbridge::competency
