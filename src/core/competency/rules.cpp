#include "core/competency/rules.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/base/ids.hpp"
#include "core/competency/claims.hpp"
#include "core/competency/words.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::competency {
namespace {

unsigned bit_of(const Claiming& claiming) {
    return 1U << (static_cast<unsigned>(claiming.kind) * 2 + (claiming.lead ? 1U : 0U));
}

template <class List>
void by_id(List& list) {
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}
template <class List>
const typename List::value_type* find_id(const List& list, std::string_view id) {
    const auto it = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.id == id; });
    return it == list.end() ? nullptr : &*it;
}

bool contains(const std::vector<std::string>& sorted, std::string_view text) {
    return std::binary_search(sorted.begin(), sorted.end(), text, std::less<>());
}
bool is_among(const std::vector<std::string>& list, std::string_view text) {
    return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
}

const framework::Requirement& at(const framework::Framework& f, int index) {
    return f.requirements[static_cast<std::size_t>(index)];
}

Claims claimed(const Mapping& mapping, const framework::Framework& f) {
    std::vector<std::string> ids;
    for (const auto& claim : mapping.claims) {
        if (!claim.requirement.empty()) {
            ids.push_back(claim.requirement);
            continue;
        }
        for (const int index : f.topic_requirements(claim.topic)) {
            if (at(f, index).level == claim.level && !claim.level.empty()) ids.push_back(at(f, index).id);
        }
    }
    auto out = claims_of(ids, f);
    // A product's training gives product-specific items and no others, and only it does. Files are checked
    // for this; a version that an older check let through must not get round it.
    const bool product = !mapping.product.empty();
    for (auto* list : {&out.direct, &out.replaced})
        std::erase_if(*list, [&](int index) { return is_product_specific(at(f, index)) != product; });
    return out;
}

// Which the framework calls equivalent, whichever of the two says so.
std::vector<int> equivalents(const framework::Framework& f, int index) {
    const auto names = [](const framework::Requirement& r, const std::string& id) {
        return std::find(r.equivalent_to.begin(), r.equivalent_to.end(), id) != r.equivalent_to.end();
    };
    const auto& one = at(f, index);
    std::vector<int> out;
    for (std::size_t i = 0; i < f.requirements.size(); ++i) {
        const auto& other = f.requirements[i];
        if (static_cast<int>(i) == index || is_product_specific(other) != is_product_specific(one)) continue;
        if (names(one, other.id) || names(other, one.id)) out.push_back(static_cast<int>(i));
    }
    return out;
}

// By uuid, or by an identifier as SCHEME:ISSUER:VALUE.
bool is_named(const people::Person& person, const std::string& text) {
    if (text.empty()) return false;
    if (text == person.id || (is_uuid(text) && lower_uuid(text) == person.id)) return true;
    const auto named = people::identifier_from_text(text);
    return named && std::any_of(person.identifiers.begin(), person.identifiers.end(), [&](const auto& i) {
               return people::identifier_key(i) == people::identifier_key(*named);
           });
}

}  // namespace

Rules::Rules(Rulebook book) : Rulebook(std::move(book)) {
    framework.index();
    by_id(deployments);
    by_id(products);
    by_id(assessors);
    by_id(teams);
    find_allowed();
    find_places();
    for (const auto& set : mappings) {
        if (set.framework != framework.id) continue;  // claims about another framework give nothing here
        for (const auto& mapping : set.mappings) {
            const auto* item = find_id(set.items, mapping.learning_item);
            if (item == nullptr) continue;
            const auto use = make_use(set, mapping, *item);
            for (const auto& activity : item->activities) by_activity_[activity].push_back(use);
        }
    }
    find_ways();
}

void Rules::find_allowed() {
    const auto masks_of = [&](std::string_view method) {
        Masks out;
        for (const auto& requirement : framework.requirements) {
            unsigned mask = 0;
            for (const auto kind : {EvidenceKind::completed, EvidenceKind::passed, EvidenceKind::observed,
                                    EvidenceKind::attested, EvidenceKind::self}) {
                for (const bool lead : {false, true}) {
                    const Claiming claiming{kind, lead, method};
                    if (within_cap(policy, claiming, framework, requirement)) mask |= bit_of(claiming);
                }
            }
            out.push_back(static_cast<std::uint16_t>(mask));
        }
        return out;
    };
    allowed_ = masks_of("");
    for (const auto& requirement : framework.requirements) {
        const auto own = policy.valid_for.find(requirement.tier);
        valid_for_.push_back(own == policy.valid_for.end() ? std::nullopt : std::optional(own->second));
    }
    for (const auto& [method, cap] : policy.by_method) allowed_by_method_[method] = masks_of(method);
}

