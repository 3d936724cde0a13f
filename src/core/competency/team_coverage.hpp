// What a team holds together of what it needs, and what would close its gaps (the AI multi-disciplinary team
// of section 3.3 of the report; competency/team.hpp is its file). The team needs the advanced items of its
// archetypes (of its members' where it names none), its own requirements, and the product items of its
// deployment. An item is covered when at least the quorum of its members hold it; it does not matter under
// which archetype a member holds it, nor that it is waived for them. A member who has left holds nothing for
// the team. A coverage is of one day and one Rules and Team, which must outlive it. Values; one thread at a
// time.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/answers.hpp"

namespace capbridge::competency {

class TeamCoverage {
public:
    // The first that fits: too few hold it; enough do, but within `days` too few will, unless something is
    // renewed; one member alone holds it; none of these.
    enum class State { gap, expiring, single_holder, covered };
    struct Item {
        int requirement = -1;
        std::string context;               // "" or the team's deployment
        std::vector<int> archetypes;       // of the team, whose item it is; empty: needed for itself
        std::vector<std::size_t> holders;  // places among the members, in order
        std::optional<Day> covered_until;  // the last day of it; absent: no end in sight, or not covered
        State state = State::gap;
        [[nodiscard]] bool is_covered() const { return state != State::gap; }
    };
    TeamCoverage(const Rules& rules, const Team& team, Day as_of, int days);
    ~TeamCoverage();
    TeamCoverage(TeamCoverage&&) noexcept;

    // Its members, any order; anybody else is passed over.
    void add(const PersonFacts& person);

    [[nodiscard]] const Team& team() const;
    [[nodiscard]] std::vector<int> archetypes() const;  // those whose items it needs, in order
    [[nodiscard]] std::vector<Item> items() const;      // in order of the framework

    // {id, version, name, quorum, archetypes, deployment, members: {all, in_team, left, unknown}, counts}
    [[nodiscard]] ordered_json summary() const;
    // {team, as_of, days, members, counts, factors, items, problems}
    [[nodiscard]] ordered_json answer() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};
std::string_view text(TeamCoverage::State state);

// A line for each item of an answer().
std::string team_csv(const ordered_json& answer);

// What the teams of a scope cover, for the matrix. A team is in the scope when one of its members is; it is
// looked at whole.
class TeamsInMatrix {
public:
    TeamsInMatrix(const Rules& rules, const Question& question);
    // Whom to add: members of teams that may be in the scope; each once.
    [[nodiscard]] const std::set<std::string>& members() const { return members_; }
    void add(const PersonFacts& person);
    // Sets teams of the whole, the rows and the products, and of each cell items_covered_by_teams (held by
    // enough members of at least one of the teams that need it), items_needed_by_teams and
    // items_lacking_in_teams (not so in at least one); null where no team needs anything.
    void fill(ordered_json& matrix) const;

private:
    const Rules& rules_;
    InScope in_scope_;
    std::vector<TeamCoverage> teams_;
    std::vector<bool> seen_;  // by team: a member is in the scope
    std::set<std::string> members_;
};

}  // namespace capbridge::competency
