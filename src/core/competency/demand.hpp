// What is asked of whom on a day, by the profile in force: demand, apart from attainment. People alike in all
// that the asks look at share one plan, so that a trust of 15,000 has a few dozen. A Demands is of one day
// and one Rules, which must outlive it; one thread at a time.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/competency/rules.hpp"

namespace capbridge::competency {

struct Roles {
    std::vector<int> confirmed;  // archetype indexes, sorted
    std::vector<int> proposed;   // and neither confirmed nor rejected
};
Roles roles_of(const std::vector<people::Assignment>& assignments, const framework::Framework& framework,
               Day as_of);

struct Demanded {
    int requirement = -1;
    int deployment = -1;  // of a product-specific item
    int archetype = -1;   // under which it is counted; -1: the foundation, or a product
    Demand demand = Demand::required;
    int ask = -1;  // index in the profile: the one that decided
    friend bool operator==(const Demanded&, const Demanded&) = default;
};

struct DemandPlan {
    bool staff = false;  // works here on the day, or nothing is recorded about where
    Roles roles;
    std::vector<int> deployments;  // worked with on the day
    // One for each requirement, context and archetype: by deployment (-1 first), archetype, requirement.
    // None is not_demanded.
    std::vector<Demanded> items;
};

class Demands {
public:
    Demands(const Rules& rules, Day as_of);
    ~Demands();
    // Lives as long as the Demands.
    const DemandPlan& of(const people::Person& person, const std::vector<people::Assignment>& assignments);

private:
    struct Condition;
    [[nodiscard]] bool holds(const Ask& ask, const Condition& condition, const people::Person& person,
                             const DemandPlan& plan) const;
    [[nodiscard]] bool fits_product(const Ask& ask, int deployment) const;
    void fill(DemandPlan& plan, const std::vector<bool>& held) const;

    const Rules& rules_;
    Day as_of_;
    std::vector<Condition> conditions_;  // by ask
    std::map<std::string, std::unique_ptr<DemandPlan>> plans_;
};

// Somebody of whom the foundation is asked: works here on that day, or nothing is recorded about where.
bool is_staff(const people::Person& person, Day as_of);
// The item is asked of people at all: its level is known.
inline bool counts(const framework::Requirement& requirement) {
    return !requirement.level.empty();
}

}  // namespace capbridge::competency
