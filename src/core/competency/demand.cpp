// What is asked of whom: the default profile. The report's two footnotes to the archetypes (not every User
// needs the advanced areas; the clinical-use group only where AI serves clinical decisions) need facts about
// people that nobody records yet; so advanced items are asked of an archetype's people together and not of
// each.
#include <algorithm>

#include "core/competency/answers.hpp"
#include "core/competency/roles.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

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
    const auto contains = [](const std::vector<int>& list, int archetype) {
        return std::find(list.begin(), list.end(), archetype) != list.end();
    };
    std::erase_if(roles.proposed,
                  [&](int a) { return contains(roles.confirmed, a) || contains(rejected, a); });
    return roles;
}

std::vector<int> deployments_of(const people::Person& person, const Rules& rules, Day as_of) {
    std::vector<int> out;
    for (std::size_t i = 0; i < rules.deployments.size(); ++i) {
        const auto& unit = rules.deployments[i].unit;
        if (std::any_of(person.employments.begin(), person.employments.end(),
                        [&](const people::Employment& e) { return e.unit == unit && e.current_on(as_of); })) {
            out.push_back(static_cast<int>(i));
        }
    }
    return out;
}

bool is_staff(const people::Person& person, Day as_of) {
    return Scope{}.includes(person, as_of);
}

bool Scope::includes(const people::Person& person, Day as_of) const {
    if (person.employments.empty()) return unit.empty() && staff_group.empty() && job_role.empty();
    return std::any_of(person.employments.begin(), person.employments.end(),
                       [&](const people::Employment& e) {
                           return e.current_on(as_of) && (unit.empty() || unit == e.unit) &&
                                  (staff_group.empty() || staff_group == e.staff_group) &&
                                  (job_role.empty() || job_role == e.job_role);
                       });
}

std::vector<Demanded> demand_of(const people::Person& person,
                                const std::vector<people::Assignment>& assignments, const Rules& rules,
                                Day as_of) {
    if (!is_staff(person, as_of)) return {};  // nothing is asked of who has left
    const auto& f = rules.framework;
    const auto roles = roles_of(assignments, f, as_of);
    std::vector<Demanded> out;
    const auto ask = [&](std::string_view tier, int archetype, const std::string& context, Demand demand) {
        const auto id = archetype < 0 ? std::string() : f.archetypes[static_cast<std::size_t>(archetype)].id;
        for (std::size_t i = 0; i < f.requirements.size(); ++i) {
            const auto& r = f.requirements[i];
            if (r.tier != tier || !counts(r)) continue;
            const bool asked = archetype < 0 ||
                               std::find(r.archetypes.begin(), r.archetypes.end(), id) != r.archetypes.end();
            if (asked) out.push_back({static_cast<int>(i), context, demand, id});
        }
    };
    ask(foundational_tier, -1, "", Demand::required);
    for (const int archetype : roles.confirmed) ask(advanced_tier, archetype, "", Demand::collective);
    const int user = product_role(roles, f);
    if (user < 0) return out;
    for (const int deployment : deployments_of(person, rules, as_of)) {
        ask(product_tier, user, rules.deployments[static_cast<std::size_t>(deployment)].id, Demand::required);
    }
    return out;
}

int product_role(const Roles& roles, const framework::Framework& f) {
    for (const int archetype : roles.confirmed) {
        const auto& id = f.archetypes[static_cast<std::size_t>(archetype)].id;
        for (const auto& r : f.requirements) {
            if (!is_product_specific(r)) continue;
            if (std::find(r.archetypes.begin(), r.archetypes.end(), id) != r.archetypes.end())
                return archetype;
        }
    }
    return -1;
}

}  // namespace capbridge::competency
