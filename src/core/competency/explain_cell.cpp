// Why a cell is as it is, for how many, and what would help: the counts of the cell in sentences, then its
// items, those that most people lack first.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/explain.hpp"
#include "core/competency/roles.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

// A cell's reason as a sentence that follows "In 12 of 40 cases: ".
struct Told {
    Reason reason;
    const char* kind;  // of the step
    const char* says;
};
constexpr Told told[] = {
    {Reason::met_direct, "statement", "the item is met by learning mapped to it"},
    {Reason::met_attested, "statement", "the item is met because an assessor vouches for it"},
    {Reason::met_equivalent, "implication",
     "the item is met by the same topic at the same level in another table"},
    {Reason::met_implied, "implication", "the item is met by a higher level of the same topic"},
    {Reason::no_learning_exists, "mapping", "no learning that is mapped could give the item"},
    {Reason::not_attempted, "statement", "learning for the item exists and has not been taken up"},
    {Reason::unmapped_only, "mapping", "the person has learning on record, none of it known to a mapping"},
    {Reason::in_progress, "statement", "learning was begun, failed, or scored too low"},
    {Reason::capped, "cap", "there is evidence, but of a kind that may not claim the level of the item"},
    {Reason::expired, "statement", "the item was met and has run out"},
    {Reason::contradicted, "statement", "the item was met and then failed"},
    {Reason::revoked, "statement", "what gave the item has been voided"},
};

bool is_met(Reason reason) {
    return reason == Reason::met_direct || reason == Reason::met_attested ||
           reason == Reason::met_equivalent || reason == Reason::met_implied;
}

}  // namespace

struct CellExplainer::Impl {
    Impl(const Rules& its_rules, Question its_question, CellPlace its_place)
        : rules(its_rules),
          question(std::move(its_question)),
          place(std::move(its_place)),
          plan(rules, question.as_of),
          states(rules, question.as_of),
          wanted(rules.framework.archetype_index(place.archetype)),
          scope_archetype(rules.framework.archetype_index(question.scope.archetype)) {
        const auto cell = place.is_product() ? product_cell() : factor_cell();
        if (!cell) {
            refusal = cell.error();
            return;
        }
        count.emplace(rules, **cell);
        by_item.resize((*cell)->items.size());
    }

    Result<const Cell*> factor_cell() const;
    Result<const Cell*> product_cell();
    bool is_asked(const PersonFacts& person) const;
    void add(const PersonFacts& person);
    std::string asked_words() const;
    Reason main_reason() const;
    ordered_json steps() const;
    ordered_json missing() const;

    const Rules& rules;
    Question question;
    CellPlace place;
    CellPlan plan;
    States states;
    int wanted, scope_archetype, deployment = -1;
    std::optional<CellCount> count;  // absent: refused
    Error refusal;
    // The reasons of the cell, by its items: with items that people are to meet together, those that somebody
    // holds have no part in what is wrong.
    std::vector<std::array<std::size_t, reason_count>> by_item;
};

Result<const Cell*> CellExplainer::Impl::factor_cell() const {
    const auto& f = rules.framework;
    const int x = f.factor_index(place.factor);
    if (x < 0) {
        return fail(
            "not_found",
            "the framework " + f.id + " has no factor '" + place.factor + "'" + those_there_are(f.factors),
            "factor");
    }
    if (!place.archetype.empty() && wanted < 0) {
        return fail("not_found",
                    "the framework " + f.id + " has no archetype '" + place.archetype + "'" +
                        those_there_are(f.archetypes),
                    "archetype");
    }
    const auto at = static_cast<std::size_t>(x), row = static_cast<std::size_t>(wanted);
    if (place.archetype.empty()) {
        const auto* cell = &plan.foundation[at];
        if (!CellPlan::is_empty(*cell)) return cell;
        return fail("not_found", "nothing foundational is asked in the factor '" + place.factor + "'",
                    "factor");
    }
    if (plan.applies[row][at]) return &plan.advanced[row][at];
    return fail("not_found",
                "the factor '" + place.factor + "' does not apply to the archetype '" + place.archetype + "'",
                "factor");
}

Result<const Cell*> CellExplainer::Impl::product_cell() {
    const auto& f = rules.framework;
    deployment = rules.deployment_index(place.context);
    if (deployment < 0) {
        return fail("not_found",
                    "there is no deployment '" + place.context + "'" + those_there_are(rules.deployments),
                    "context");
    }
    for (std::size_t g = 0; g < f.groups.size(); ++g) {
        if (f.groups[g].id != place.group) continue;
        const auto* cell = &plan.products[static_cast<std::size_t>(deployment)][g];
        if (!CellPlan::is_empty(*cell)) return cell;
        return fail("not_found", "nothing is asked about a product in the group '" + place.group + "'",
                    "group");
    }
    return fail("not_found",
                "the framework " + f.id + " has no group '" + place.group + "'" + those_there_are(f.groups),
                "group");
}

// The same people as the matrix counts in this cell.
bool CellExplainer::Impl::is_asked(const PersonFacts& person) const {
    if (!question.scope.includes(person.person, question.as_of)) return false;
    const auto roles = roles_of(person.assignments, rules.framework, question.as_of);
    const auto is = [&](int a) {
        return std::find(roles.confirmed.begin(), roles.confirmed.end(), a) != roles.confirmed.end();
    };
    if (!question.scope.archetype.empty() && !is(scope_archetype)) return false;
    if (!place.is_product()) return place.archetype.empty() || is(wanted);
    const auto used = deployments_of(person.person, rules, question.as_of);
    return product_role(roles, rules.framework) >= 0 &&
           std::find(used.begin(), used.end(), deployment) != used.end();
}

