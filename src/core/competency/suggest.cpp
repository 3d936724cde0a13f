#include "core/competency/suggest.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"
#include "core/competency/suggest_names.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

// Set on bench/suggest/tuning.json (bench/README.md).
constexpr double gain = 1.6;          // a similarity of 0.62 is as good as said outright
constexpr double off_subject = 0.55;  // where a text never says what the framework is about
constexpr double factor_hint = 0.25;  // metadata name the factor, and words fit a topic of it
constexpr double topic_named = 0.9;   // metadata name the topic itself
constexpr double description_weight = 0.96, keyword_weight = 0.95, more_weight = 0.9;
constexpr std::size_t most_withheld = 20;

// Reasons that do not hang on each other: each closes its share of what is still open.
double together(const std::vector<Ground>& reasons) {
    double open = 1;
    for (const auto& reason : reasons) open *= 1 - reason.score;
    return 1 - open;
}

void in_order(std::vector<Ground>& reasons) {
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const Ground& a, const Ground& b) { return a.score > b.score; });
}

// Of what matched; the term in brackets, for which a glossary took them, not counted.
std::size_t words_in(const std::vector<std::string>& matched) {
    std::size_t out = 0;
    for (const auto& each : matched) out += split(each.substr(0, each.find(" (")), ' ').size();
    return out;
}

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

}  // namespace

struct Suggester::Evidence {
    std::map<int, std::vector<Ground>> named;                        // requirement -> reasons
    std::map<std::string, std::vector<Ground>, std::less<>> topics;  // topic -> reasons
    std::map<std::string, std::string, std::less<>> factors;         // factor -> what says so
    std::vector<TextPiece> pieces;
    Ceiling ceiling;
};

Suggester::Suggester(const framework::Framework& framework, const framework::Vocabulary& vocabulary,
                     const Policy& policy)
    : framework_(framework), vocabulary_(vocabulary), policy_(policy), index_(framework, vocabulary) {
    for (const auto& r : framework.requirements)
        place_of_topic_.try_emplace(r.topic, static_cast<int>(place_of_topic_.size()));
}

bool Suggester::may_claim(EvidenceKind kind, const framework::Requirement& r) const {
    return within_cap(policy_, {kind, false, {}}, framework_, r);
}

void Suggester::read_paths(const LearningText& text, Evidence& out) const {
    for (const auto& path : text.paths) {
        const bool ours = names_framework(path.source, framework_);
        const auto purpose = lower_ascii(trim(path.purpose));
        if (!ours && purpose != "competency" && purpose != "educational objective" &&
            purpose != "educational level")
            continue;
        const auto said = "classification (" + (purpose.empty() ? std::string("no purpose") : purpose) + ")";
        // From the particular to the general: the first that the framework has says it all.
        bool found = false;
        for (auto taxon = path.taxons.rbegin(); taxon != path.taxons.rend() && !found; ++taxon) {
            for (const auto& word : {taxon->first, taxon->second}) {
                const auto name = find_name(word, framework_, vocabulary_);
                if (name.kind == FoundName::Kind::none) continue;
                found = true;
                if (name.kind == FoundName::Kind::requirement) {
                    for (const int r : name.requirements)
                        out.named[r].push_back(
                            {"classification", name.certainty, said + " names " + quoted(word)});
                } else if (name.kind == FoundName::Kind::topic) {
                    out.topics[name.id].push_back(
                        {"classification", topic_named, said + " names the topic " + quoted(word)});
                } else if (name.kind == FoundName::Kind::factor) {
                    out.factors.try_emplace(name.id, said + " names the factor " + quoted(word));
                } else {
                    out.ceiling = ceiling_at(*framework_.level(name.id), framework_);
                }
                break;
            }
        }
        if (found || ours) continue;
        for (const auto& [id, entry] : path.taxons) {
            if (!entry.empty()) out.pieces.push_back({entry, more_weight, "classification"});
        }
    }
}

