#include "core/competency/matrix_counts.hpp"

#include <algorithm>

namespace capbridge::competency {

MatrixCounts::MatrixCounts(const Rules& rules, const CellPlan& plan)
    : rows(rules.framework.archetypes.size()),
      product_people(rules.deployments.size()),
      rules_(&rules),
      plan_(&plan) {
    cells.reserve(plan.cells.size());
    for (const auto& cell : plan.cells) cells.emplace_back(rules, cell);
}

void MatrixCounts::add(const DemandPlan& asked, const std::vector<AskedCell>& asked_cells, States& states,
                       const Load& load, const std::optional<int>& wanted, int times,
                       std::vector<End>* ends) {
    const auto one = static_cast<std::size_t>(times);  // -1 wraps around, as the sums do
    const auto& roles = asked.roles;
    for (const int archetype : roles.proposed) rows[static_cast<std::size_t>(archetype)].proposed += one;
    if (wanted &&
        std::find(roles.confirmed.begin(), roles.confirmed.end(), *wanted) == roles.confirmed.end()) {
        return;
    }
    people += one;
    if (roles.confirmed.empty()) {
        unassigned += one;
        if (!roles.proposed.empty()) proposed += one;
    }
    // Cells come with the foundation first, then by archetype, then products, each deployment's together.
    const auto factors = rules_->framework.factors.size();
    std::size_t pairs = 0, met = 0;
    std::vector<std::size_t> advanced_met(rows.size(), 0);
    int counted_deployment = -1;
    std::vector<Day> days;
    for (const auto& cell : asked_cells) {
        auto& count = cells[cell.cell];
        int deployment = -1;
        if (plan_->is_product(cell.cell)) {
            deployment = rules_->deployment_index(count.cell().context);
            if (deployment != counted_deployment) {
                counted_deployment = deployment;
                product_people[static_cast<std::size_t>(deployment)] += one;
                load(count.cell().context);
            }
        }
        days.clear();
        const auto given = count.add(cell, states, times, ends != nullptr ? &days : nullptr);
        for (const auto day : days) ends->push_back({cell.cell, day});
        if (deployment >= 0) continue;
        if (cell.cell < plan_->advanced(0, 0)) {
            pairs += given.due;
            met += given.met;
        } else {
            advanced_met[cell.cell / factors - 1] += given.met;
        }
    }
    for (const int archetype : roles.confirmed) {
        auto& row = rows[static_cast<std::size_t>(archetype)];
        row.people += one;
        row.pairs += pairs * one;
        row.met += met * one;
        if (pairs > 0 && pairs == met) {
            row.foundation_complete += one;
        } else if (advanced_met[static_cast<std::size_t>(archetype)] > 0) {
            row.ahead += one;
        }
    }
}

std::optional<int> wanted_archetype(const Rules& rules, const Scope& scope) {
    if (scope.archetype.empty()) return {};
    return rules.framework.archetype_index(scope.archetype);
}

}  // namespace capbridge::competency