void CellExplainer::Impl::add(const PersonFacts& person) {
    if (!count || !is_asked(person)) return;
    states.load(person, count->cell().context);
    count->add(states);
    for (std::size_t i = 0; i < by_item.size(); ++i) {
        ++by_item[i][static_cast<std::size_t>(states.at(count->cell().items[i]).reason)];
    }
}

// The commonest reason of the cases that decide the verdict: while something that is asked is lacking, of
// those that lack it; when nothing is, of those that are met. What people are to meet together is lacking
// when nobody holds it.
Reason CellExplainer::Impl::main_reason() const {
    const auto enough = count->cell().collective ? std::size_t{1} : count->people;
    const auto is_lacking = [&](std::size_t held) { return held < enough; };
    const bool lacking = std::any_of(count->held.begin(), count->held.end(), is_lacking);
    Reason best = Reason::not_attempted;
    std::size_t most = 0;
    for (const auto& line : told) {
        if (is_met(line.reason) == lacking) continue;
        std::size_t n = 0;
        for (std::size_t i = 0; i < by_item.size(); ++i) {
            if (!lacking || is_lacking(count->held[i]))
                n += by_item[i][static_cast<std::size_t>(line.reason)];
        }
        if (n > most) {
            most = n;
            best = line.reason;
        }
    }
    return best;
}

std::string CellExplainer::Impl::asked_words() const {
    const auto& cell = count->cell();
    std::string out;
    if (place.is_product()) {
        const auto& d = rules.deployments[static_cast<std::size_t>(deployment)];
        out = d.product + " " + d.version + " is in use in " + in_quotes(d.unit) +
              ": these items are asked of those who work there and are confirmed as its users. ";
    }
    out += count_of(count->people, "person");
    if (!place.archetype.empty() && !place.is_product()) {
        out += " of the archetype " + rules.framework.archetypes[static_cast<std::size_t>(wanted)].name;
    }
    out += " in scope, " + count_of(cell.items.size(), "item") + ": " + std::to_string(count->pairs()) +
           " cases of a person and an item. ";
    if (cell.collective) {
        const auto held = static_cast<std::size_t>(
            std::count_if(count->held.begin(), count->held.end(), [](std::size_t n) { return n > 0; }));
        out += "The items are to be met by the people together: " + std::to_string(held) + " of " +
               count_of(cell.items.size(), "item") + (held == 1 ? " is" : " are") + " held by somebody.";
    } else {
        out += "Every item is asked of each person.";
    }
    if (!cell.uncounted.empty()) {
        out += " " + count_of(cell.uncounted.size(), "further item") +
               " cannot count: the level is lost in the source.";
    }
    return out;
}

ordered_json CellExplainer::Impl::steps() const {
    ordered_json out = ordered_json::array();
    const auto pairs = std::to_string(count->pairs());
    out.push_back(step("demand", place.is_product() ? place.group : place.factor, asked_words()));
    for (const auto& line : told) {
        const auto n = count->reasons[static_cast<std::size_t>(line.reason)];
        if (n == 0) continue;
        out.push_back(step(line.kind, std::string(text(line.reason)),
                           "In " + std::to_string(n) + " of " + pairs + " cases: " + line.says + "."));
    }
    if (const auto soon = count->knowledge.expiring + count->skill.expiring; soon > 0) {
        out.push_back(step("statement", "expiring",
                           "In " + std::to_string(soon) +
                               " of the cases that are met, the item runs out within " +
                               count_of(static_cast<std::size_t>(rules.policy.amber_days), "day") +
                               ", the first on " + format_day(*count->next_expiry) + "."));
    }
    return out;
}

ordered_json CellExplainer::Impl::missing() const {
    const auto& cell = count->cell();
    std::vector<std::size_t> order(cell.items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return count->held[a] < count->held[b]; });
    ordered_json out = ordered_json::array();
    for (const auto i : order) {
        const auto lacking = count->people - count->held[i];
        if (lacking == 0) continue;
        const int item = cell.items[i];
        auto entry = missing_entry(rules, item, cell.context, question.as_of,
                                   item_words(rules.framework, item) + ": " + std::to_string(lacking) +
                                       " of " + count_of(count->people, "person") + " " +
                                       (lacking == 1 ? "lacks" : "lack") + " it.");
        entry["requirement"] = rules.framework.requirements[static_cast<std::size_t>(item)].id;
        entry["people"] = lacking;
        out.push_back(std::move(entry));
    }
    return out;
}

CellExplainer::CellExplainer(const Rules& rules, Question question, CellPlace place)
    : impl_(std::make_unique<Impl>(rules, std::move(question), std::move(place))) {}
CellExplainer::~CellExplainer() = default;

void CellExplainer::add(const PersonFacts& person) {
    impl_->add(person);
}

Result<ordered_json> CellExplainer::finish() const {
    const auto& i = *impl_;
    if (!i.count) return fail(i.refusal);
    ordered_json out;
    if (i.place.is_product()) {
        out["cell"] = {{"context", i.place.context}, {"group", i.place.group}};
    } else {
        out["cell"] = {{"archetype", text_or_null(i.place.archetype)}, {"factor", i.place.factor}};
    }
    out["as_of"] = format_day(i.question.as_of);
    out["verdict"] = i.count->status();
    out["reason"] = i.count->pairs() == 0 ? ordered_json(nullptr) : ordered_json(text(i.main_reason()));
    out["counts"] = {{"people", i.count->people}};
    i.count->write(out["counts"]);
    out["steps"] = i.steps();
    out["missing"] = i.missing();
    out["rules"] = i.rules.version_text();
    return out;
}

}  // namespace capbridge::competency