void Suggester::read_names(const LearningText& text, Evidence& out) const {
    const auto take = [&](const std::string& id, const char* signal) {
        const auto name = find_name(id, framework_, vocabulary_);
        if (name.kind == FoundName::Kind::requirement) {
            for (const int r : name.requirements)
                out.named[r].push_back(
                    {signal, name.certainty, std::string(signal) + " " + quoted(id) + name.how});
        } else if (name.kind == FoundName::Kind::topic) {
            out.topics[name.id].push_back(
                {signal, topic_named, std::string(signal) + " " + quoted(id) + " is the topic's name"});
        } else {
            return false;
        }
        return true;
    };
    for (const auto& n : text.names) {
        if (!take(n.id, "objective") && !n.title.empty() && n.title != text.title) take(n.title, "objective");
        if (n.title != text.title) out.pieces.push_back({n.title, 1, "objective"});
        if (n.description != text.description)
            out.pieces.push_back({n.description, description_weight, "objective"});
    }
    for (const auto& keyword : text.keywords) {
        if (!take(keyword, "keyword")) out.pieces.push_back({keyword, keyword_weight, "keyword"});
    }
}

void Suggester::compare(const LearningText& text, const SuggestOptions& options, Evidence& out) const {
    out.pieces.push_back({text.title, 1, "title"});
    out.pieces.push_back({text.description, description_weight, "description"});
    for (const auto& more : text.more) out.pieces.push_back({more, more_weight, "classification"});
    std::string all = text.context;
    for (const auto& piece : out.pieces) all += "\n" + piece.text;
    const bool on_subject = index_.speaks_of_subject(all);
    const double scale = gain * (on_subject ? 1 : off_subject);
    // Half of what is asked may still become enough with another reason.
    for (const auto& match : index_.match(out.pieces, options.min_score / 2 / scale, 4 * options.topics)) {
        // "Golf explained" has one word of "explainability"; that is chance where AI is never spoken of.
        if (!on_subject && words_in(match.words) < 2) continue;
        const auto words = join(match.words, ", ");
        out.topics[match.topic].push_back({"text", std::min(0.99, scale * match.similarity),
                                           match.what + " " + quoted(match.piece) + ": " + words});
    }
}

void Suggester::suggest_named(const Evidence& evidence, const SuggestOptions& options,
                              Suggestions& out) const {
    for (const auto& [index, reasons] : evidence.named) {
        const auto& r = framework_.requirements[static_cast<std::size_t>(index)];
        Suggestion s;
        s.requirements = {r.id};
        s.topic = r.topic;
        s.level = r.level;
        s.grounds = reasons;
        in_order(s.grounds);
        s.score = together(s.grounds);
        if (s.score < options.min_score) continue;
        std::string because;
        if (r.level.empty())
            because = "its level is lost in the source of the framework: nothing counts for it";
        if (is_product_specific(r))
            because = "it is about one product: write a mapping that names the product, and claim it there";
        if (!because.empty()) {
            out.withheld.push_back({r.topic, r.level, s.score, because, s.reason() + ": " + r.id});
            continue;
        }
        s.needs = may_claim(EvidenceKind::completed, r) ? "completed" : "passed";
        s.within_policy = s.needs == "completed" || may_claim(EvidenceKind::passed, r);
        if (!s.within_policy)
            s.grounds.push_back(
                {"policy", 0, "the policy lets no learning claim this level, only an assessor"});
        if (out.list.size() < options.requirements) {
            out.list.push_back(std::move(s));
        } else {
            ++out.left_out;
        }
    }
}

