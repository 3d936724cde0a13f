#include "core/competency/suggest_level.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"

namespace capbridge::competency {
namespace {

constexpr std::array introductory{
    "introduction", "introductory",    "introducing", "introduces",   "intro",      "awareness",
    "basics",       "beginner",        "beginners",   "starter",      "primer",     "overview",
    "essentials",   "foundation",      "foundations", "fundamentals", "taster",     "bitesize",
    "first steps",  "getting started", "what is",     "in brief",     "at a glance"};
constexpr std::array practical{"hands-on",    "workshop", "practical",  "practise",  "practice lab",
                               "simulation",  "exercise", "exercises",  "role play", "role-play",
                               "carry out",   "apply",    "be able to", "lab",       "supervised practice",
                               "project work"};
constexpr std::array leading{"masterclass",  "train the trainer",  "expert", "lead others", "leading others",
                             "teach others", "supervised practice"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// The first of the words that stands in the text as a whole; "" when none does.
template <class Words>
std::string_view first_of(const Words& words, const std::string& lower) {
    for (const std::string_view word : words) {
        for (auto at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
            const auto end = at + word.size();
            if ((at == 0 || !is_letter(lower[at - 1])) && (end == lower.size() || !is_letter(lower[end])))
                return word;
        }
    }
    return {};
}

int highest(const framework::Framework& framework, framework::Kind kind) {
    int rank = 0;
    for (const auto& level : framework.levels) rank = level.kind == kind ? std::max(rank, level.rank) : rank;
    return rank;
}

// What everybody is asked to know before anything else is what an introduction may give; the lowest level
// where a framework asks nothing of everybody.
int introductory_rank(const framework::Framework& framework) {
    int rank = 0;
    for (const auto& r : framework.requirements) {
        const auto* level = framework.level(r.level);
        if (r.tier == "foundational" && level != nullptr && level->kind == framework::Kind::knowledge)
            rank = std::max(rank, level->rank);
    }
    return rank == 0 ? 1 : rank;
}

}  // namespace

Ceiling ceiling_of(std::string_view title, std::string_view description,
                   const framework::Framework& framework) {
    const auto end = description.find_first_of(".!?\n");
    const auto head = lower_ascii(title) + " . " + lower_ascii(description.substr(0, end));
    const auto all = head + " " + (end == std::string_view::npos ? "" : lower_ascii(description.substr(end)));
    Ceiling out;
    // Only the title and the first sentence say what the whole is; a later one may tell of one part.
    if (const auto word = first_of(introductory, head); !word.empty()) {
        out.knowledge = introductory_rank(framework);
        out.because = "it says '" + std::string(word) + "'";
        return out;
    }
    out.knowledge = highest(framework, framework::Kind::knowledge);
    if (const auto word = first_of(leading, all); !word.empty()) {
        out.skill = highest(framework, framework::Kind::skill);
        out.because = "it says '" + std::string(word) + "'";
    } else if (const auto doing = first_of(practical, all); !doing.empty()) {
        out.skill = std::min(1, highest(framework, framework::Kind::skill));
        out.because = "it says '" + std::string(doing) + "'";
    } else {
        out.because = "it says nothing of practice";
    }
    return out;
}

Ceiling ceiling_at(const framework::Level& level, const framework::Framework& framework) {
    const bool skill = level.kind == framework::Kind::skill;
    Ceiling out;
    out.knowledge = skill ? highest(framework, framework::Kind::knowledge) : level.rank;
    out.skill = skill ? level.rank : 0;
    out.because = "its metadata name the level " + (level.name.empty() ? level.id : level.name);
    return out;
}

}  // namespace capbridge::competency
