#include "core/competency/demand.hpp"

#include <algorithm>

#include "core/competency/succession.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

bool has(const std::vector<int>& list, int value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}
bool is_among(const std::vector<std::string>& list, std::string_view text) {
    return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

Roles roles_of(const std::vector<people::Assignment>& assignments, const framework::Framework& framework,
               Day as_of) {
    using Decision = people::Assignment::State;
    Roles roles;
    std::vector<int> rejected;
    for (const auto& assignment : assignments) {
        const bool valid =
            (!assignment.from || *assignment.from <= as_of) && (!assignment.to || as_of <= *assignment.to);
        const int archetype = framework.archetype_index(assignment.archetype);
        if (!valid || archetype < 0) continue;
        auto& list = assignment.state == Decision::confirmed  ? roles.confirmed
                     : assignment.state == Decision::proposed ? roles.proposed
                                                              : rejected;
        list.push_back(archetype);
    }
    for (auto* list : {&roles.confirmed, &roles.proposed}) {
        std::sort(list->begin(), list->end());
        list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    std::erase_if(roles.proposed, [&](int a) { return has(roles.confirmed, a) || has(rejected, a); });
    return roles;
}

bool is_staff(const people::Person& person, Day as_of) {
    return person.employments.empty() ||
           std::any_of(person.employments.begin(), person.employments.end(),
                       [&](const people::Employment& e) { return e.current_on(as_of); });
}

// What an ask looks for in people, made ready.
struct Demands::Condition {
    std::vector<std::string> units;  // with all below, sorted; empty: anywhere
    std::vector<int> archetypes;     // empty: all
};

Demands::Demands(const Rules& rules, Day as_of) : rules_(rules), as_of_(as_of) {
    for (const auto& ask : rules.profile.asks) {
        Condition condition;
        for (const auto& unit : ask.people.units) {
            auto below = rules.units.with_descendants(unit);
            condition.units.insert(condition.units.end(), below.begin(), below.end());
            condition.units.push_back(unit);
        }
        std::sort(condition.units.begin(), condition.units.end());
        for (const auto& id : ask.people.archetypes)
            condition.archetypes.push_back(rules.framework.archetype_index(id));
        conditions_.push_back(std::move(condition));
    }
}

Demands::~Demands() = default;

bool Demands::fits_product(const Ask& ask, int deployment) const {
    const auto& d = rules_.deployments[static_cast<std::size_t>(deployment)];
    const auto* product = rules_.product_of(deployment);
    const auto& wanted = ask.people;
    if (!is_among(wanted.deployments, d.id)) return false;
    const bool named = is_among(wanted.products, d.product) ||
                       (product != nullptr &&
                        (is_among(wanted.products, product->id) || is_among(wanted.products, product->name)));
    if (!named) return false;
    // What is not known of a product leaves nothing out.
    if (wanted.clinical && product != nullptr && product->clinical && *product->clinical != *wanted.clinical)
        return false;
    return wanted.risks.empty() || product == nullptr || product->risk.empty() ||
           is_among(wanted.risks, product->risk);
}

bool Demands::holds(const Ask& ask, const Condition& condition, const people::Person& person,
                    const DemandPlan& plan) const {
    const auto& wanted = ask.people;
    if (!condition.archetypes.empty() &&
        std::none_of(plan.roles.confirmed.begin(), plan.roles.confirmed.end(),
                     [&](int a) { return has(condition.archetypes, a); })) {
        return false;
    }
    const bool by_post =
        !condition.units.empty() || !wanted.staff_groups.empty() || !wanted.job_roles.empty();
    if (by_post &&
        std::none_of(person.employments.begin(), person.employments.end(), [&](const people::Employment& e) {
            return e.current_on(as_of_) &&
                   (condition.units.empty() ||
                    std::binary_search(condition.units.begin(), condition.units.end(), e.unit)) &&
                   is_among(wanted.staff_groups, e.staff_group) && is_among(wanted.job_roles, e.job_role);
        })) {
        return false;
    }
    const bool named = !wanted.deployments.empty() || !wanted.products.empty();
    if (!named && !wanted.clinical && wanted.risks.empty()) return true;
    if (plan.deployments.empty()) return !named;
    return std::any_of(plan.deployments.begin(), plan.deployments.end(),
                       [&](int d) { return fits_product(ask, d); });
}

void Demands::fill(DemandPlan& plan, const std::vector<bool>& held) const {
    const auto& f = rules_.framework;
    std::map<std::tuple<int, int, int>, Demanded> chosen;  // deployment, archetype, requirement
    const auto put = [&](const Demanded& item) {
        const auto key = std::tuple(item.deployment, item.archetype, item.requirement);
        if (item.demand == Demand::not_demanded) {
            chosen.erase(key);
        } else {
            chosen[key] = item;
        }
    };
    for (std::size_t i = 0; i < held.size(); ++i) {
        if (!held[i]) continue;
        const auto& ask = rules_.profile.asks[i];
        const auto& archetypes = conditions_[i].archetypes;
        for (const int index : ask.indexes) {
            const auto& r = f.requirements[static_cast<std::size_t>(index)];
            Demanded item{index, -1, -1, ask.demand, static_cast<int>(i)};
            const auto is_of = [&](int a) {
                const auto& id = f.archetypes[static_cast<std::size_t>(a)].id;
                return std::find(r.archetypes.begin(), r.archetypes.end(), id) != r.archetypes.end();
            };
            if (is_product_specific(r)) {
                const bool asked =
                    archetypes.empty() || std::any_of(archetypes.begin(), archetypes.end(), [&](int a) {
                        return is_of(a) && has(plan.roles.confirmed, a);
                    });
                for (const int d : plan.deployments) {
                    item.deployment = d;
                    if (asked && fits_product(ask, d)) put(item);
                }
            } else if (r.tier == foundational_tier) {
                put(item);
            } else {
                // Of an archetype's people under that archetype; of others under the one whose table it is
                // in.
                for (std::size_t a = 0; a < f.archetypes.size(); ++a) {
                    item.archetype = static_cast<int>(a);
                    if (!is_of(item.archetype)) continue;
                    const bool asked = archetypes.empty() || (has(archetypes, item.archetype) &&
                                                              has(plan.roles.confirmed, item.archetype));
                    if (asked) put(item);
                }
            }
        }
    }
    plan.items.reserve(chosen.size());
    for (const auto& [key, item] : chosen) plan.items.push_back(item);
}

const DemandPlan& Demands::of(const people::Person& person,
                              const std::vector<people::Assignment>& assignments) {
    DemandPlan plan;
    plan.staff = is_staff(person, as_of_);
    plan.roles = roles_of(assignments, rules_.framework, as_of_);
    for (std::size_t d = 0; d < rules_.deployments.size(); ++d) {
        if (rules_.works_with(person, static_cast<int>(d), as_of_) &&
            !is_replaced(rules_, rules_.deployments[d], as_of_))
            plan.deployments.push_back(static_cast<int>(d));
    }
    std::vector<bool> held(conditions_.size(), false);  // nothing is asked of who has left
    for (std::size_t i = 0; i < held.size() && plan.staff; ++i)
        held[i] = holds(rules_.profile.asks[i], conditions_[i], person, plan);

    std::string key(plan.staff ? "s" : "-");
    for (const bool h : held) key += h ? '1' : '0';
    for (const auto* list : {&plan.roles.confirmed, &plan.roles.proposed, &plan.deployments}) {
        key += '|';
        for (const int each : *list) key += std::to_string(each) + ",";
    }
    auto& kept = plans_[key];
    if (kept == nullptr) {
        fill(plan, held);
        kept = std::make_unique<DemandPlan>(std::move(plan));
    }
    return *kept;
}

}  // namespace capbridge::competency
