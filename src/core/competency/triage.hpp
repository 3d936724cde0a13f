// Learning items and activities as somebody who sorts them sees them: what is mapped, what was seen, what
// nobody has looked at yet. Triage decisions are kept by activity. Pure; any thread.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

struct SeenActivity {
    std::string id, title;                   // IRI; "" where nobody told a title
    std::size_t statements = 0, people = 0;  // both 0: a catalogue or a package has it, nobody took it
    std::string package = {};                // key of the package that it is part of; "" = of none
};

struct Triage {
    bool relevant = false;
    std::string who, why, at;  // at: instant, as text
};

struct LearningSeen {
    std::vector<SeenActivity> activities;  // each once, in order of id
    std::map<std::string, Triage, std::less<>> triage;
};

struct LearningQuery {
    std::string triage;  // "" = all, "relevant", "irrelevant", "not_yet"
    std::string text;    // part of a title, an id or an activity, ignoring case
    std::size_t limit = 50, offset = 0;
};

// {counts, total, offset, learning:[…]}: a line for each learning item of a mapping, and for each activity
// that is in none; most people first.
ordered_json learning_list(const Rules& rules, const LearningSeen& seen, const LearningQuery& query);

// Ignoring the case of ASCII letters: * stands for any characters, ? for one. The whole text must fit.
bool fits_pattern(std::string_view pattern, std::string_view text);
// Titles that compare alike: "AI  Basics" and "ai basics".
std::string title_key(std::string_view title);

}  // namespace capbridge::competency
