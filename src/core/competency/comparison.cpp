#include "core/competency/comparison.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/competency/cells.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

struct Counts {
    std::size_t people = 0;  // who change
    std::size_t gained = 0, lost = 0, longer = 0, shorter = 0, asked = 0, unasked = 0, closed = 0, opened = 0;

    [[nodiscard]] bool changes() const {
        return gained + lost + longer + shorter + asked + unasked + closed + opened > 0;
    }
    void add(const Counts& other) {
        for (auto member :
             {&Counts::people, &Counts::gained, &Counts::lost, &Counts::longer, &Counts::shorter,
              &Counts::asked, &Counts::unasked, &Counts::closed, &Counts::opened})
            this->*member += other.*member;
    }
    void write(ordered_json& out) const {
        out["gained"] = gained;
        out["lost"] = lost;
        out["valid_longer"] = longer;
        out["valid_shorter"] = shorter;
        out["newly_asked"] = asked;
        out["no_longer_asked"] = unasked;
        out["gaps_closed"] = closed;
        out["gaps_opened"] = opened;
    }
};

using Reasons = std::array<std::size_t, reason_count>;

ordered_json reasons_json(const Reasons& reasons) {
    ordered_json out = ordered_json::object();
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (reasons[i] > 0) out[std::string(text(static_cast<Reason>(i)))] = reasons[i];
    }
    return out;
}

// One of the two sets of rules, with what a person is by it.
class Side {
public:
    Side(const Rules& rules, Day as_of) : rules_(rules), states_(rules, as_of), demands_(rules, as_of) {}

    void load(const PersonFacts& person) {
        person_ = &person;
        plan_ = &demands_.of(person.person, person.assignments);
    }
    // False: these rules know no such context.
    bool load(const std::string& context) {
        const int deployment = context.empty() ? -1 : rules_.deployment_index(context);
        known_ = context.empty() || deployment >= 0;
        if (!known_) return false;
        states_.load(*person_, context);
        asked_ = &asked_in(deployment);
        return true;
    }
    [[nodiscard]] bool holds(int requirement) const {
        return known_ && requirement >= 0 && states_.at(requirement).holds();
    }
    [[nodiscard]] bool asks(int requirement) const {
        return known_ && requirement >= 0 && (*asked_)[static_cast<std::size_t>(requirement)] &&
               !states_.is_exempt(requirement);
    }
    [[nodiscard]] std::optional<Day> until(int requirement) const { return states_.at(requirement).until; }
    // Of what these rules do not know: nothing could give it.
    [[nodiscard]] Reason reason(int requirement) const {
        return known_ && requirement >= 0 ? states_.at(requirement).reason : Reason::no_learning_exists;
    }
    void add_contexts(std::set<std::string>& into) const {
        for (const auto& record : person_->records) into.insert(record.context);
        for (const int d : plan_->deployments)
            into.insert(rules_.deployments[static_cast<std::size_t>(d)].id);
    }
    // Something of it is asked, and all that is asked is held. Of the context "".
    [[nodiscard]] bool foundation_is_complete() const {
        std::size_t due = 0, met = 0;
        for (const auto& item : plan_->items) {
            if (item.deployment >= 0 || item.archetype >= 0 || !is_due(item.demand)) continue;
            if (states_.is_exempt(item.requirement)) continue;
            ++due;
            met += states_.at(item.requirement).holds() ? 1 : 0;
        }
        return due > 0 && met == due;
    }

private:
    static bool is_due(Demand demand) { return demand == Demand::required || demand == Demand::collective; }

    // By requirement; people alike share a plan.
    const std::vector<bool>& asked_in(int deployment) {
        auto& list = asked_by_plan_[{plan_, deployment}];
        if (list.empty()) {
            list.resize(rules_.framework.requirements.size());
            for (const auto& item : plan_->items) {
                if (item.deployment == deployment && is_due(item.demand))
                    list[static_cast<std::size_t>(item.requirement)] = true;
            }
        }
        return list;
    }

    const Rules& rules_;
    States states_;
    Demands demands_;
    const PersonFacts* person_ = nullptr;
    const DemandPlan* plan_ = nullptr;
    const std::vector<bool>* asked_ = nullptr;
    bool known_ = false;
    std::map<std::pair<const DemandPlan*, int>, std::vector<bool>> asked_by_plan_;
};

// A requirement as each side knows it; -1: it does not.
struct Item {
    int before, after;
    std::string tier, archetype, factor;  // archetype "" unless advanced; factor: a product's group
};

