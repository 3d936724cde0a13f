#include "core/competency/cells.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/json_room.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

ordered_json text_or_null(const std::string& value) {
    return value.empty() ? ordered_json(nullptr) : ordered_json(value);
}
ordered_json day_or_null(const std::optional<Day>& day) {
    return day ? ordered_json(format_day(*day)) : ordered_json(nullptr);
}

CellPlan::CellPlan(const Rules& rules, Day as_of)
    : rules_(rules),
      factors_(rules.framework.factors.size()),
      archetypes_(rules.framework.archetypes.size()),
      groups_(rules.framework.groups.size()) {
    const auto& f = rules.framework;
    cells.resize(product(rules.deployments.size(), 0));
    applies.assign(archetypes_, std::vector<bool>(factors_));
    for (const auto& [archetype, factors] : f.applicability) {
        const int a = f.archetype_index(archetype);
        for (const auto& factor : factors) {
            const int x = f.factor_index(factor);
            if (a >= 0 && x >= 0) applies[static_cast<std::size_t>(a)][static_cast<std::size_t>(x)] = true;
        }
    }
    for (std::size_t d = 0; d < rules.deployments.size(); ++d) {
        for (std::size_t g = 0; g < groups_; ++g) cells[product(d, g)].context = rules.deployments[d].id;
    }
    for (std::size_t i = 0; i < f.requirements.size(); ++i) {
        const auto& r = f.requirements[i];
        const int index = static_cast<int>(i);
        const auto put = [&](Demanded place) {
            place.requirement = index;
            if (const auto cell = cell_of(place))
                (counts(r) ? cells[*cell].items : cells[*cell].uncounted).push_back(index);
        };
        if (is_product_specific(r)) {
            for (std::size_t d = 0; d < rules.deployments.size(); ++d) put({-1, static_cast<int>(d), -1});
        } else if (r.tier == foundational_tier) {
            put({});
        } else {
            for (const auto& archetype : r.archetypes) {
                if (const int a = f.archetype_index(archetype); a >= 0) put({-1, -1, a});
            }
        }
    }
    for (auto& cell : cells) {
        const auto reachable = std::count_if(cell.items.begin(), cell.items.end(),
                                             [&](int i) { return rules.reachable(i, cell.context, as_of); });
        if (!cell.items.empty())
            cell.ceiling = static_cast<double>(reachable) / static_cast<double>(cell.items.size());
    }
}

std::optional<std::size_t> CellPlan::cell_of(const Demanded& item) const {
    const auto& f = rules_.framework;
    const auto& r = f.requirements[static_cast<std::size_t>(item.requirement)];
    if (item.deployment >= 0) {
        for (std::size_t g = 0; g < groups_; ++g) {
            if (f.groups[g].id == r.group) return product(static_cast<std::size_t>(item.deployment), g);
        }
        return {};
    }
    const int factor = f.factor_index(r.factor);
    if (factor < 0) return {};
    const auto x = static_cast<std::size_t>(factor);
    return item.archetype < 0 ? foundation(x) : advanced(static_cast<std::size_t>(item.archetype), x);
}

const std::vector<AskedCell>& CellPlan::asked(const DemandPlan& plan) {
    const auto [kept, is_new] = asked_.try_emplace(&plan);
    if (!is_new) return kept->second;
    std::map<std::size_t, AskedCell> by_cell;
    for (const auto& item : plan.items) {
        const auto cell = cell_of(item);
        if (!cell) continue;
        const auto& items = cells[*cell].items;
        const auto at = std::lower_bound(items.begin(), items.end(), item.requirement);
        if (at == items.end() || *at != item.requirement) continue;
        auto& asked = by_cell.try_emplace(*cell, AskedCell{*cell, {}}).first->second;
        asked.items.push_back({static_cast<std::size_t>(at - items.begin()), item.demand});
    }
    for (auto& [cell, asked] : by_cell) kept->second.push_back(std::move(asked));
    return kept->second;
}

States::States(const Rules& rules, Day as_of)
    : rules_(rules),
      as_of_(as_of),
      states_(rules.framework.requirements.size()),
      records_(rules.framework.requirements.size()),
      exempt_(rules.framework.requirements.size()),
      reasons_(rules.deployments.size() + 1) {}

