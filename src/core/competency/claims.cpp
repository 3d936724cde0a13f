#include "core/competency/claims.hpp"

#include <algorithm>
#include <tuple>

namespace capbridge::competency {
namespace {

void tidy(std::vector<int>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

std::vector<int> Claims::all() const {
    auto out = direct;
    out.insert(out.end(), replaced.begin(), replaced.end());
    tidy(out);
    return out;
}

Claims claims_of(const std::vector<std::string>& ids, const framework::Framework& framework) {
    Claims out;
    for (const auto& id : ids) {
        if (const int index = framework.requirement_index(id); index >= 0) {
            out.direct.push_back(index);
        } else {
            const auto successors = framework.requirements_for(id);
            out.replaced.insert(out.replaced.end(), successors.begin(), successors.end());
        }
    }
    tidy(out.direct);
    tidy(out.replaced);
    std::erase_if(out.replaced,
                  [&](int i) { return std::binary_search(out.direct.begin(), out.direct.end(), i); });
    return out;
}

std::vector<Rules::Give> gives_of(const Claims& claims, const Rules& rules) {
    auto out = rules.gives_of(claims.all());
    if (claims.replaced.empty()) return out;
    for (auto& give : out) {
        if (give.via < 0 &&
            std::binary_search(claims.replaced.begin(), claims.replaced.end(), give.requirement))
            give.via = give.requirement;
    }
    put_in_order(out);
    return out;
}

std::string former_id(const std::vector<std::string>& ids, int requirement,
                      const framework::Framework& framework) {
    for (const auto& id : ids) {
        if (framework.former_requirement(id) == nullptr) continue;
        const auto successors = framework.requirements_for(id);
        if (std::find(successors.begin(), successors.end(), requirement) != successors.end()) return id;
    }
    return {};
}

void put_in_order(std::vector<Rules::Give>& gives) {
    std::sort(gives.begin(), gives.end(), [](const Rules::Give& a, const Rules::Give& b) {
        const auto key = [](const Rules::Give& g) {
            return std::tuple(g.requirement, g.via >= 0, !g.same_level, g.via);
        };
        return key(a) < key(b);
    });
    // Of one way that is both an equivalence and an implication, the equivalence came first.
    const auto same = [](const Rules::Give& a, const Rules::Give& b) {
        return a.requirement == b.requirement && a.via == b.via;
    };
    gives.erase(std::unique(gives.begin(), gives.end(), same), gives.end());
}

}  // namespace capbridge::competency