void Suggester::suggest_topics(const Evidence& evidence, const SuggestOptions& options,
                               Suggestions& out) const {
    struct Fit {
        const std::string* topic;
        double score;
        std::vector<Ground> reasons;
    };
    std::vector<Fit> fits;
    for (const auto& [topic, found] : evidence.topics) {
        auto reasons = found;
        std::set<std::string> factors;
        for (const int i : framework_.topic_requirements(topic))
            factors.insert(framework_.requirements[static_cast<std::size_t>(i)].factor);
        for (const auto& [factor, says] : evidence.factors) {
            if (factors.contains(factor)) reasons.push_back({"factor", factor_hint, says});
        }
        in_order(reasons);
        const double score = together(reasons);
        if (score >= options.min_score) fits.push_back({&topic, score, std::move(reasons)});
    }
    std::stable_sort(fits.begin(), fits.end(), [&](const Fit& a, const Fit& b) {
        return a.score != b.score ? a.score > b.score
                                  : place_of_topic_.at(*a.topic) < place_of_topic_.at(*b.topic);
    });
    if (fits.size() > options.topics) {
        out.left_out += fits.size() - options.topics;
        fits.resize(options.topics);
    }
    for (auto& fit : fits) {
        std::set<std::string> given;
        std::string above_words, above_policy;
        // A completion may claim less than a pass: each gets the highest level that it may claim.
        for (const auto kind : {EvidenceKind::completed, EvidenceKind::passed}) {
            std::map<framework::Kind, int> top;
            for (const int i : framework_.topic_requirements(*fit.topic)) {
                const auto& r = framework_.requirements[static_cast<std::size_t>(i)];
                const auto* level = framework_.level(r.level);
                if (level == nullptr || is_product_specific(r)) continue;
                if (!evidence.ceiling.admits(*level)) {
                    above_words = r.level;
                } else if (!may_claim(kind, r)) {
                    above_policy = r.level;
                } else {
                    top[level->kind] = std::max(top[level->kind], level->rank);
                }
            }
            for (const auto& [ladder, rank] : top) {
                Suggestion s;
                for (const int i : framework_.topic_requirements(*fit.topic)) {
                    const auto& r = framework_.requirements[static_cast<std::size_t>(i)];
                    const auto* level = framework_.level(r.level);
                    if (level == nullptr || level->kind != ladder || level->rank != rank ||
                        is_product_specific(r) || evidence.named.contains(i))
                        continue;
                    s.requirements.push_back(r.id);
                    s.level = r.level;
                }
                if (s.requirements.empty() || !given.insert(s.level).second) continue;
                s.topic = *fit.topic;
                s.score = fit.score;
                s.grounds = fit.reasons;
                s.needs = kind == EvidenceKind::completed ? "completed" : "passed";
                out.list.push_back(std::move(s));
            }
        }
        const bool named = std::any_of(out.list.begin(), out.list.end(),
                                       [&](const Suggestion& s) { return s.topic == *fit.topic; });
        if (!given.empty() || named || out.withheld.size() >= most_withheld) continue;
        if (above_words.empty() && above_policy.empty()) continue;  // about a product, or its level is lost
        Suggestion all;
        all.grounds = fit.reasons;
        out.withheld.push_back({*fit.topic, above_words.empty() ? above_policy : above_words, fit.score,
                                above_words.empty()
                                    ? "the policy lets no learning claim this level, only an assessor"
                                    : evidence.ceiling.because + ": that is no evidence of this level",
                                all.reason()});
    }
}

Suggestions Suggester::suggest(const LearningText& text, const SuggestOptions& options) const {
    Evidence evidence;
    evidence.ceiling = ceiling_of(text.title, text.description, framework_);
    read_paths(text, evidence);
    read_names(text, evidence);
    compare(text, options, evidence);
    Suggestions out;
    out.ceiling = evidence.ceiling;
    suggest_named(evidence, options, out);
    suggest_topics(evidence, options, out);
    std::stable_sort(out.list.begin(), out.list.end(),
                     [](const Suggestion& a, const Suggestion& b) { return a.score > b.score; });
    std::stable_sort(out.withheld.begin(), out.withheld.end(),
                     [](const Withheld& a, const Withheld& b) { return a.score > b.score; });
    return out;
}

std::string Suggestion::reason() const {
    std::vector<std::string> parts;
    for (const auto& each : grounds) parts.push_back(each.says);
    return join(parts, "; ");
}

double rounded(double score) {
    return std::round(score * 100) / 100;
}

ordered_json suggestion_json(const Suggestion& s) {
    auto reasons = ordered_json::array();
    for (const auto& r : s.grounds)
        reasons.push_back({{"signal", r.signal}, {"score", rounded(r.score)}, {"says", r.says}});
    return {{"requirements", s.requirements}, {"topic", s.topic},      {"level", s.level},
            {"score", rounded(s.score)},      {"status", "suggested"}, {"reason", s.reason()},
            {"reasons", std::move(reasons)},  {"needs", s.needs},      {"within_policy", s.within_policy}};
}

ordered_json withheld_json(const Withheld& w) {
    return {{"topic", w.topic},
            {"level", w.level},
            {"score", rounded(w.score)},
            {"because", w.because},
            {"reason", w.reason}};
}

}  // namespace capbridge::competency
