// Suggestions: which requirements a piece of learning may be evidence of, by what it says about itself. Each
// has its reasons in words and a score from 0 to 1; nothing counts before a person accepts and publishes it.
// How it is worked out, and the rule about levels: docs/mapping-suggestions.md. Pure and deterministic; a
// Suggester may be used by one thread at a time.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/policy.hpp"
#include "core/competency/similarity.hpp"
#include "core/competency/suggest_level.hpp"

namespace capbridge::competency {

// What an activity says about itself, from a package's manifest or from an LMS. Only the title is needed.
struct LearningText {
    std::string iri, title, description;
    std::vector<std::string> keywords;
    struct Named {
        std::string id, title, description;
    };
    std::vector<Named> names;  // its objectives, or itself when it is one: ids that may be requirements
    struct Path {              // LOM 9: a path through a taxonomy
        std::string purpose, source;
        std::vector<std::pair<std::string, std::string>> taxons;  // id, entry; the most particular last
    };
    std::vector<Path> paths;
    std::vector<std::string> more;  // further texts: descriptions of classifications
    std::string context;            // titles of what it is part of: only tells what it is all about
};

struct Ground {
    std::string signal;  // classification, objective, keyword, factor, text
    double score = 0;
    std::string says;
};

// Requirements of one topic and level that stand or fall together.
struct Suggestion {
    std::vector<std::string> requirements;  // ids, in the framework's order
    std::string topic, level;
    double score = 0;
    std::vector<Ground> grounds;  // best first
    std::string needs;            // completed or passed: the least that the policy lets claim the level
    bool within_policy = true;    // false: named outright, though the policy lets no learning claim it
    [[nodiscard]] std::string reason() const;  // the reasons in one line
};

// What fits, and is not suggested.
struct Withheld {
    std::string topic, level;
    double score = 0;
    std::string because, reason;
};

struct Suggestions {
    std::vector<Suggestion> list;    // best first, then in the framework's order
    std::vector<Withheld> withheld;  // best first
    Ceiling ceiling;
    std::size_t left_out = 0;  // suggestions beyond the limit
};

struct SuggestOptions {
    double min_score = 0.5;
    std::size_t topics = 12;         // by text; at most
    std::size_t requirements = 300;  // named outright; at most
};

class Suggester {
public:
    // Borrows all three.
    Suggester(const framework::Framework& framework, const framework::Vocabulary& vocabulary,
              const Policy& policy);
    [[nodiscard]] Suggestions suggest(const LearningText& text, const SuggestOptions& options = {}) const;
    [[nodiscard]] const framework::Framework& framework() const { return framework_; }

private:
    struct Evidence;
    void read_paths(const LearningText& text, Evidence& out) const;
    void read_names(const LearningText& text, Evidence& out) const;
    void compare(const LearningText& text, const SuggestOptions& options, Evidence& out) const;
    void suggest_named(const Evidence& evidence, const SuggestOptions& options, Suggestions& out) const;
    void suggest_topics(const Evidence& evidence, const SuggestOptions& options, Suggestions& out) const;
    [[nodiscard]] bool may_claim(EvidenceKind kind, const framework::Requirement& r) const;

    const framework::Framework& framework_;
    const framework::Vocabulary& vocabulary_;
    const Policy& policy_;
    TopicIndex index_;
    std::map<std::string, int, std::less<>> place_of_topic_;
};

// {requirements, topic, level, score, reason, reasons:[{signal, score, says}], needs, status}
ordered_json suggestion_json(const Suggestion& suggestion);
ordered_json withheld_json(const Withheld& withheld);
double rounded(double score);  // to two places, as people and files see it

}  // namespace capbridge::competency
