#include "core/competency/next_learning_needs.hpp"

#include <algorithm>

#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

bool has(const std::vector<int>& list, int value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::size_t& cases(LearningNeeds::Open& open, Need need) {
    return open.cases[static_cast<std::size_t>(need)];
}

// So many cases of the rest are a gap of a team: they are counted there, and once.
void promote(LearningNeeds::Open& open, std::size_t missing) {
    auto& gap = cases(open, Need::team_gap);
    auto& rest = cases(open, Need::rest);
    if (missing <= gap) return;
    rest -= std::min(rest, missing - gap);
    gap = missing;
}

}  // namespace

LearningNeeds::LearningNeeds(const Rules& rules, const Question& question,
                             const NextLearning::Options& options)
    : rules_(rules),
      question_(question),
      options_(options),
      slots_(rules),
      demands_(rules, question.as_of),
      states_(rules, question.as_of),
      in_scope_(rules, question.scope, question.as_of),
      archetype_(rules.framework.archetype_index(question.scope.archetype)) {
    for (const auto& team : rules.teams) {
        if (options.whom == NextLearning::Options::Whom::team && team.id != options.team) continue;
        teams_.emplace_back(rules, team, question.as_of, rules.policy.amber_days);
        for (const auto& member : team.members) in_teams_.insert(member.person);
    }
}

void LearningNeeds::says_they_know(const std::string& person, const std::string& requirement,
                                   const std::string& context) {
    const int index = rules_.framework.requirement_index(requirement);
    const int deployment = context.empty() ? -1 : rules_.deployment_index(context);
    if (index < 0 || (!context.empty() && deployment < 0)) return;
    said_[person].insert(slots_.of(index, deployment));
}

bool LearningNeeds::is_meant(const people::Person& person, const DemandPlan& plan) const {
    if (is_one_person()) return person.id == options_.person;
    return in_scope_(person) && (archetype_ < 0 || has(plan.roles.confirmed, archetype_));
}

void LearningNeeds::add(const PersonFacts& person) {
    const bool member = in_teams_.contains(person.person.id);
    if (is_one_person() && !member && person.person.id != options_.person) return;
    const auto& plan = demands_.of(person.person, person.assignments);
    const bool meant = is_meant(person.person, plan);
    if (meant) {
        ++people_;
        add_own(person, plan);
    }
    if (member && plan.staff) add_member(person, meant ? static_cast<int>(own_.size()) - 1 : -1);
}

void LearningNeeds::add_own(const PersonFacts& person, const DemandPlan& plan) {
    const int number = static_cast<int>(own_.size());
    auto& own = own_.emplace_back();
    // By deployment and requirement: asked under two archetypes, the more counts.
    std::map<std::pair<int, int>, bool> asked;  // of each
    for (const auto& item : plan.items) {
        const auto& r = rules_.framework.requirements[static_cast<std::size_t>(item.requirement)];
        if (item.demand == Demand::optional || !counts(r)) continue;
        auto& of_each = asked[{item.deployment, item.requirement}];
        of_each = of_each || item.demand == Demand::required;
    }
    const auto said = said_.find(person.person.id);
    int loaded = -2;
    for (const auto& [key, of_each] : asked) {
        const auto [deployment, requirement] = key;
        if (deployment != loaded)
            states_.load(person,
                         deployment < 0 ? "" : rules_.deployments[static_cast<std::size_t>(deployment)].id);
        loaded = deployment;
        if (states_.is_exempt(requirement)) continue;
        const auto& state = states_.at(requirement);
        const int slot = slots_.of(requirement, deployment);
        const bool expiring = state.attainment == Attainment::expiring;
        const bool known = said != said_.end() && said->second.contains(slot);
        if (!of_each) {
            auto& together = together_[slot];
            if (expiring) {
                together.running_out.push_back(number);
            } else if (state.holds()) {
                ++together.safe;
            } else {
                (known ? together.said_known : together.lacking).push_back(number);
            }
            continue;
        }
        const auto& r = rules_.framework.requirements[static_cast<std::size_t>(requirement)];
        if (expiring) {
            own.emplace_back(slot, Need::expiring);
        } else if (!state.holds()) {
            own.emplace_back(slot, known                         ? Need::said_known
                                   : r.tier == foundational_tier ? Need::foundation
                                                                 : Need::rest);
        }
    }
}

