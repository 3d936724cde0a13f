#include "core/framework/framework.hpp"

#include <algorithm>
#include <set>

namespace capbridge::framework {
namespace {

int find(const std::unordered_map<std::string, int>& map, std::string_view id) {
    const auto it = map.find(std::string(id));
    return it == map.end() ? -1 : it->second;
}

template <class T>
void index_by_id(std::unordered_map<std::string, int>& map, const std::vector<T>& items) {
    map.clear();
    for (std::size_t i = 0; i < items.size(); ++i) map.emplace(items[i].id, static_cast<int>(i));
}

}  // namespace

int Framework::archetype_index(std::string_view wanted) const {
    return find(archetype_by_id_, wanted);
}
int Framework::factor_index(std::string_view wanted) const {
    return find(factor_by_id_, wanted);
}
int Framework::requirement_index(std::string_view wanted) const {
    return find(requirement_by_id_, wanted);
}

const Former* Framework::former_requirement(std::string_view wanted) const {
    const int at = find(former_by_id_, wanted);
    return at < 0 ? nullptr : &former[static_cast<std::size_t>(at)];
}

std::vector<int> Framework::requirements_for(std::string_view wanted) const {
    std::set<int> found;
    std::set<std::string, std::less<>> seen;
    std::vector<std::string> next{std::string(wanted)};
    while (!next.empty()) {
        const auto one = std::move(next.back());
        next.pop_back();
        if (!seen.insert(one).second) continue;
        if (const int there = requirement_index(one); there >= 0) {
            found.insert(there);
        } else if (const auto* gone = former_requirement(one)) {
            next.insert(next.end(), gone->replaced_by.begin(), gone->replaced_by.end());
        }
    }
    return {found.begin(), found.end()};
}

const Level* Framework::level(std::string_view wanted) const {
    const int at = find(level_by_id_, wanted);
    return at < 0 ? nullptr : &levels[static_cast<std::size_t>(at)];
}

const std::vector<int>& Framework::topic_requirements(std::string_view topic) const {
    static const std::vector<int> none;
    const auto it = by_topic_.find(std::string(topic));
    return it == by_topic_.end() ? none : it->second;
}

bool Framework::implies(const Requirement& from, const Requirement& to) const {
    if (from.id == to.id) return true;
    if (from.topic != to.topic || from.level.empty() || to.level.empty()) return false;
    if (from.level == to.level) return true;
    const auto* held = level(from.level);
    return held != nullptr &&
           std::find(held->implies.begin(), held->implies.end(), to.level) != held->implies.end();
}

void Framework::index() {
    index_by_id(archetype_by_id_, archetypes);
    index_by_id(factor_by_id_, factors);
    index_by_id(requirement_by_id_, requirements);
    index_by_id(level_by_id_, levels);
    index_by_id(former_by_id_, former);
    by_topic_.clear();
    for (std::size_t i = 0; i < requirements.size(); ++i)
        by_topic_[requirements[i].topic].push_back(static_cast<int>(i));
    // A topic lists its requirements in order of level.
    const auto rank = [this](int r) {
        const auto* l = level(requirements[static_cast<std::size_t>(r)].level);
        return l == nullptr ? 0 : l->rank + (l->kind == Kind::skill ? 100 : 0);
    };
    for (auto& [topic, list] : by_topic_) {
        std::stable_sort(list.begin(), list.end(), [&](int a, int b) { return rank(a) < rank(b); });
    }
}

}  // namespace capbridge::framework
