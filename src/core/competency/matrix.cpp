// The matrix. Cells count as people come by; a person costs one pass over the records and one over the items
// asked.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

struct MatrixBuilder::Impl {
    struct Row {
        std::size_t people = 0, proposed = 0, foundation_complete = 0, ahead = 0, pairs = 0, met = 0;
    };

    Impl(const Rules& its_rules, Question its_question)
        : rules(its_rules),
          question(std::move(its_question)),
          plan(rules, question.as_of),
          demands(rules, question.as_of),
          states(rules, question.as_of),
          in_scope(rules, question.scope, question.as_of),
          wanted(rules.framework.archetype_index(question.scope.archetype)),
          rows(rules.framework.archetypes.size()),
          product_people(rules.deployments.size()) {
        counts.reserve(plan.cells.size());
        for (const auto& cell : plan.cells) counts.emplace_back(rules, cell);
    }

    bool one_archetype() const { return !question.scope.archetype.empty(); }

    void add(const PersonFacts& person);
    ordered_json cell_json(const char* axis, const std::string& id, std::size_t cell) const;

    const Rules& rules;
    Question question;
    CellPlan plan;
    Demands demands;
    States states;
    InScope in_scope;
    int wanted;  // archetype of the scope, -1: any (or unknown)
    std::size_t people = 0, unassigned = 0, proposed = 0;
    std::vector<CellCount> counts;  // by cell of the plan
    std::vector<Row> rows;          // by archetype
    std::vector<std::size_t> product_people;
};

void MatrixBuilder::Impl::add(const PersonFacts& person) {
    if (!in_scope(person.person)) return;
    const auto& asked = demands.of(person.person, person.assignments);
    const auto& roles = asked.roles;
    for (const int archetype : roles.proposed) ++rows[static_cast<std::size_t>(archetype)].proposed;
    if (one_archetype() &&
        std::find(roles.confirmed.begin(), roles.confirmed.end(), wanted) == roles.confirmed.end()) {
        return;
    }
    ++people;
    if (roles.confirmed.empty()) {
        ++unassigned;
        if (!roles.proposed.empty()) ++proposed;
    }
    // Cells come with the foundation first, then by archetype, then products, each deployment's together.
    std::size_t pairs = 0, met = 0;
    std::vector<std::size_t> advanced_met(rows.size(), 0);
    std::vector<bool> product_counted(product_people.size(), false);
    std::string context;
    states.load(person, context);
    for (const auto& cell : plan.asked(asked)) {
        auto& count = counts[cell.cell];
        if (plan.is_product(cell.cell) && count.cell().context != context) {
            context = count.cell().context;
            states.load(person, context);
        }
        const auto pairs_before = count.pairs(), met_before = count.pairs_met();
        count.add(cell, states);
        const auto newly_met = count.pairs_met() - met_before;
        if (plan.is_product(cell.cell)) {
            const auto d = static_cast<std::size_t>(rules.deployment_index(context));
            if (!product_counted[d]) ++product_people[d];
            product_counted[d] = true;
        } else if (cell.cell < plan.advanced(0, 0)) {
            pairs += count.pairs() - pairs_before;
            met += newly_met;
        } else {
            advanced_met[cell.cell / rules.framework.factors.size() - 1] += newly_met;
        }
    }
    for (const int archetype : roles.confirmed) {
        auto& row = rows[static_cast<std::size_t>(archetype)];
        ++row.people;
        row.pairs += pairs;
        row.met += met;
        if (pairs > 0 && pairs == met) {
            ++row.foundation_complete;
        } else if (advanced_met[static_cast<std::size_t>(archetype)] > 0) {
            ++row.ahead;
        }
    }
}

ordered_json MatrixBuilder::Impl::cell_json(const char* axis, const std::string& id, std::size_t cell) const {
    ordered_json out = {{axis, id}, {"applicable", true}};
    counts[cell].write(out);
    return out;
}

