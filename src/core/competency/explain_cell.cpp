// Why a cell is as it is, for how many, and what would help: the counts of the cell in sentences, then its
// items, those that most people lack first.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/explain.hpp"
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
    {Reason::source_stale, "statement",
     "nothing of the learning for the item is on record, and a source that tells of it is silent"},
    {Reason::identity_unresolved, "statement",
     "nothing is on record, but statements of somebody unknown may be the person's"},
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
          demands(rules, question.as_of),
          states(rules, question.as_of),
          in_scope(rules, question.scope, question.as_of),
          wanted(rules.framework.archetype_index(place.archetype)),
          scope_archetype(rules.framework.archetype_index(question.scope.archetype)) {
        const auto cell = place.is_product() ? product_cell() : factor_cell();
        if (!cell) {
            refusal = cell.error();
            return;
        }
        at = *cell;
        count.emplace(rules, plan.cells[at]);
        by_item.resize(plan.cells[at].items.size());
    }

    Result<std::size_t> factor_cell() const;
    Result<std::size_t> product_cell();
    const AskedCell* asked_of(const PersonFacts& person);
    void add(const PersonFacts& person);
    std::string asked_words() const;
    Reason main_reason() const;
    ordered_json steps() const;
    ordered_json missing() const;

    const Rules& rules;
    Question question;
    CellPlace place;
    CellPlan plan;
    Demands demands;
    States states;
    InScope in_scope;
    int wanted, scope_archetype, deployment = -1;
    std::size_t at = 0;              // of the plan
    std::optional<CellCount> count;  // absent: refused
    Error refusal;
    // The reasons of the cell, by its items: with items that people are to meet together, those that somebody
    // holds have no part in what is wrong.
    std::vector<std::array<std::size_t, reason_count>> by_item;
};

Result<std::size_t> CellExplainer::Impl::factor_cell() const {
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
    const auto factor = static_cast<std::size_t>(x), row = static_cast<std::size_t>(wanted);
    if (place.archetype.empty()) {
        if (!plan.cells[plan.foundation(factor)].is_empty()) return plan.foundation(factor);
        return fail("not_found", "nothing foundational is asked in the factor '" + place.factor + "'",
                    "factor");
    }
    if (plan.applies[row][factor]) return plan.advanced(row, factor);
    return fail("not_found",
                "the factor '" + place.factor + "' does not apply to the archetype '" + place.archetype + "'",
                "factor");
}

Result<std::size_t> CellExplainer::Impl::product_cell() {
    const auto& f = rules.framework;
    deployment = rules.deployment_index(place.context);
    if (deployment < 0) {
        return fail("not_found",
                    "there is no deployment '" + place.context + "'" + those_there_are(rules.deployments),
                    "context");
    }
    for (std::size_t g = 0; g < f.groups.size(); ++g) {
        if (f.groups[g].id != place.group) continue;
        const auto cell = plan.product(static_cast<std::size_t>(deployment), g);
        if (!plan.cells[cell].is_empty()) return cell;
        return fail("not_found", "nothing is asked about a product in the group '" + place.group + "'",
                    "group");
    }
    return fail("not_found",
                "the framework " + f.id + " has no group '" + place.group + "'" + those_there_are(f.groups),
                "group");
}

// The same people as the matrix counts in this cell.
const AskedCell* CellExplainer::Impl::asked_of(const PersonFacts& person) {
    if (!in_scope(person.person)) return nullptr;
    const auto& asked = demands.of(person.person, person.assignments);
    const auto& confirmed = asked.roles.confirmed;
    if (!question.scope.archetype.empty() &&
        std::find(confirmed.begin(), confirmed.end(), scope_archetype) == confirmed.end()) {
        return nullptr;
    }
    const auto& cells = plan.asked(asked);
    const auto it =
        std::find_if(cells.begin(), cells.end(), [&](const AskedCell& c) { return c.cell == at; });
    return it == cells.end() ? nullptr : &*it;
}

void CellExplainer::Impl::add(const PersonFacts& person) {
    const auto* asked = count ? asked_of(person) : nullptr;
    if (asked == nullptr) return;
    states.load(person, count->cell().context);
    count->add(*asked, states);
    for (const auto& [i, demand] : asked->items) {
        const int item = count->cell().items[i];
        if (demand != Demand::optional && !states.is_exempt(item))
            ++by_item[i][static_cast<std::size_t>(states.at(item).reason)];
    }
}

// The commonest reason of the cases that decide the verdict: while something that is asked is lacking, of
// those that lack it; when nothing is, of those that are met. What people are to meet together is lacking
// when nobody holds it.
Reason CellExplainer::Impl::main_reason() const {
    const auto is_lacking = [](const CellCount::Item& item) { return !item.is_met(); };
    const bool lacking = std::any_of(count->items.begin(), count->items.end(), is_lacking);
    Reason best = Reason::not_attempted;
    std::size_t most = 0;
    for (const auto& line : told) {
        if (is_met(line.reason) == lacking) continue;
        std::size_t n = 0;
        for (std::size_t i = 0; i < by_item.size(); ++i) {
            if (!lacking || is_lacking(count->items[i]))
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
    std::size_t together = 0, held = 0;
    for (const auto& item : count->items) {
        together += item.together > 0 ? 1 : 0;
        held += item.together > 0 && item.held > 0 ? 1 : 0;
    }
    if (together > 0) {
        out += count_of(together, "item") + (together == 1 ? " is" : " are") +
               " to be met by the people together: " + std::to_string(held) + " of " +
               count_of(together, "item") + (held == 1 ? " is" : " are") + " held by somebody.";
    } else if (count->pairs() > 0) {
        out += "Every item is asked of each person.";
    }
    if (count->optional_asked > 0)
        out += " " + std::to_string(count->optional_asked) +
               " further cases are open to people and need not be met.";
    if (count->waived > 0) out += " " + std::to_string(count->waived) + " cases are waived or do not apply.";
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
    const auto met_of = [&](std::size_t i) {
        std::size_t n = 0;
        for (std::size_t r = 0; r < reason_count; ++r)
            n += is_met(static_cast<Reason>(r)) ? by_item[i][r] : 0;
        return n;
    };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return met_of(a) < met_of(b); });
    ordered_json out = ordered_json::array();
    for (const auto i : order) {
        const auto lacking = count->items[i].asked() - met_of(i);
        if (lacking == 0) continue;
        const int item = cell.items[i];
        auto entry = missing_entry(rules, item, cell.context, question.as_of,
                                   item_words(rules.framework, item) + ": " + std::to_string(lacking) +
                                       " of " + count_of(count->items[i].asked(), "person") + " " +
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
    out["counts"] = ordered_json::object();
    i.count->write(out["counts"]);
    out["steps"] = i.steps();
    out["missing"] = i.missing();
    out["rules"] = i.rules.version_text();
    return out;
}

}  // namespace capbridge::competency
