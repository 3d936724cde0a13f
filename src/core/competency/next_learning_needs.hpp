// What people in a scope need: each of them, and together. Internal to the folder. One thread at a time.
#pragma once
#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/competency/cells.hpp"
#include "core/competency/next_learning.hpp"
#include "core/competency/next_learning_choice.hpp"
#include "core/competency/team_coverage.hpp"

namespace capbridge::competency {

class LearningNeeds {
public:
    LearningNeeds(const Rules& rules, const Question& question, const NextLearning::Options& options);
    void says_they_know(const std::string& person, const std::string& requirement,
                        const std::string& context);
    void add(const PersonFacts& person);

    // Over one slot.
    struct Open {
        std::array<std::size_t, need_count> cases{};
        std::vector<int> people;         // numbers of those who need it, ascending
        std::vector<std::string> teams;  // ids of those with a gap there
    };
    [[nodiscard]] std::size_t people() const { return people_; }
    // Sorted by slot. Once everybody was added.
    [[nodiscard]] std::map<int, Open> open() const;

private:
    // A member of a team, as far as closing its gaps goes.
    struct Member {
        std::set<int> exempt, said;  // slots not asked of them; said to be known
        std::set<int> deployments;   // ever worked with: training for others would not count
        int number = -1;             // among those meant; -1: not meant
    };
    // Of those of whom an item is asked together.
    struct Together {
        std::size_t safe = 0;
        std::vector<int> running_out, lacking, said_known;
    };
    void add_own(const PersonFacts& person, const DemandPlan& plan);
    void add_member(const PersonFacts& person, int number);
    void add_team_needs(const TeamCoverage& team, std::map<int, Open>& open) const;
    void add_common_gaps(std::map<int, Open>& open) const;
    [[nodiscard]] bool is_meant(const people::Person& person, const DemandPlan& plan) const;
    [[nodiscard]] bool is_one_person() const { return options_.whom == NextLearning::Options::Whom::person; }

    const Rules& rules_;
    Question question_;
    NextLearning::Options options_;
    Slots slots_;
    Demands demands_;
    States states_;
    InScope in_scope_;
    int archetype_;
    std::vector<TeamCoverage> teams_;
    std::set<std::string> in_teams_;                       // people
    std::unordered_map<std::string, std::set<int>> said_;  // by person
    std::unordered_map<std::string, Member> members_;      // people in teams
    std::vector<std::vector<std::pair<int, Need>>> own_;   // by number: what is needed of each
    std::map<int, Together> together_;                     // by slot, of those meant
    std::size_t people_ = 0;
};

}  // namespace capbridge::competency