MatrixBuilder::MatrixBuilder(const Rules& rules, Question question)
    : impl_(std::make_unique<Impl>(rules, std::move(question))) {}
MatrixBuilder::~MatrixBuilder() = default;

void MatrixBuilder::add(const PersonFacts& person) {
    impl_->add(person);
}

ordered_json MatrixBuilder::finish() const {
    const auto& f = impl_->rules.framework;
    const auto& q = impl_->question;
    const auto& plan = impl_->plan;
    ordered_json out;
    out["as_of"] = format_day(q.as_of);
    out["scope"] = {{"organisation", text_or_null(q.organisation)},
                    {"unit", text_or_null(q.scope.unit)},
                    {"descendants", !q.scope.unit.empty() && q.scope.descendants},
                    {"staff_group", text_or_null(q.scope.staff_group)},
                    {"job_role", text_or_null(q.scope.job_role)},
                    {"archetype", text_or_null(q.scope.archetype)},
                    {"team", text_or_null(q.scope.team)},
                    {"deployment", text_or_null(q.scope.deployment)}};
    out["framework"] = {{"id", f.id}, {"version", f.version}};
    out["profile"] = {{"id", impl_->rules.profile.id}, {"version", impl_->rules.profile.version}};
    out["shares"] = {
        {"people",
         "A share of people is a share of those in the same row of whom something is asked in the cell, not "
         "of "
         "everyone employed."},
        {"items",
         "A share of items is a share of the cell's items that count (items_total); required, met, expiring "
         "and expired "
         "count people times items that are asked of them; optional and waived ones stand beside."}};
    out["people"] = impl_->people;

    out["foundation"] = {{"people", impl_->people}, {"cells", ordered_json::array()}};
    for (std::size_t x = 0; x < f.factors.size(); ++x) {
        if (plan.cells[plan.foundation(x)].is_empty()) continue;
        out["foundation"]["cells"].push_back(impl_->cell_json("factor", f.factors[x].id, plan.foundation(x)));
    }

    out["rows"] = ordered_json::array();
    for (std::size_t a = 0; a < f.archetypes.size(); ++a) {
        if (impl_->one_archetype() && static_cast<int>(a) != impl_->wanted) continue;
        const auto& row = impl_->rows[a];
        ordered_json json_row = {{"archetype", f.archetypes[a].id},
                                 {"name", f.archetypes[a].name},
                                 {"people", row.people},
                                 {"proposed", row.proposed},
                                 {"teams", 0},
                                 {"foundation",
                                  {{"people_complete", row.foundation_complete},
                                   {"people_ahead", row.ahead},
                                   {"pairs", row.pairs},
                                   {"met", row.met}}}};
        auto& cells = json_row["cells"] = ordered_json::array();
        for (std::size_t x = 0; x < f.factors.size(); ++x) {
            auto cell = impl_->cell_json("factor", f.factors[x].id, plan.advanced(a, x));
            cell["applicable"] = static_cast<bool>(plan.applies[a][x]);
            cells.push_back(std::move(cell));
        }
        out["rows"].push_back(std::move(json_row));
    }

    out["products"] = ordered_json::array();
    for (std::size_t d = 0; d < impl_->rules.deployments.size(); ++d) {
        const auto& deployment = impl_->rules.deployments[d];
        ordered_json product = {{"deployment", deployment.id},
                                {"product", deployment.product},
                                {"version", deployment.version},
                                {"unit", deployment.unit},
                                {"people", impl_->product_people[d]}};
        auto& cells = product["cells"] = ordered_json::array();
        for (std::size_t g = 0; g < f.groups.size(); ++g) {
            if (plan.cells[plan.product(d, g)].is_empty()) continue;
            cells.push_back(impl_->cell_json("group", f.groups[g].id, plan.product(d, g)));
        }
        out["products"].push_back(std::move(product));
    }
    out["unassigned"] = impl_->unassigned;
    out["proposed"] = impl_->proposed;
    out["watermark"] = q.watermark;
    return out;
}

}  // namespace capbridge::competency
