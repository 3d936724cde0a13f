#include "core/competency/units.hpp"

#include <algorithm>
#include <set>

namespace capbridge::competency {

Units::Units(std::vector<Node> nodes) : nodes_(std::move(nodes)) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        by_name_[nodes_[i].name].push_back(i);
        if (!nodes_[i].parent.empty()) children_[nodes_[i].parent].push_back(i);
    }
}

std::vector<std::size_t> Units::find(std::string_view unit) const {
    if (const auto named = by_name_.find(std::string(unit)); named != by_name_.end()) return named->second;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].key == unit || (!unit.empty() && nodes_[i].code == unit)) out.push_back(i);
    }
    return out;
}

bool Units::knows(std::string_view unit) const {
    return !find(unit).empty();
}

std::vector<std::string> Units::with_descendants(std::string_view unit) const {
    auto next = find(unit);
    if (next.empty()) return {std::string(unit)};
    std::set<std::size_t> seen;
    std::set<std::string> names;
    while (!next.empty()) {
        const auto i = next.back();
        next.pop_back();
        if (!seen.insert(i).second) continue;  // a ring
        names.insert(nodes_[i].name);
        if (const auto below = children_.find(nodes_[i].key); below != children_.end())
            next.insert(next.end(), below->second.begin(), below->second.end());
    }
    return {names.begin(), names.end()};
}

}  // namespace capbridge::competency
