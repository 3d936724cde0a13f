#include "core/competency/tally.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace capbridge::competency {
namespace {

constexpr std::uint32_t unnumbered = UINT32_MAX;

}  // namespace

std::optional<std::uint32_t> Tally::Names::find(const std::string& name) const {
    const auto found = number.find(name);
    if (found == number.end()) return {};
    return found->second;
}

Tally::Tally(std::shared_ptr<const Rules> rules, Day day)
    : rules_(std::move(rules)),
      day_(day),
      plan_(*rules_, day),
      demands_(*rules_, day),
      states_(*rules_, day),
      counts_(*rules_, plan_),
      ends_(plan_.cells.size()) {}

Tally::Person Tally::prepare(const PersonFacts& person) {
    Person out;
    out.id = person.person.id;
    out.plan = &demands_.of(person.person, person.assignments);
    out.cells = &plan_.asked(*out.plan);
    out.states = day_states(person, *rules_, day_);
    out.missing = missing_reason(person, *rules_);
    for (const auto& employment : person.person.employments) {
        auto& post = out.posts.emplace_back();
        post.places.fill(unnumbered);
        post.current = employment.current_on(day_);
        out.new_names[0].push_back(employment.unit);
        out.new_names[1].push_back(employment.staff_group);
        out.new_names[2].push_back(employment.job_role);
    }
    return out;
}

void Tally::apply(std::vector<Person> changes) {
    for (auto& change : changes) {
        remove(change.id);
        if (!change.gone) put(std::move(change));
    }
}

void Tally::put(Person person) {
    for (std::size_t kind = 0; kind < names_.size(); ++kind) {
        auto& names = names_[kind];
        for (std::size_t i = 0; i < person.posts.size(); ++i) {
            const auto next = static_cast<std::uint32_t>(names.uses.size());
            const auto [entry, is_new] = names.number.try_emplace(std::move(person.new_names[kind][i]), next);
            if (is_new) names.uses.push_back(0);
            ++names.uses[entry->second];
            person.posts[i].places[kind] = entry->second;
        }
        person.new_names[kind] = {};
    }
    count_everywhere(person, 1);
    auto id = person.id;
    people_.insert_or_assign(std::move(id), std::move(person));
}

void Tally::remove(const std::string& id) {
    const auto found = people_.find(id);
    if (found == people_.end()) return;
    count_everywhere(found->second, -1);
    for (const auto& post : found->second.posts) {
        for (std::size_t kind = 0; kind < names_.size(); ++kind) --names_[kind].uses[post.places[kind]];
    }
    people_.erase(found);
}

void Tally::add(const Person& person, States& states, MatrixCounts& counts, const std::optional<int>& wanted,
                int times, std::vector<MatrixCounts::End>* ends) {
    states.load(person.states, person.missing, {});
    counts.add(
        *person.plan, *person.cells, states,
        [&](std::string_view context) { states.load(person.states, person.missing, context); }, wanted, times,
        ends);
}

void Tally::count_everywhere(const Person& person, int times) {
    if (!person.plan->staff) return;
    changed_ends_.clear();
    add(person, states_, counts_, {}, times, &changed_ends_);
    for (const auto& end : changed_ends_) {
        auto& days = ends_[end.cell];
        const auto at = days.try_emplace(end.day, 0).first;
        at->second += static_cast<std::size_t>(times);
        if (at->second == 0) days.erase(at);
    }
}

// Who is in a scope, as InScope says it of people.
class Tally::InPart {
public:
    InPart(const Tally& tally, const Scope& scope)
        : scope_(scope), deployment_(tally.rules_->deployment_index(scope.deployment)) {
        const std::string* wanted[] = {&scope.unit, &scope.staff_group, &scope.job_role};
        for (std::size_t kind = 0; kind < tally.names_.size(); ++kind) {
            if (wanted[kind]->empty()) continue;
            by_post_ = asked_[kind] = true;
            std::vector<std::string> names{*wanted[kind]};
            if (kind == 0 && scope.descendants) names = tally.rules_->units.with_descendants(scope.unit);
            names.push_back(*wanted[kind]);
            for (const auto& name : names) {
                if (const auto number = tally.names_[kind].find(name)) places_[kind].push_back(*number);
            }
            std::sort(places_[kind].begin(), places_[kind].end());
        }
    }

    bool operator()(const Person& person) const {
        if (!scope_.deployment.empty() && !std::binary_search(person.plan->deployments.begin(),
                                                              person.plan->deployments.end(), deployment_)) {
            return false;
        }
        if (!by_post_) return person.plan->staff;
        return std::any_of(person.posts.begin(), person.posts.end(), [&](const Post& post) {
            if (!post.current) return false;
            for (std::size_t kind = 0; kind < places_.size(); ++kind) {
                const auto& places = places_[kind];
                if (asked_[kind] && !std::binary_search(places.begin(), places.end(), post.places[kind]))
                    return false;
            }
            return true;
        });
    }

private:
    const Scope& scope_;
    int deployment_;
    bool by_post_ = false;
    std::array<bool, 3> asked_{};
    std::array<std::vector<std::uint32_t>, 3> places_;
};

bool Tally::knows(const Scope& scope) const {
    const std::string* wanted[] = {&scope.unit, &scope.staff_group, &scope.job_role};
    for (std::size_t kind = 0; kind < names_.size(); ++kind) {
        if (wanted[kind]->empty() || (kind == 0 && rules_->units.knows(scope.unit))) continue;
        const auto number = names_[kind].find(*wanted[kind]);
        if (!number || names_[kind].uses[*number] == 0) return false;
    }
    return (scope.archetype.empty() || rules_->framework.archetype_index(scope.archetype) >= 0) &&
           (scope.team.empty() || rules_->team(scope.team) != nullptr) &&
           (scope.deployment.empty() || rules_->deployment_index(scope.deployment) >= 0);
}

ordered_json Tally::matrix(const MatrixCounts& counts, const Question& question) const {
    return matrix_json(*rules_, plan_, counts, question);
}

MatrixCounts Tally::count(const Scope& scope) const {
    const bool everyone = scope.unit.empty() && scope.staff_group.empty() && scope.job_role.empty() &&
                          scope.team.empty() && scope.deployment.empty() && scope.archetype.empty();
    if (everyone) {
        auto out = counts_;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            if (!ends_[i].empty()) out.cells[i].next_expiry = ends_[i].begin()->first;
        }
        return out;
    }
    const InPart in_part(*this, scope);
    const auto wanted = wanted_archetype(*rules_, scope);
    auto states = states_;
    MatrixCounts out(*rules_, plan_);
    const auto look_at = [&](const Person& person) {
        if (in_part(person)) add(person, states, out, wanted, 1, nullptr);
    };
    if (const auto* team = rules_->team(scope.team)) {
        std::vector<std::string> members;
        for (const auto& member : team->members) members.push_back(member.person);
        std::sort(members.begin(), members.end());
        members.erase(std::unique(members.begin(), members.end()), members.end());
        for (const auto& member : members) {
            if (const auto found = people_.find(member); found != people_.end()) look_at(found->second);
        }
    } else {
        for (const auto& [id, person] : people_) look_at(person);
    }
    return out;
}

}  // namespace capbridge::competency
