#include "core/competency/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

// Set on bench/suggest/tuning.json (bench/README.md); no number here is a law.
constexpr double neighbours = 0.5;  // a pair repeats what its words said
constexpr double terms = 1.35;      // a glossary term is more than a word
constexpr double unknown = 0.25;    // a word that no topic has makes a piece longer, a little
constexpr double statement = 0.95;  // what a statement says beside a name or a title
constexpr double clause = 0.92;     // a part of a sentence, or a whole description, beside a sentence
constexpr double enough = 2;        // matched words must weigh more than this to count in full
constexpr std::size_t most_words = 6, longest_piece = 80;

double weight_of(const std::string& key) {
    if (key.front() == '#') return terms;
    return key.find(' ') == std::string::npos ? 1 : neighbours;
}

std::string shortened(const std::string& text) {
    auto out = collapse_spaces(text);
    if (out.size() <= longest_piece) return out;
    auto end = longest_piece;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out.resize(end);
    return out + "…";
}

}  // namespace

TopicIndex::TopicIndex(const framework::Framework& framework, const framework::Vocabulary& vocabulary)
    : reader_(vocabulary.glossary) {
    for (const auto& term : vocabulary.glossary) has_subject_ = has_subject_ || term.subject;
    std::map<std::string, int> index;
    std::vector<std::set<std::string>> titles, statements;
    for (const auto& r : framework.requirements) {
        // Nothing counts for a lost level; what is about one product needs a mapping that names the product.
        if (r.level.empty() || is_product_specific(r)) continue;
        const auto [it, is_new] = index.try_emplace(r.topic, static_cast<int>(topics_.size()));
        const auto at = static_cast<std::size_t>(it->second);
        if (is_new) {
            topics_.push_back(r.topic);
            titles.emplace_back().insert(vocabulary.topic_name(r.topic));
            statements.emplace_back();
        }
        titles[at].insert(r.title);
        statements[at].insert(r.statement);
    }
    for (std::size_t t = 0; t < topics_.size(); ++t) {
        for (const auto& text : titles[t]) add_view(static_cast<int>(t), 1, reader_.read(text));
        for (const auto& text : statements[t]) add_view(static_cast<int>(t), statement, reader_.read(text));
    }
    weigh();
}

void TopicIndex::add_view(int topic, double weight, Features features) {
    if (features.list.empty()) return;
    views_.push_back({topic, weight, 0});
    features_.push_back(std::move(features));
}

void TopicIndex::weigh() {
    std::vector<std::set<int>> topics_with;
    for (std::size_t v = 0; v < views_.size(); ++v) {
        for (const auto& feature : features_[v].list) {
            const auto [it, is_new] = known_.try_emplace(feature.key, static_cast<int>(topics_with.size()));
            if (is_new) topics_with.emplace_back();
            topics_with[static_cast<std::size_t>(it->second)].insert(views_[v].topic);
        }
    }
    const auto all = static_cast<double>(topics_.size());
    for (const auto& with : topics_with)
        idf_.push_back(std::log(1 + (all - static_cast<double>(with.size()) + 0.5) /
                                        (static_cast<double>(with.size()) + 0.5)));
    idf_unknown_ = std::log(1 + (all + 0.5) / 0.5);
    postings_.resize(idf_.size());
    for (std::size_t v = 0; v < views_.size(); ++v) {
        double length = 0;
        for (const auto& feature : features_[v].list) {
            const auto id = static_cast<std::size_t>(known_.at(feature.key));
            const double weight = feature.weight * weight_of(feature.key) * idf_[id];
            postings_[id].push_back({static_cast<int>(v), weight});
            length += weight * weight;
        }
        views_[v].length = std::sqrt(length);
    }
    features_.clear();
}

void TopicIndex::match_segment(const TextPiece& piece, const std::string& segment, double weight,
                               std::vector<Best>& best) const {
    const auto features = reader_.read(segment);
    struct Part {
        std::size_t id;
        double weight;
        const std::string* word;
    };
    std::vector<Part> parts;
    double length = 0;
    for (const auto& feature : features.list) {
        const auto it = known_.find(feature.key);
        if (it == known_.end()) {
            if (feature.key.find(' ') != std::string::npos || feature.key.front() == '#') continue;
            const double missed = unknown * feature.weight * idf_unknown_;
            length += missed * missed;
            continue;
        }
        const auto id = static_cast<std::size_t>(it->second);
        const double own = feature.weight * weight_of(feature.key) * idf_[id];
        parts.push_back({id, own, &feature.word});
        length += own * own;
    }
    if (parts.empty()) return;
    length = std::sqrt(length);
    struct Overlap {
        double product = 0, said = 0;
    };
    std::unordered_map<int, Overlap> products;
    for (const auto& part : parts) {
        for (const auto& posting : postings_[part.id]) {
            auto& so_far = products[posting.view];
            so_far.product += part.weight * posting.weight;
            so_far.said += std::min(part.weight, posting.weight);
        }
    }
    for (const auto& [view, of] : products) {
        const auto& v = views_[static_cast<std::size_t>(view)];
        // One word in common is chance, however rare it is; a few are not.
        const double similarity =
            weight * v.weight * of.product / (length * v.length) * (of.said / (of.said + enough));
        auto& so_far = best[static_cast<std::size_t>(v.topic)];
        // Of equals the first view, so that an answer does not hang on the order of a hash table.
        if (similarity < so_far.similarity || (similarity == so_far.similarity && view > so_far.view))
            continue;
        so_far = {similarity, &piece, segment, view, {}};
        for (const auto& part : parts) {
            for (const auto& posting : postings_[part.id]) {
                if (posting.view == view) so_far.words.emplace_back(part.weight * posting.weight, *part.word);
            }
        }
    }
}

std::vector<TopicMatch> TopicIndex::match(const std::vector<TextPiece>& pieces, double least,
                                          std::size_t limit) const {
    std::vector<Best> best(topics_.size());
    for (const auto& piece : pieces) {
        const auto segments = segments_of(piece.text);
        for (std::size_t i = 0; i < segments.size(); ++i)
            match_segment(piece, segments[i], piece.weight * (i == 0 ? 1 : clause), best);
    }
    std::vector<TopicMatch> out;
    for (std::size_t t = 0; t < topics_.size(); ++t) {
        auto& b = best[t];
        if (b.piece == nullptr || b.similarity < least) continue;
        std::stable_sort(b.words.begin(), b.words.end(),
                         [](const auto& a, const auto& c) { return a.first > c.first; });
        TopicMatch match{topics_[t], std::min(1.0, b.similarity), b.piece->what, shortened(b.segment), {}};
        for (const auto& each : b.words) {
            const auto& word = each.second;
            const bool said = std::any_of(match.words.begin(), match.words.end(), [&](const auto& other) {
                return contains_ignoring_case(other, word) || contains_ignoring_case(word, other);
            });
            if (!said && match.words.size() < most_words) match.words.push_back(word);
        }
        out.push_back(std::move(match));
    }
    std::sort(out.begin(), out.end(), [](const TopicMatch& a, const TopicMatch& b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity : a.topic < b.topic;
    });
    if (out.size() > limit) out.resize(limit);
    return out;
}

bool TopicIndex::speaks_of_subject(std::string_view text) const {
    return !has_subject_ || reader_.read(text).speaks_of_subject;
}

}  // namespace capbridge::competency
