#include "core/competency/cells.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/roles.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

ordered_json text_or_null(const std::string& value) {
    return value.empty() ? ordered_json(nullptr) : ordered_json(value);
}
ordered_json day_or_null(const std::optional<Day>& day) {
    return day ? ordered_json(format_day(*day)) : ordered_json(nullptr);
}

CellPlan::CellPlan(const Rules& rules, Day as_of) {
    const auto& f = rules.framework;
    const auto groups = f.groups.size();
    foundation.resize(f.factors.size());
    advanced.assign(f.archetypes.size(), std::vector<Cell>(f.factors.size()));
    products.assign(rules.deployments.size(), std::vector<Cell>(groups));
    applies.assign(f.archetypes.size(), std::vector<bool>(f.factors.size()));
    for (const auto& [archetype, factors] : f.applicability) {
        const int a = f.archetype_index(archetype);
        for (const auto& factor : factors) {
            const int x = f.factor_index(factor);
            if (a >= 0 && x >= 0) applies[static_cast<std::size_t>(a)][static_cast<std::size_t>(x)] = true;
        }
    }
    for (auto& row : advanced) {
        for (auto& cell : row) cell.collective = true;
    }
    for (std::size_t d = 0; d < products.size(); ++d) {
        for (auto& cell : products[d]) cell.context = rules.deployments[d].id;
    }
    const auto put = [](Cell& cell, int index, const framework::Requirement& r) {
        (counts(r) ? cell.items : cell.uncounted).push_back(index);
    };
    for (std::size_t i = 0; i < f.requirements.size(); ++i) {
        const auto& r = f.requirements[i];
        const int index = static_cast<int>(i), factor = f.factor_index(r.factor);
        if (is_product_specific(r)) {
            const auto group = std::find_if(f.groups.begin(), f.groups.end(),
                                            [&](const auto& g) { return g.id == r.group; });
            if (group == f.groups.end()) continue;
            for (auto& row : products) put(row[static_cast<std::size_t>(group - f.groups.begin())], index, r);
        } else if (factor < 0) {
            continue;
        } else if (r.tier == foundational_tier) {
            put(foundation[static_cast<std::size_t>(factor)], index, r);
        } else if (r.tier == advanced_tier) {
            for (const auto& archetype : r.archetypes) {
                const int a = f.archetype_index(archetype);
                if (a >= 0)
                    put(advanced[static_cast<std::size_t>(a)][static_cast<std::size_t>(factor)], index, r);
            }
        }
    }
    const auto set_ceiling = [&](Cell& cell) {
        const auto reachable = std::count_if(cell.items.begin(), cell.items.end(),
                                             [&](int i) { return rules.reachable(i, cell.context, as_of); });
        if (!cell.items.empty()) {
            cell.ceiling = static_cast<double>(reachable) / static_cast<double>(cell.items.size());
        }
    };
    for (auto& cell : foundation) set_ceiling(cell);
    for (auto* rows : {&advanced, &products}) {
        for (auto& row : *rows) {
            for (auto& cell : row) set_ceiling(cell);
        }
    }
}

States::States(const Rules& rules, Day as_of)
    : rules_(rules),
      as_of_(as_of),
      states_(rules.framework.requirements.size()),
      records_(rules.framework.requirements.size()),
      reasons_(rules.deployments.size() + 1) {}

const std::vector<Reason>& States::reasons_in(std::string_view context) {
    const int deployment = context.empty() ? -1 : rules_.deployment_index(context);
    auto& list = reasons_[static_cast<std::size_t>(deployment + 1)];
    if (list.empty()) {
        list.reserve(states_.size());
        for (std::size_t i = 0; i < states_.size(); ++i) {
            const bool reachable = rules_.reachable(static_cast<int>(i), context, as_of_);
            list.push_back(reachable ? Reason::not_attempted : Reason::no_learning_exists);
        }
    }
    return list;
}