void Rules::find_places() {
    const auto with_all_below = [&](const std::vector<std::string>& names) {
        std::vector<std::string> out;
        for (const auto& name : names) {
            auto below = units.with_descendants(name);
            out.insert(out.end(), below.begin(), below.end());
            out.push_back(name);
        }
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
        return out;
    };
    for (const auto& d : deployments)
        deployment_units_.push_back(with_all_below(d.units.empty() ? std::vector{d.unit} : d.units));
    for (const auto& a : assessors) assessor_units_.push_back(with_all_below(a.units));
}

// The version that the mapping is about; and, for the days of grace, what came after it in the same unit.
std::vector<Rules::Reach> Rules::reaches(const Mapping& mapping) const {
    std::vector<Reach> out;
    for (std::size_t i = 0; i < deployments.size(); ++i) {
        const auto& d = deployments[i];
        const auto* product = product_of(static_cast<int>(i));
        const bool named =
            d.product == mapping.product ||
            (product != nullptr && (product->id == mapping.product || product->name == mapping.product));
        if (!named) continue;
        if (mapping.product_version.empty() || d.version == mapping.product_version) {
            out.push_back({static_cast<int>(i), {}});
            continue;
        }
        if (!policy.product_grace || !d.go_live) continue;
        const bool follows =
            std::any_of(deployments.begin(), deployments.end(), [&](const Deployment& before) {
                return before.product == d.product && before.unit == d.unit &&
                       before.version == mapping.product_version && before.go_live &&
                       *before.go_live < *d.go_live;
            });
        if (follows) out.push_back({static_cast<int>(i), add(*d.go_live, *policy.product_grace)});
    }
    return out;
}

Rules::Use Rules::make_use(const MappingSet& set, const Mapping& mapping, const LearningItem& item) const {
    Use use;
    use.set = &set;
    use.mapping = &mapping;
    use.item = &item;
    const auto claims = claimed(mapping, framework);
    use.requirements = claims.all();
    use.ref = set.id + "@" + set.version + "/" + mapping.id;
    if (use.is_product()) use.deployments = reaches(mapping);
    use.gives = competency::gives_of(claims, *this);
    return use;
}