const std::vector<Reason>& States::reasons_in(std::string_view context) {
    const int deployment = context.empty() ? -1 : rules_.deployment_index(context);
    auto& list = reasons_[static_cast<std::size_t>(deployment + 1)];
    if (list.empty()) {
        list.reserve(states_.size());
        for (std::size_t i = 0; i < states_.size(); ++i) {
            const bool reachable = rules_.reachable(static_cast<int>(i), context, as_of_);
            const bool silent = !rules_.silent_source(static_cast<int>(i), context, as_of_).empty();
            list.push_back(!reachable ? Reason::no_learning_exists
                           : silent   ? Reason::source_stale
                                      : Reason::not_attempted);
        }
    }
    return list;
}

Reason missing_reason(const PersonFacts& person, const Rules& rules) {
    if (rules.doubt.perhaps_known.contains(person.person.id)) return Reason::identity_unresolved;
    return person.unmapped_only ? Reason::unmapped_only : Reason::not_attempted;
}

void States::clear(std::string_view context, Reason missing) {
    const auto& reasons = reasons_in(context);
    const bool of_person = missing != Reason::not_attempted;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const bool exists = reasons[i] != Reason::no_learning_exists;
        states_[i] = {Attainment::none, exists && of_person ? missing : reasons[i], {}};
    }
    std::fill(records_.begin(), records_.end(), nullptr);
    std::fill(exempt_.begin(), exempt_.end(), false);
}

void States::load(const PersonFacts& person, std::string_view context) {
    clear(context, missing_reason(person, rules_));
    for (const auto& record : person.records) {
        if (record.context != context) continue;
        const auto i = static_cast<std::size_t>(record.requirement);
        if (record.requirement < 0 || i >= states_.size()) continue;  // of another version of the framework
        records_[i] = &record;
        exempt_[i] = record.overriding.in_force(as_of_);
        const auto state = state_at(record, as_of_, rules_.policy.amber_days);
        if (state.reason != Reason::not_attempted) states_[i] = state;
    }
}

void States::load(const std::vector<DayState>& kept, Reason missing, std::string_view context) {
    clear(context, missing);
    const int place = context.empty() ? 0 : rules_.deployment_index(context) + 1;
    for (const auto& each : kept) {
        if (each.place != place) continue;
        exempt_[each.requirement] = each.exempt;
        const auto reason = static_cast<Reason>(each.reason);
        if (reason == Reason::not_attempted) continue;
        auto& state = states_[each.requirement];
        state = {static_cast<Attainment>(each.attainment), reason, {}};
        if (each.ends) state.until = Day(std::chrono::days{each.until});
    }
}

std::vector<DayState> day_states(const PersonFacts& person, const Rules& rules, Day as_of) {
    std::vector<DayState> out;
    out.reserve(person.records.size());
    for (const auto& record : person.records) {
        const int deployment = record.context.empty() ? -1 : rules.deployment_index(record.context);
        if (!record.context.empty() && deployment < 0) continue;
        const auto i = static_cast<std::size_t>(record.requirement);
        if (record.requirement < 0 || i >= rules.framework.requirements.size()) continue;
        const auto state = state_at(record, as_of, rules.policy.amber_days);
        DayState kept;
        kept.requirement = static_cast<std::uint16_t>(i);
        kept.place = static_cast<std::uint16_t>(deployment + 1);
        kept.attainment = static_cast<std::uint8_t>(state.attainment);
        kept.reason = static_cast<std::uint8_t>(state.reason);
        kept.exempt = record.overriding.in_force(as_of);
        kept.ends = state.until.has_value();
        if (state.until) kept.until = static_cast<std::int32_t>(state.until->time_since_epoch().count());
        if (kept.exempt || state.reason != Reason::not_attempted) out.push_back(kept);
    }
    out.shrink_to_fit();
    return out;
}

CellCount::CellCount(const Rules& rules, const Cell& cell) : items(cell.items.size()), cell_(&cell) {
    for (const int item : cell.items) {
        is_skill_.push_back(rules.framework.requirements[static_cast<std::size_t>(item)].kind ==
                            framework::Kind::skill);
    }
}