void LearningNeeds::add_member(const PersonFacts& person, int number) {
    for (auto& team : teams_) team.add(person);
    Member member;
    member.number = number;
    if (const auto said = said_.find(person.person.id); said != said_.end()) member.said = said->second;
    for (int d = 0; d < static_cast<int>(rules_.deployments.size()); ++d) {
        if (rules_.works_with(person.person, d, {})) member.deployments.insert(d);
    }
    for (const auto& record : person.records) {
        if (record.requirement < 0) continue;
        const int d = record.context.empty() ? -1 : rules_.deployment_index(record.context);
        if (record.overriding.in_force(question_.as_of))
            member.exempt.insert(slots_.of(record.requirement, d));
    }
    members_[person.person.id] = std::move(member);
}

// What the team lacks, or soon will, and those of its members who are meant could show.
void LearningNeeds::add_team_needs(const TeamCoverage& team, std::map<int, Open>& open) const {
    std::vector<const Member*> members;  // as the coverage counts them: each person once
    std::set<std::string_view> seen;
    bool any_meant = false;
    for (const auto& each : team.team().members) {
        if (!seen.insert(each.person).second) continue;
        const auto known = members_.find(each.person);
        members.push_back(known == members_.end() ? nullptr : &known->second);
        any_meant = any_meant || (members.back() != nullptr && members.back()->number >= 0);
    }
    if (!any_meant) return;
    const auto quorum = static_cast<std::size_t>(std::max(team.team().quorum, 1));
    for (const auto& item : team.items()) {
        using enum TeamCoverage::State;
        if (item.state != gap && item.state != expiring) continue;
        const int deployment = item.context.empty() ? -1 : rules_.deployment_index(item.context);
        const int slot = slots_.of(item.requirement, deployment);
        std::vector<int> could, say_they_could;
        for (std::size_t place = 0; place < members.size(); ++place) {
            const auto* member = members[place];
            if (member == nullptr || member->number < 0 || member->exempt.contains(slot)) continue;
            if (deployment >= 0 && !member->deployments.contains(deployment)) continue;
            const bool holds =
                std::find(item.holders.begin(), item.holders.end(), place) != item.holders.end();
            if (holds != (item.state == expiring)) continue;
            (member->said.contains(slot) ? say_they_could : could).push_back(member->number);
        }
        if (could.empty() && say_they_could.empty()) continue;
        auto& its = open[slot];
        // More than there are people to close it cannot be closed here.
        const auto missing = item.state == gap ? quorum - std::min(quorum, item.holders.size()) : 1;
        const auto at_least = [](std::size_t& known, std::size_t many) { known = std::max(known, many); };
        if (item.state == expiring) {
            could.insert(could.end(), say_they_could.begin(), say_they_could.end());
            at_least(cases(its, Need::expiring), 1);
        } else if (could.empty()) {
            could = std::move(say_they_could);
            at_least(cases(its, Need::said_known), std::min(could.size(), missing));
        } else {
            promote(its, std::min(could.size(), missing));
        }
        its.people.insert(its.people.end(), could.begin(), could.end());
        its.teams.push_back(team.team().id);
    }
}

// What is asked of people together, within the scope: one who holds it is enough.
void LearningNeeds::add_common_gaps(std::map<int, Open>& open) const {
    if (options_.whom == NextLearning::Options::Whom::team) return;  // of a team its own list counts
    for (const auto& [slot, together] : together_) {
        const auto add = [&, at = slot](Need need, const std::vector<int>& people, std::size_t many) {
            if (people.empty()) return;
            auto& its = open[at];
            if (need == Need::team_gap) {
                promote(its, many);
            } else {
                cases(its, need) += many;
            }
            its.people.insert(its.people.end(), people.begin(), people.end());
        };
        if (is_one_person()) {
            add(Need::expiring, together.running_out, 1);
            add(Need::rest, together.lacking, 1);
            add(Need::said_known, together.said_known, 1);
        } else if (together.safe == 0 && !together.running_out.empty()) {
            add(Need::expiring, together.running_out, 1);
        } else if (together.safe == 0 && !together.lacking.empty()) {
            add(Need::team_gap, together.lacking, 1);
        } else if (together.safe == 0) {
            add(Need::said_known, together.said_known, 1);
        }
    }
}

std::map<int, LearningNeeds::Open> LearningNeeds::open() const {
    std::map<int, Open> open;
    for (std::size_t n = 0; n < own_.size(); ++n) {
        for (const auto& [slot, need] : own_[n]) {
            auto& its = open[slot];
            ++cases(its, need);
            its.people.push_back(static_cast<int>(n));
        }
    }
    add_common_gaps(open);
    for (const auto& team : teams_) add_team_needs(team, open);
    for (auto& [slot, its] : open) {
        std::sort(its.people.begin(), its.people.end());
        its.people.erase(std::unique(its.people.begin(), its.people.end()), its.people.end());
    }
    return open;
}

}  // namespace capbridge::competency