std::vector<Rules::Give> Rules::gives_of(std::vector<int> requirements) const {
    std::sort(requirements.begin(), requirements.end());
    requirements.erase(std::unique(requirements.begin(), requirements.end()), requirements.end());
    std::vector<Give> out;
    const auto give_along_topic = [&](int from, int of) {
        const auto& claim = at(framework, of);
        for (const int to : framework.topic_requirements(claim.topic)) {
            if (to == of || to == from || !framework.implies(claim, at(framework, to))) continue;
            if (is_product_specific(at(framework, to)) != is_product_specific(claim)) continue;
            out.push_back({to, from, of == from && claim.level == at(framework, to).level});
        }
    };
    for (const int from : requirements) {
        out.push_back({from, -1, true});
        give_along_topic(from, from);
        for (const int other : equivalents(framework, from)) {
            out.push_back({other, from, true});
            give_along_topic(from, other);
        }
    }
    put_in_order(out);
    return out;
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
            if (give.requirement == last || !allows({use->kind_needed(), false, use->mapping->method}, claim))
                continue;
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

bool Rules::allows(const Claiming& claiming, int requirement) const {
    const auto* masks = &allowed_;
    if (!allowed_by_method_.empty() && !claiming.method.empty()) {
        if (const auto it = allowed_by_method_.find(claiming.method); it != allowed_by_method_.end())
            masks = &it->second;
    }
    return ((*masks)[static_cast<std::size_t>(requirement)] & bit_of(claiming)) != 0;
}

bool Rules::gives_in(const Use& use, int requirement, std::string_view context, Day day) const {
    if (!is_product_specific(at(framework, requirement))) return context.empty();
    return std::any_of(use.deployments.begin(), use.deployments.end(), [&](const Reach& reach) {
        return deployments[static_cast<std::size_t>(reach.deployment)].id == context &&
               (!reach.until || day <= *reach.until);
    });
}

bool Rules::reachable(int requirement, std::string_view context, Day day) const {
    const auto& ways = ways_to(requirement);
    return std::any_of(ways.begin(), ways.end(), [&](const Use* use) {
        return use->open_on(day) && gives_in(*use, requirement, context, day);
    });
}

std::string_view Rules::silent_source(int requirement, std::string_view context, Day day) const {
    if (doubt.silent.empty()) return {};
    for (const auto* way : ways_to(requirement, context, day)) {
        for (const auto& activity : way->item->activities) {
            if (const auto found = doubt.silent.find(activity); found != doubt.silent.end())
                return found->second;
        }
    }
    return {};
}

std::vector<const Rules::Use*> Rules::ways_to(int requirement, std::string_view context, Day day) const {
    auto ways = ways_to(requirement);
    std::erase_if(ways, [&](const Use* use) {
        return !use->open_on(day) || !gives_in(*use, requirement, context, day);
    });
    return ways;
}

int Rules::deployment_index(std::string_view id) const {
    const auto* found = find_id(deployments, id);
    return found == nullptr ? -1 : static_cast<int>(found - deployments.data());
}

const Product* Rules::product_of(int deployment) const {
    const auto& named = deployments[static_cast<std::size_t>(deployment)].product;
    const auto it = std::find_if(products.begin(), products.end(),
                                 [&](const Product& p) { return p.id == named || p.name == named; });
    return it == products.end() ? nullptr : &*it;
}

const Assessor* Rules::assessor(std::string_view id) const {
    return find_id(assessors, id);
}
const Team* Rules::team(std::string_view id) const {
    return find_id(teams, id);
}

bool Rules::works_with(const people::Person& person, int deployment, std::optional<Day> day) const {
    const auto index = static_cast<std::size_t>(deployment);
    const auto& d = deployments[index];
    bool added = false;
    for (const auto& use : person.uses) {
        if (use.deployment != d.id || (day && !use.valid_on(*day))) continue;
        if (use.works_with) {
            added = true;
        } else if (day) {
            return false;  // taken out by name
        }
    }
    return added ||
           std::any_of(
               person.employments.begin(), person.employments.end(), [&](const people::Employment& e) {
                   return (!day || e.current_on(*day)) && contains(deployment_units_[index], e.unit) &&
                          is_among(d.staff_groups, e.staff_group) && is_among(d.job_roles, e.job_role);
               });
}

std::string_view Rules::assessor_refused(std::string_view id, const people::Person& person, int requirement,
                                         Day day) const {
    const auto* who = assessor(id);
    if (who == nullptr) return "assessor_unknown";
    if (!who->registered_on(day)) return "assessor_not_registered";
    if (is_named(person, who->person)) return "assessor_is_the_person";
    const auto& names = assessor_units_[static_cast<std::size_t>(who - assessors.data())];
    const bool works_there =
        names.empty() ||
        std::any_of(person.employments.begin(), person.employments.end(), [&](const people::Employment& e) {
            return e.current_on(day) && contains(names, e.unit);
        });
    if (!works_there) return "assessor_not_for_unit";
    const auto& r = at(framework, requirement);
    const bool its_archetype =
        who->archetypes.empty() || std::any_of(r.archetypes.begin(), r.archetypes.end(),
                                               [&](const auto& a) { return is_among(who->archetypes, a); });
    if (!its_archetype || !is_among(who->factors, r.factor)) return "assessor_not_for_item";
    return "";
}

const Rules::Use* Rules::use_of_ref(std::string_view mapping_ref) const {
    const auto it = by_ref_.find(mapping_ref);
    return it == by_ref_.end() ? nullptr : it->second;
}

std::string Rules::version_text() const {
    std::string out = framework.id + "@" + framework.version;
    for (const auto& set : mappings) out += " " + set.id + "@" + set.version;
    return out + " " + policy.id + "@" + policy.version + " profile:" + profile.id + "@" + profile.version;
}

std::string Rules::fold_text() const {
    std::string places;
    const auto put = [&](const std::vector<std::string>& list) {
        for (const auto& text : list) places += text + "\n";
        places += "\n";
    };
    const auto put_day = [&](const std::optional<Day>& day) {
        places += day ? format_day(*day) + "\n" : "-\n";
    };
    for (std::size_t i = 0; i < deployments.size(); ++i) {
        const auto& d = deployments[i];
        put({d.id, d.product, d.version, d.unit});
        put_day(d.go_live);
        put(deployment_units_[i]);
        put(d.staff_groups);
        put(d.job_roles);
        if (const auto* product = product_of(static_cast<int>(i))) put({product->id, product->name});
    }
    for (std::size_t i = 0; i < assessors.size(); ++i) {
        const auto& a = assessors[i];
        put({a.id, a.lead ? "lead" : "", a.person});
        put(assessor_units_[i]);
        put(a.factors);
        put(a.archetypes);
        put_day(a.from);
        put_day(a.to);
    }
    std::string out = framework.id + "@" + framework.version;
    for (const auto& set : mappings) out += " " + set.id + "@" + set.version;
    return out + " " + policy.id + "@" + policy.version + " " + sha256_hex(digest + places).substr(0, 12);
}

}  // namespace capbridge::competency