CellCount::Given CellCount::add(const AskedCell& asked, const States& states, int times,
                                std::vector<Day>* ends) {
    std::size_t due = 0, met = 0;
    const auto one = static_cast<std::size_t>(times);
    for (const auto& [i, demand] : asked.items) {
        const int requirement = cell_->items[i];
        if (states.is_exempt(requirement)) {
            waived += one;
            continue;
        }
        const auto& state = states.at(requirement);
        const bool holds = state.holds(), safe = holds && state.attainment != Attainment::expiring;
        auto& item = items[i];
        item.held += holds ? one : 0;
        item.safe += safe ? one : 0;
        if (demand == Demand::optional) {
            optional_asked += one;
            optional_met += holds ? one : 0;
            continue;
        }
        ++due;
        auto& split = is_skill_[i] ? skill : knowledge;
        split.required += one;
        reasons[static_cast<std::size_t>(state.reason)] += one;
        if (demand == Demand::collective) {
            item.together += one;
        } else {
            item.of_each += one;
            item.of_each_held += holds ? one : 0;
            item.of_each_safe += safe ? one : 0;
        }
        if (state.attainment == Attainment::expired) split.expired += one;
        if (!holds) continue;
        ++met;
        split.met += one;
        split.expiring += safe ? 0 : one;
        if (!state.until) continue;
        if (ends != nullptr) {
            ends->push_back(*state.until);
        } else if (!next_expiry || *state.until < *next_expiry) {
            next_expiry = state.until;
        }
    }
    if (due == 0) return {};
    people += one;
    if (met == due) {
        complete += one;
    } else if (met > 0) {
        partial += one;
    }
    return {due, met};
}

bool CellCount::is_collective() const {
    return std::any_of(items.begin(), items.end(), [](const Item& item) { return item.together > 0; });
}

const char* CellCount::status() const {
    std::size_t asked = 0, met = 0, beyond = 0;
    for (const auto& item : items) {
        const bool together = item.together > 0;
        asked += item.of_each + (together ? 1 : 0);
        met += item.of_each_held + (together && item.held > 0 ? 1 : 0);
        beyond += item.of_each_safe + (together && item.safe > 0 ? 1 : 0);
    }
    if (asked == 0) return "none";
    if (beyond == asked) return "green";
    return met * 2 >= asked ? "amber" : "red";
}

ordered_json CellCount::Split::to_json() const {
    auto out = object_with_room(4);
    add_member(out, "required", required);
    add_member(out, "met", met);
    add_member(out, "expiring", expiring);
    add_member(out, "expired", expired);
    return out;
}

void CellCount::write(ordered_json& out) const {
    auto kinds = object_with_room(2);
    add_member(kinds, "knowledge", knowledge.to_json());
    add_member(kinds, "skill", skill.to_json());
    add_member(out, "kind_split", std::move(kinds));
    add_member(out, "people", people);
    add_member(out, "people_complete", complete);
    add_member(out, "people_partial", partial);
    add_member(out, "people_none", people - complete - partial);
    auto optional = object_with_room(2);
    add_member(optional, "asked", optional_asked);
    add_member(optional, "met", optional_met);
    add_member(out, "optional", std::move(optional));
    add_member(out, "waived", waived);
    add_member(out, "items_total", cell_->items.size());
    add_member(out, "items_uncounted", cell_->uncounted.size());
    add_member(out, "items_held",
               std::count_if(items.begin(), items.end(), [](const Item& i) { return i.held > 0; }));
    add_member(out, "items_covered_by_teams", nullptr);  // the matrix fills it in where there are teams
    add_member(out, "next_expiry", day_or_null(next_expiry));
    add_member(out, "ceiling", cell_->ceiling ? ordered_json(*cell_->ceiling) : ordered_json(nullptr));
    auto codes = object_with_room(reason_count);
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (reasons[i] > 0) add_member(codes, std::string(text(static_cast<Reason>(i))).c_str(), reasons[i]);
    }
    add_member(out, "reasons", std::move(codes));
    add_member(out, "status", status());
}

}  // namespace capbridge::competency
