// What the teams in force cover, beside what people and items of the matrix say.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/competency/team_coverage.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

// Part of the matrix (archetype, "" of the foundation; or deployment), and factor or group in it.
struct Place {
    bool product;
    std::string part, axis;
    friend auto operator<=>(const Place&, const Place&) = default;
};
struct Covered {
    std::set<int> needed, by_some, lacking_in_some;  // requirements
};

std::vector<Place> places_of(const TeamCoverage::Item& item, const framework::Framework& framework) {
    const auto& r = framework.requirements[static_cast<std::size_t>(item.requirement)];
    if (!item.context.empty()) return {{true, item.context, r.group}};
    if (r.tier == foundational_tier) return {{false, "", r.factor}};
    std::vector<Place> out;
    for (const int a : item.archetypes)
        out.push_back({false, framework.archetypes[static_cast<std::size_t>(a)].id, r.factor});
    if (!out.empty()) return out;
    for (const auto& archetype : r.archetypes) out.push_back({false, archetype, r.factor});
    return out;
}

}  // namespace

TeamsInMatrix::TeamsInMatrix(const Rules& rules, const Question& question)
    : rules_(rules), in_scope_(rules, question.scope, question.as_of) {
    for (const auto& team : rules.teams) {
        if (!question.scope.team.empty() && question.scope.team != team.id) continue;
        teams_.emplace_back(rules, team, question.as_of, rules.policy.amber_days);
        for (const auto& member : team.members) members_.insert(member.person);
    }
    seen_.resize(teams_.size());
}

void TeamsInMatrix::add(const PersonFacts& person) {
    const bool inside = in_scope_(person.person);
    for (std::size_t t = 0; t < teams_.size(); ++t) {
        teams_[t].add(person);
        const auto& members = teams_[t].team().members;
        seen_[t] = seen_[t] || (inside && std::any_of(members.begin(), members.end(), [&](const auto& m) {
                                    return m.person == person.person.id;
                                }));
    }
}

void TeamsInMatrix::fill(ordered_json& matrix) const {
    std::map<Place, Covered> cells;
    std::map<std::pair<bool, std::string>, std::set<std::size_t>> teams;  // by part
    std::size_t count = 0;
    for (std::size_t t = 0; t < teams_.size(); ++t) {
        if (!seen_[t]) continue;
        ++count;
        for (const auto& item : teams_[t].items()) {
            for (const auto& place : places_of(item, rules_.framework)) {
                auto& cell = cells[place];
                cell.needed.insert(item.requirement);
                (item.is_covered() ? cell.by_some : cell.lacking_in_some).insert(item.requirement);
                teams[{place.product, place.part}].insert(t);
            }
        }
    }
    const auto fill_part = [&](ordered_json& part, bool product, const std::string& id, const char* axis) {
        const auto of_part = teams.find({product, id});
        part["teams"] = of_part == teams.end() ? 0 : of_part->second.size();
        for (auto& cell : part["cells"]) {
            const auto found = cells.find({product, id, cell.at(axis).get<std::string>()});
            const bool none = found == cells.end();
            cell["items_needed_by_teams"] =
                none ? ordered_json(nullptr) : ordered_json(found->second.needed.size());
            cell["items_covered_by_teams"] =
                none ? ordered_json(nullptr) : ordered_json(found->second.by_some.size());
            cell["items_lacking_in_teams"] =
                none ? ordered_json(nullptr) : ordered_json(found->second.lacking_in_some.size());
        }
    };
    fill_part(matrix["foundation"], false, "", "factor");
    for (auto& row : matrix["rows"]) fill_part(row, false, row.at("archetype").get<std::string>(), "factor");
    for (auto& product : matrix["products"])
        fill_part(product, true, product.at("deployment").get<std::string>(), "group");
    matrix["teams"] = count;
}

}  // namespace capbridge::competency
