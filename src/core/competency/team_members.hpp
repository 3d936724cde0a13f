// The members of a team as its coverage knows them, and what it counts. Internal to the folder: the reckoning
// is team_coverage.cpp, the answers are team_answer.cpp.
#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/team_coverage.hpp"

namespace capbridge::competency {

inline constexpr Day no_end = Day::max();

struct TeamCoverage::Impl {
    struct Member {
        std::string person, name;
        std::vector<int> archetypes;  // sorted
        bool as_confirmed = false;    // besides those of the file, those confirmed
        bool known = false, in_post = false, uses_deployment = false;
        Day last_day = no_end;        // in post
        std::map<int, Day> holds[2];  // until when; of the foundation and archetypes, of the product
        std::set<int> exempt[2];      // waived, or not applicable
        std::set<std::string, std::less<>> begun;  // mappings
        [[nodiscard]] bool acts_in(const std::vector<int>& wanted) const {
            return std::any_of(wanted.begin(), wanted.end(), [&](int a) {
                return std::binary_search(archetypes.begin(), archetypes.end(), a);
            });
        }
    };

    Impl(const Rules& its_rules, const Team& its_team, Day its_day, int its_days);
    int archetype(const std::string& id);  // -1, and a problem, when there is none
    const framework::Requirement& requirement(int i) const {
        return rules.framework.requirements[static_cast<std::size_t>(i)];
    }

    void add(const PersonFacts& facts);
    std::vector<int> archetypes() const;
    std::vector<Item> items() const;
    void judge(Item& item, bool product) const;
    [[nodiscard]] std::size_t quorum() const { return static_cast<std::size_t>(std::max(team.quorum, 1)); }

    struct Tally {
        std::size_t items = 0, covered = 0, single_holder = 0, expiring = 0, gap = 0;
        void add(const Item& item) {
            ++items;
            covered += item.is_covered() ? 1 : 0;
            single_holder += item.is_covered() && item.holders.size() == 1 ? 1 : 0;
            expiring += item.state == State::expiring ? 1 : 0;
            gap += item.is_covered() ? 0 : 1;
        }
        [[nodiscard]] ordered_json to_json() const {
            return {{"items", items},
                    {"covered", covered},
                    {"single_holder", single_holder},
                    {"expiring", expiring},
                    {"gap", gap}};
        }
    };

    ordered_json archetype_ids(const std::vector<int>& list) const {
        auto out = ordered_json::array();
        for (const int a : list) out.push_back(rules.framework.archetypes[static_cast<std::size_t>(a)].id);
        return out;
    }
    const char* member_state(const Member& m) const {
        return !m.known ? "unknown" : m.in_post ? "in_team" : "left";
    }

    ordered_json head(const std::vector<Item>& all) const;
    ordered_json closes(const Item& item) const;
    ordered_json item_json(const Item& item) const;
    ordered_json factors(const std::vector<Item>& all) const;

    const Rules& rules;
    const Team& team;
    Day as_of;
    int days, deployment;
    std::vector<Member> members;
    std::map<std::string, std::size_t, std::less<>> places;
    std::vector<int> named;  // archetypes of the file, sorted
    std::set<int> single;    // its requirements
    std::vector<std::string> problems;
};

}  // namespace capbridge::competency
