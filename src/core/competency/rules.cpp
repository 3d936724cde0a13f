// Rules: one consistent version of framework, mappings, policy and deployments, put in order so that a fold
// looks nothing up by name but the activity.
#include <algorithm>
#include <tuple>

#include "core/competency/mapping.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

constexpr int evidence_kinds = 5;

const framework::Requirement& at(const framework::Framework& f, int index) {
    return f.requirements[static_cast<std::size_t>(index)];
}

std::vector<int> claimed(const Mapping& mapping, const framework::Framework& f) {
    std::vector<int> out;
    for (const auto& claim : mapping.claims) {
        if (!claim.requirement.empty()) {
            out.push_back(f.requirement_index(claim.requirement));
            continue;
        }
        for (const int index : f.topic_requirements(claim.topic)) {
            if (at(f, index).level == claim.level && !claim.level.empty()) out.push_back(index);
        }
    }
    // A product's training gives product-specific items and no others, and only it does. Files are checked
    // for this; a version that an older check let through must not get round it.
    const bool product = !mapping.product.empty();
    std::erase_if(out, [&](int index) { return index < 0 || is_product_specific(at(f, index)) != product; });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace

Rules::Rules(framework::Framework its_framework, std::vector<MappingSet> its_mappings, Policy its_policy,
             std::vector<Deployment> its_deployments)
    : framework(std::move(its_framework)),
      mappings(std::move(its_mappings)),
      policy(std::move(its_policy)),
      deployments(std::move(its_deployments)) {
    framework.index();
    std::sort(deployments.begin(), deployments.end(),
              [](const Deployment& a, const Deployment& b) { return a.id < b.id; });
    for (const auto& requirement : framework.requirements) {
        unsigned mask = 0;
        for (int kind = 0; kind < evidence_kinds; ++kind) {
            if (allows(static_cast<EvidenceKind>(kind), requirement)) mask |= 1U << kind;
        }
        allowed_.push_back(static_cast<std::uint8_t>(mask));
    }
    for (const auto& set : mappings) {
        if (set.framework != framework.id) continue;  // claims about another framework give nothing here
        for (const auto& mapping : set.mappings) {
            const auto item = std::find_if(set.items.begin(), set.items.end(), [&](const LearningItem& i) {
                return i.id == mapping.learning_item;
            });
            if (item == set.items.end()) continue;
            const auto use = make_use(set, mapping, *item);
            for (const auto& activity : item->activities) by_activity_[activity].push_back(use);
        }
    }
    find_ways();
}

Rules::Use Rules::make_use(const MappingSet& set, const Mapping& mapping, const LearningItem& item) const {
    Use use;
    use.set = &set;
    use.mapping = &mapping;
    use.item = &item;
    use.requirements = claimed(mapping, framework);
    use.ref = set.id + "@" + set.version + "/" + mapping.id;
    if (use.is_product()) {
        for (std::size_t i = 0; i < deployments.size(); ++i) {
            const auto& d = deployments[i];
            if (d.product == mapping.product &&
                (mapping.product_version.empty() || d.version == mapping.product_version)) {
                use.deployments.push_back(static_cast<int>(i));
            }
        }
    }
    for (const int from : use.requirements) {
        use.gives.push_back({from, -1, true});
        for (const int to : framework.topic_requirements(at(framework, from).topic)) {
            if (to == from || !framework.implies(at(framework, from), at(framework, to))) continue;
            if (is_product_specific(at(framework, to)) != use.is_product()) continue;
            use.gives.push_back({to, from, at(framework, from).level == at(framework, to).level});
        }
    }
    std::sort(use.gives.begin(), use.gives.end(), [](const Use::Give& a, const Use::Give& b) {
        const auto key = [](const Use::Give& g) {
            return std::tuple(g.requirement, g.via >= 0, !g.same_level, g.via);
        };
        return key(a) < key(b);
    });
    return use;
}

void Rules::find_ways() {
    ways_.assign(framework.requirements.size(), {});
    for (const auto& [activity, list] : by_activity_) {
        for (const auto& use : list) by_ref_.try_emplace(use.ref, &use);
    }
    for (const auto& [ref, use] : by_ref_) {  // by ref: an item with three activities is one way, not three
        int last = -1;
        for (const auto& give : use->gives) {
            const int claim = give.via < 0 ? give.requirement : give.via;
            if (give.requirement == last || !allows(use->kind_needed(), claim)) continue;
            ways_[static_cast<std::size_t>(give.requirement)].push_back(use);
            last = give.requirement;
        }
    }
    const auto key = [](const Use* use) {
        const int minutes = use->item->minutes;
        return std::tuple(minutes == 0, minutes, std::cref(use->item->title), std::cref(use->ref));
    };
    for (auto& list : ways_) {
        std::sort(list.begin(), list.end(), [&](const Use* a, const Use* b) {
            const auto [ua, ma, ta, ra] = key(a);
            const auto [ub, mb, tb, rb] = key(b);
            if (ua != ub) return ub;
            if (ma != mb) return ma < mb;
            if (ta.get() != tb.get()) return ta.get() < tb.get();
            return ra.get() < rb.get();
        });
    }
}

const std::vector<Rules::Use>& Rules::uses_of(std::string_view activity) const {
    static const std::vector<Use> none;
    const auto it = by_activity_.find(activity);
    return it == by_activity_.end() ? none : it->second;
}

bool Rules::allows(EvidenceKind kind, const framework::Requirement& requirement) const {
    return within_cap(policy, kind, framework, requirement);
}

bool Rules::gives_in(const Use& use, int requirement, std::string_view context) const {
    if (!is_product_specific(at(framework, requirement))) return context.empty();
    return std::any_of(use.deployments.begin(), use.deployments.end(),
                       [&](int d) { return deployments[static_cast<std::size_t>(d)].id == context; });
}

bool Rules::reachable(int requirement, std::string_view context, Day day) const {
    const auto& ways = ways_to(requirement);
    return std::any_of(ways.begin(), ways.end(), [&](const Use* use) {
        return use->open_on(day) && gives_in(*use, requirement, context);
    });
}

std::vector<const Rules::Use*> Rules::ways_to(int requirement, std::string_view context, Day day) const {
    auto ways = ways_to(requirement);
    std::erase_if(
        ways, [&](const Use* use) { return !use->open_on(day) || !gives_in(*use, requirement, context); });
    return ways;
}

int Rules::deployment_index(std::string_view id) const {
    for (std::size_t i = 0; i < deployments.size(); ++i) {
        if (deployments[i].id == id) return static_cast<int>(i);
    }
    return -1;
}

const Rules::Use* Rules::use_of_ref(std::string_view mapping_ref) const {
    const auto it = by_ref_.find(mapping_ref);
    return it == by_ref_.end() ? nullptr : it->second;
}

std::string Rules::version_text() const {
    std::string out = framework.id + "@" + framework.version;
    for (const auto& set : mappings) out += " " + set.id + "@" + set.version;
    return out + " " + policy.id + "@" + policy.version;
}

}  // namespace capbridge::competency