void States::load(const PersonFacts& person, std::string_view context) {
    const auto& reasons = reasons_in(context);
    const auto missing = [&](std::size_t i) {
        const auto reason = reasons[i];
        return reason == Reason::not_attempted && person.unmapped_only ? Reason::unmapped_only : reason;
    };
    for (std::size_t i = 0; i < states_.size(); ++i) {
        states_[i] = {Attainment::none, missing(i), {}};
        records_[i] = nullptr;
    }
    for (const auto& record : person.records) {
        if (record.context != context) continue;
        const auto i = static_cast<std::size_t>(record.requirement);
        if (record.requirement < 0 || i >= states_.size()) continue;  // of another version of the framework
        records_[i] = &record;
        const auto state = state_at(record, as_of_, rules_.policy.amber_days);
        if (state.reason != Reason::not_attempted) states_[i] = state;
    }
}

CellCount::CellCount(const Rules& rules, const Cell& cell)
    : held(cell.items.size()), safe(cell.items.size()), rules_(&rules), cell_(&cell) {
    for (const int item : cell.items) {
        is_skill_.push_back(rules.framework.requirements[static_cast<std::size_t>(item)].kind ==
                            framework::Kind::skill);
    }
}

void CellCount::add(const States& states) {
    std::size_t met = 0;
    for (std::size_t i = 0; i < cell_->items.size(); ++i) {
        const auto& state = states.at(cell_->items[i]);
        auto& split = is_skill_[i] ? skill : knowledge;
        ++split.required;
        ++reasons[static_cast<std::size_t>(state.reason)];
        if (state.attainment == Attainment::expired) ++split.expired;
        if (!state.holds()) continue;
        ++met;
        ++split.met;
        ++held[i];
        if (state.attainment == Attainment::expiring) {
            ++split.expiring;
        } else {
            ++safe[i];
        }
        if (state.until && (!next_expiry || *state.until < *next_expiry)) next_expiry = state.until;
    }
    ++people;
    if (met == cell_->items.size()) {
        ++complete;
    } else if (met > 0) {
        ++partial;
    }
}

const char* CellCount::status() const {
    if (pairs() == 0) return "none";
    std::size_t asked = pairs(), met = pairs_met(), beyond = met - knowledge.expiring - skill.expiring;
    if (cell_->collective) {
        const auto covered = [](const std::vector<std::size_t>& list) {
            return static_cast<std::size_t>(
                std::count_if(list.begin(), list.end(), [](std::size_t n) { return n > 0; }));
        };
        asked = cell_->items.size();
        met = covered(held);
        beyond = covered(safe);
    }
    if (beyond == asked) return "green";
    return met * 2 >= asked ? "amber" : "red";
}

ordered_json CellCount::Split::to_json() const {
    return {{"required", required}, {"met", met}, {"expiring", expiring}, {"expired", expired}};
}

void CellCount::write(ordered_json& out) const {
    const bool asked = pairs() > 0;  // of a cell without items nobody is complete
    out["kind_split"] = {{"knowledge", knowledge.to_json()}, {"skill", skill.to_json()}};
    out["people_complete"] = asked ? complete : 0;
    out["people_partial"] = partial;
    out["people_none"] = asked ? people - complete - partial : 0;
    out["items_total"] = cell_->items.size();
    out["items_uncounted"] = cell_->uncounted.size();
    out["items_held"] = std::count_if(held.begin(), held.end(), [](std::size_t n) { return n > 0; });
    out["items_covered_by_teams"] = nullptr;  // there are no teams yet
    out["next_expiry"] = day_or_null(next_expiry);
    out["ceiling"] = cell_->ceiling ? ordered_json(*cell_->ceiling) : ordered_json(nullptr);
    auto& codes = out["reasons"] = ordered_json::object();
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (reasons[i] > 0) codes[std::string(text(static_cast<Reason>(i)))] = reasons[i];
    }
    out["status"] = status();
}

}  // namespace capbridge::competency
