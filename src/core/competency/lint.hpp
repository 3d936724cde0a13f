// Findings about the rules as they meet the data: what does nothing, what contradicts itself, what waits for
// somebody. Nothing here is an error of a file (those are refused when it is published). Pure; any thread.
#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/competency/triage.hpp"

namespace capbridge::competency {

struct Finding {
    enum class Severity { error, warning, info } severity = Severity::warning;
    std::string code;        // mapping_matches_nothing, ...
    std::string where;       // what it is about: "nymouth@3/ai-basics", a requirement, an activity
    std::string says, todo;  // what is so, and what to do
    std::size_t people = 0;  // whom it concerns, where that is known
};

// What lint looks at beside the rules. No person's name or number.
struct LintFacts {
    LearningSeen seen;
    std::vector<std::string> left_out;  // of force, in words
    // Proposals that wait for somebody's yes: by archetype and origin, how many people.
    std::map<std::pair<std::string, std::string>, std::size_t> waiting;
    struct Absent {
        std::string team;
        std::size_t left = 0, unknown = 0;
    };
    std::vector<Absent> absent;         // teams with members who left, or whom nobody is known by
    std::set<std::string> credentials;  // keys that are in force
    // Of archetype rules, where a rule set was given: two rules that propose one archetype to the same
    // people, and rules that propose what somebody rejected.
    struct RulePair {
        std::string first, second, archetype;
        std::size_t people = 0;
    };
    std::vector<RulePair> overlaps;
    std::vector<RulePair> against;  // second: ""
    Day today{};
};

// {counts:{error, warning, info}, by_code, findings:[…]}: errors first, then by code and where; of one code
// at most `each` findings, those that concern most people.
ordered_json lint(const Rules& rules, const LintFacts& facts, std::size_t each);

}  // namespace capbridge::competency
