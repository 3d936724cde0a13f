// Archetype assignments in bulk: what is in force, how many there are of each state, and writing a run of
// them. Shared by the assign.* operations; internal to engine; one thread.
#pragma once
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

std::unordered_map<std::string, people::Assignment> assignments_by_key(Bridge& bridge);

// {proposed, confirmed, rejected, people_unassigned}: as of today and of those in post, as the matrix counts
// them; unassigned is who has none confirmed.
Result<ordered_json> assignment_states(Bridge& bridge);

// Writes assignment decisions in a run, and answers `out` with the states after it.
Result<ordered_json> write_assignments(Bridge& bridge, const Caller& caller, const std::string& what,
                                       std::vector<store::NewDecision> decisions, ordered_json out);

// The unit of somebody's first post on the day; "" when there is none.
std::string unit_of(const people::Person& person, Day today);

// What would change, and for whom: by unit and archetype, the most first.
class Changes {
public:
    explicit Changes(std::vector<std::string> names) : names_(std::move(names)), people_(names_.size()) {}
    void add(std::size_t which, const std::string& unit, const std::string& archetype,
             const std::string& person);
    // Appends places: {total, list: [{unit, archetype, NAME: count ...}]} and who: {NAME: [uuid ...]}, each
    // as far as it is shown.
    void write(ordered_json& out) const;

private:
    using Places = std::map<std::pair<std::string, std::string>, std::vector<std::size_t>>;
    std::vector<std::string> names_;
    Places places_;
    std::vector<std::set<std::string>> people_;
};

// The operation assign.propose (ops_propose.cpp).
Result<ordered_json> assign_propose(Bridge& bridge, const json& params, const Caller& caller);

}  // namespace capbridge::engine
