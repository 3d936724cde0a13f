#include "core/engine/directory_effect.hpp"

#include <algorithm>

namespace capbridge::engine {
namespace {

bool in_post(const std::vector<people::Employment>& employments, Day day) {
    return std::any_of(employments.begin(), employments.end(),
                       [&](const people::Employment& e) { return e.current_on(day); });
}

}  // namespace

void DirectoryChanges::add(std::string kind, std::string key, std::string before, std::string person,
                           std::string payload) {
    auto& projection = store_.projection();
    if (!before.empty()) touched_.insert(projection.survivor(before));
    auto& said = changes_[{kind, key}];
    said = {std::move(kind), std::move(key), std::move(person), std::move(payload)};
    if (said.person.empty()) return;
    auto survivor = projection.survivor(said.person);
    gained_[survivor].push_back(&said);
    touched_.insert(std::move(survivor));
}

std::vector<store::NewDecision> DirectoryChanges::take() {
    std::vector<store::NewDecision> out;
    out.reserve(changes_.size());
    gained_.clear();
    for (auto it = changes_.begin(); it != changes_.end(); it = changes_.erase(it)) {
        auto& said = it->second;
        out.push_back({std::move(said.kind), std::move(said.key), std::move(said.payload), {}});
    }
    return out;
}

Result<DirectoryEffect> DirectoryChanges::effect(const std::function<Status()>& each_person) {
    DirectoryEffect out;
    auto& projection = store_.projection();
    for (const auto& id : touched_) {
        const auto before = projection.person(id);
        std::vector<people::Said> said;
        for (auto& each : projection.said_of(id)) {
            if (!changes_.contains({each.kind, each.key})) said.push_back(std::move(each));
        }
        if (const auto gained = gained_.find(id); gained != gained_.end()) {
            for (const auto* each : gained->second) said.push_back(*each);
        }
        const auto after = people::compose(id, std::move(said), {});
        if (!before && after.exists) ++out.added;
        if (before) ++out.changed;
        if (before && in_post(before->employments, today_) &&
            !(after.exists && in_post(after.employments, today_)))
            ++out.left;
        CAPBRIDGE_TRY(each_person());
    }
    return out;
}

}  // namespace capbridge::engine
