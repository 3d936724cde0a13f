// What a person is on a day: archetypes, and deployments worked in. Internal to the folder. Pure; any thread.
#pragma once
#include <vector>

#include "core/competency/mapping.hpp"
#include "core/people/people.hpp"

namespace capbridge::competency {

struct Roles {
    std::vector<int> confirmed;  // archetype indexes, sorted
    std::vector<int> proposed;   // and neither confirmed nor rejected
};
Roles roles_of(const std::vector<people::Assignment>& assignments, const framework::Framework& framework,
               Day as_of);

// Indexes of the deployments in whose unit the person works on that day.
std::vector<int> deployments_of(const people::Person& person, const Rules& rules, Day as_of);

// The confirmed archetype for which product-specific items are asked (in the report: User); -1 when the
// person has none such.
int product_role(const Roles& roles, const framework::Framework& framework);

// Somebody of whom the foundation is asked: works here on that day, or nothing is recorded about where.
bool is_staff(const people::Person& person, Day as_of);

// The item is asked of people at all: its level is known.
inline bool counts(const framework::Requirement& requirement) {
    return !requirement.level.empty();
}

}  // namespace capbridge::competency