std::vector<Item> items_of(const framework::Framework& before, const framework::Framework& after) {
    std::vector<Item> out;
    const auto add = [&](int b, int a) {
        const auto& r = a >= 0 ? after.requirements[static_cast<std::size_t>(a)]
                               : before.requirements[static_cast<std::size_t>(b)];
        const bool advanced = r.tier == advanced_tier && !r.archetypes.empty();
        out.push_back({b, a, r.tier, advanced ? r.archetypes.front() : std::string(),
                       r.factor.empty() ? r.group : r.factor});
    };
    std::vector<bool> taken(after.requirements.size(), false);
    for (std::size_t b = 0; b < before.requirements.size(); ++b) {
        const auto now = after.requirements_for(before.requirements[b].id);
        const bool same = now.size() == 1 && !taken[static_cast<std::size_t>(now.front())];
        if (same) taken[static_cast<std::size_t>(now.front())] = true;
        add(static_cast<int>(b), same ? now.front() : -1);
    }
    for (std::size_t a = 0; a < taken.size(); ++a) {
        if (!taken[a]) add(-1, static_cast<int>(a));
    }
    return out;
}

ordered_json or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

}  // namespace

struct Comparison::Impl {
    Impl(const Rules& b, const Rules& a, Day day, ComparisonLimits limit)
        : before_rules(b),
          after_rules(a),
          as_of(day),
          limits(limit),
          before(b, day),
          after(a, day),
          items(items_of(b.framework, a.framework)) {}

    // What one person comes to.
    struct One {
        Counts all;
        std::map<std::size_t, Counts> by_item;  // position in items; what differs only
        ordered_json gained = ordered_json::array(), lost = ordered_json::array();
        bool complete_before = false, complete_after = false;
    };

    void compare(One& one, const std::string& context) {
        const bool known_before = before.load(context), known_after = after.load(context);
        if (context.empty()) {
            one.complete_before = before.foundation_is_complete();
            one.complete_after = after.foundation_is_complete();
        }
        if (!known_before && !known_after) return;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto& item = items[i];
            const bool held = before.holds(item.before), holds = after.holds(item.after);
            const bool asked = before.asks(item.before), asks = after.asks(item.after);
            Counts c;
            c.gained = !held && holds ? 1 : 0;
            c.lost = held && !holds ? 1 : 0;
            c.asked = !asked && asks ? 1 : 0;
            c.unasked = asked && !asks ? 1 : 0;
            const bool gap_before = asked && !held, gap_after = asks && !holds;
            c.closed = gap_before && !gap_after ? 1 : 0;
            c.opened = !gap_before && gap_after ? 1 : 0;
            if (held && holds) {
                const auto then = before.until(item.before), now = after.until(item.after);
                const bool longer = then && (!now || *now > *then), shorter = now && (!then || *now < *then);
                c.longer = longer ? 1 : 0;
                c.shorter = shorter ? 1 : 0;
            }
            if (!c.changes()) continue;
            one.all.add(c);
            one.by_item[i].add(c);
            if (c.gained + c.lost == 0) continue;
            const auto reason = after.reason(item.after);  // how it is held now, or why it is not
            auto& items_told = c.gained > 0 ? one.gained : one.lost;
            ++(c.gained > 0 ? reasons_gained : reasons_lost)[static_cast<std::size_t>(reason)];
            if (items_told.size() >= limits.items_of_a_person) continue;
            items_told.push_back(
                {{"requirement", id_of(item)}, {"context", or_null(context)}, {"reason", text(reason)}});
        }
    }

    [[nodiscard]] const std::string& id_of(const Item& item) const {
        return item.after >= 0
                   ? after_rules.framework.requirements[static_cast<std::size_t>(item.after)].id
                   : before_rules.framework.requirements[static_cast<std::size_t>(item.before)].id;
    }

    void add(const PersonFacts& b, const PersonFacts& a) {
        ++total;
        before.load(b);
        after.load(a);
        std::set<std::string> contexts{""};
        before.add_contexts(contexts);
        after.add_contexts(contexts);
        One one;
        for (const auto& context : contexts) compare(one, context);
        complete_before += one.complete_before ? 1 : 0;
        complete_after += one.complete_after ? 1 : 0;
        if (one.complete_before != one.complete_after) count_foundation(one, a.person.id);
        if (!one.all.changes()) return;
        one.all.people = 1;
        all.add(one.all);
        gaining += one.all.gained + one.all.closed > 0 ? 1 : 0;
        losing += one.all.lost + one.all.opened > 0 ? 1 : 0;
        std::set<std::string> units;
        for (const auto& e : a.person.employments) {
            if ((!e.from || *e.from <= as_of) && (!e.to || as_of <= *e.to)) units.insert(e.unit);
        }
        if (units.empty()) units.insert("");
        for (const auto& unit : units) by_unit[unit].add(one.all);
        std::map<std::pair<std::string, std::string>, Counts> archetypes;
        std::map<std::string, Counts> factors;
        for (const auto& [i, counts] : one.by_item) {
            archetypes[{items[i].tier, items[i].archetype}].add(counts);
            factors[items[i].factor].add(counts);
        }
        for (auto& [key, counts] : archetypes) {
            counts.people = 1;
            by_archetype[key].add(counts);
        }
        for (auto& [key, counts] : factors) {
            counts.people = 1;
            by_factor[key].add(counts);
        }
        if (list.size() >= limits.people) return;
        ordered_json entry{{"person", a.person.id}};
        one.all.write(entry);
        entry["foundation"] = {{"before", one.complete_before}, {"after", one.complete_after}};
        entry["gained_items"] = std::move(one.gained);
        entry["lost_items"] = std::move(one.lost);
        list.push_back(std::move(entry));
    }

    void count_foundation(const One& one, const std::string& person) {
        if (one.complete_after) {
            ++foundation_gained;
            return;
        }
        ++foundation_lost;
        if (lost_people.size() < limits.people) lost_people.push_back(person);
    }

    const Rules& before_rules;
    const Rules& after_rules;
    Day as_of;
    ComparisonLimits limits;
    Side before, after;
    std::vector<Item> items;

    std::size_t total = 0, gaining = 0, losing = 0;
    Counts all;
    Reasons reasons_gained{}, reasons_lost{};
    std::size_t complete_before = 0, complete_after = 0, foundation_gained = 0, foundation_lost = 0;
    std::vector<std::string> lost_people;
    std::map<std::string, Counts> by_unit, by_factor;
    std::map<std::pair<std::string, std::string>, Counts> by_archetype;  // tier, archetype
    std::vector<ordered_json> list;
};

