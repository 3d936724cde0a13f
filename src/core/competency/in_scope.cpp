#include <algorithm>

#include "core/competency/answers.hpp"
#include "core/competency/demand.hpp"

namespace capbridge::competency {

InScope::InScope(const Rules& rules, const Scope& scope, Day as_of)
    : rules_(rules), scope_(scope), as_of_(as_of), deployment_(rules.deployment_index(scope.deployment)) {
    if (!scope_.unit.empty()) {
        if (scope_.descendants) units_ = rules.units.with_descendants(scope_.unit);
        units_.push_back(scope_.unit);
        std::sort(units_.begin(), units_.end());
    }
    if (const auto* team = rules.team(scope_.team)) {
        for (const auto& member : team->members) members_.push_back(member.person);
        std::sort(members_.begin(), members_.end());
    }
}

bool InScope::operator()(const people::Person& person) const {
    if (!scope_.team.empty() && !std::binary_search(members_.begin(), members_.end(), person.id))
        return false;
    if (!scope_.deployment.empty() && (deployment_ < 0 || !rules_.works_with(person, deployment_, as_of_)))
        return false;
    const bool by_post = !scope_.unit.empty() || !scope_.staff_group.empty() || !scope_.job_role.empty();
    if (!by_post) return is_staff(person, as_of_);
    return std::any_of(
        person.employments.begin(), person.employments.end(), [&](const people::Employment& e) {
            return e.current_on(as_of_) &&
                   (units_.empty() || std::binary_search(units_.begin(), units_.end(), e.unit)) &&
                   (scope_.staff_group.empty() || scope_.staff_group == e.staff_group) &&
                   (scope_.job_role.empty() || scope_.job_role == e.job_role);
        });
}

}  // namespace capbridge::competency
