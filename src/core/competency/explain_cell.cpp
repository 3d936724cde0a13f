// Why a cell is not green, for how many, and what would help: the counts of the cell in sentences, then its
// items, those that most people lack first.
#include <algorithm>
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
    Impl(const Rules& its_rules, Question its_question, std::string its_archetype, std::string its_factor)
        : rules(its_rules),
          question(std::move(its_question)),
          archetype(std::move(its_archetype)),
          factor(std::move(its_factor)),
          plan(rules, question.as_of),
          states(rules, question.as_of),
          wanted(rules.framework.archetype_index(archetype)),
          scope_archetype(rules.framework.archetype_index(question.scope.archetype)) {
        const int x = rules.framework.factor_index(factor);
        if (x < 0) {
            refusal = "the framework " + rules.framework.id + " has no factor '" + factor + "'";
        } else if (!archetype.empty() && wanted < 0) {
            refusal = "the framework " + rules.framework.id + " has no archetype '" + archetype + "'";
        } else {
            const auto at = static_cast<std::size_t>(x), row = static_cast<std::size_t>(wanted);
            const auto& cell = archetype.empty() ? plan.foundation[at] : plan.advanced[row][at];
            const bool applies = archetype.empty() ? !CellPlan::is_empty(cell) : plan.applies[row][at];
            if (applies) {
                count.emplace(rules, cell);
            } else {
                refusal = archetype.empty() ? "nothing foundational is asked in the factor '" + factor + "'"
                                            : "the factor '" + factor +
                                                  "' does not apply to the archetype '" + archetype + "'";
            }
        }
    }

    std::string people_words() const {
        const auto who = count_of(count->people, "person");
        return archetype.empty() ? who
                                 : who + " of the archetype " +
                                       rules.framework.archetypes[static_cast<std::size_t>(wanted)].name;
    }
    Reason main_reason() const;
    ordered_json steps() const;
    ordered_json missing() const;

    const Rules& rules;
    Question question;
    std::string archetype, factor;
    CellPlan plan;
    States states;
    int wanted, scope_archetype;
    std::optional<CellCount> count;  // absent: refused
    std::string refusal;
};

// The commonest reason why items are not met; when all are met, the commonest why they are.
Reason CellExplainer::Impl::main_reason() const {
    const bool all_met = count->pairs() == count->pairs_met();
    Reason best = Reason::not_attempted;
    std::size_t most = 0;
    for (const auto& line : told) {
        const auto n = count->reasons[static_cast<std::size_t>(line.reason)];
        if (is_met(line.reason) == all_met && n > most) {
            most = n;
            best = line.reason;
        }
    }
    return best;
}

ordered_json CellExplainer::Impl::steps() const {
    const auto& cell = count->cell();
    ordered_json out = ordered_json::array();
    const auto pairs = std::to_string(count->pairs());
    std::string asked = people_words() + " in scope, " + count_of(cell.items.size(), "item") + ": " + pairs +
                        " cases of a person and an item. ";
    asked += cell.collective ? "The items are to be met by the people together."
                             : "Every item is asked of each person.";
    if (!cell.uncounted.empty()) {
        asked += " " + count_of(cell.uncounted.size(), "further item") +
                 " cannot count: the level is lost in the source.";
    }
    out.push_back(step("demand", factor, asked));
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

CellExplainer::CellExplainer(const Rules& rules, Question question, std::string archetype, std::string factor)
    : impl_(std::make_unique<Impl>(rules, std::move(question), std::move(archetype), std::move(factor))) {}
CellExplainer::~CellExplainer() = default;

void CellExplainer::add(const PersonFacts& person) {
    auto& i = *impl_;
    if (!i.count || !i.question.scope.includes(person.person, i.question.as_of)) return;
    const auto roles = roles_of(person.assignments, i.rules.framework, i.question.as_of);
    const auto is = [&](int a) {
        return std::find(roles.confirmed.begin(), roles.confirmed.end(), a) != roles.confirmed.end();
    };
    if (!i.question.scope.archetype.empty() && !is(i.scope_archetype)) return;
    if (!i.archetype.empty() && !is(i.wanted)) return;
    i.states.load(person, "");
    i.count->add(i.states);
}

Result<ordered_json> CellExplainer::finish() const {
    const auto& i = *impl_;
    if (!i.count) return fail("not_found", i.refusal);
    ordered_json out;
    out["cell"] = {{"archetype", text_or_null(i.archetype)}, {"factor", i.factor}};
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