Comparison::Comparison(const Rules& before, const Rules& after, Day as_of, ComparisonLimits limits)
    : impl_(std::make_unique<Impl>(before, after, as_of, limits)) {}
Comparison::Comparison(Comparison&&) noexcept = default;
Comparison::~Comparison() = default;

void Comparison::add(const PersonFacts& before, const PersonFacts& after) {
    impl_->add(before, after);
}

void Comparison::merge(Comparison&& other) {
    auto& i = *impl_;
    auto& o = *other.impl_;
    i.total += o.total;
    i.gaining += o.gaining;
    i.losing += o.losing;
    i.all.add(o.all);
    for (std::size_t r = 0; r < reason_count; ++r) {
        i.reasons_gained[r] += o.reasons_gained[r];
        i.reasons_lost[r] += o.reasons_lost[r];
    }
    i.complete_before += o.complete_before;
    i.complete_after += o.complete_after;
    i.foundation_gained += o.foundation_gained;
    i.foundation_lost += o.foundation_lost;
    for (const auto& [key, counts] : o.by_unit) i.by_unit[key].add(counts);
    for (const auto& [key, counts] : o.by_factor) i.by_factor[key].add(counts);
    for (const auto& [key, counts] : o.by_archetype) i.by_archetype[key].add(counts);
    for (auto& person : o.lost_people) {
        if (i.lost_people.size() < i.limits.people) i.lost_people.push_back(std::move(person));
    }
    for (auto& entry : o.list) {
        if (i.list.size() < i.limits.people) i.list.push_back(std::move(entry));
    }
}

ordered_json Comparison::finish() const {
    const auto& i = *impl_;
    ordered_json out{
        {"as_of", format_day(i.as_of)},
        {"before", i.before_rules.version_text()},
        {"after", i.after_rules.version_text()},
        {"people",
         {{"total", i.total}, {"changed", i.all.people}, {"gaining", i.gaining}, {"losing", i.losing}}},
        {"items",
         {{"gained", i.all.gained},
          {"lost", i.all.lost},
          {"valid_longer", i.all.longer},
          {"valid_shorter", i.all.shorter},
          {"newly_asked", i.all.asked},
          {"no_longer_asked", i.all.unasked}}},
        {"gaps", {{"closed", i.all.closed}, {"opened", i.all.opened}}},
        {"reasons", {{"gained", reasons_json(i.reasons_gained)}, {"lost", reasons_json(i.reasons_lost)}}},
        {"foundation",
         {{"complete_before", i.complete_before},
          {"complete_after", i.complete_after},
          {"gained", i.foundation_gained},
          {"lost", i.foundation_lost},
          {"lost_people", i.lost_people}}}};
    const auto row = [](ordered_json& list, ordered_json entry, const Counts& counts) {
        entry["people"] = counts.people;
        counts.write(entry);
        list.push_back(std::move(entry));
    };
    for (const char* name : {"by_unit", "by_archetype", "by_factor"}) out[name] = ordered_json::array();
    for (const auto& [unit, counts] : i.by_unit) row(out["by_unit"], {{"unit", or_null(unit)}}, counts);
    for (const auto& [key, counts] : i.by_archetype)
        row(out["by_archetype"], {{"tier", key.first}, {"archetype", or_null(key.second)}}, counts);
    for (const auto& [factor, counts] : i.by_factor)
        row(out["by_factor"], {{"factor_or_group", or_null(factor)}}, counts);
    out["list"] = i.list;
    out["listed_of"] = i.all.people;
    return out;
}

}  // namespace capbridge::competency
