// The matrix. Cells count as people come by; a person costs one pass over the records and one over the items
// asked.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/roles.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

struct MatrixBuilder::Impl {
    struct Row {
        std::vector<CellCount> cells;
        std::size_t people = 0, proposed = 0, foundation_complete = 0, pairs = 0, met = 0;
    };

    Impl(const Rules& its_rules, Question its_question)
        : rules(its_rules),
          question(std::move(its_question)),
          plan(rules, question.as_of),
          states(rules, question.as_of),
          wanted(rules.framework.archetype_index(question.scope.archetype)) {
        const auto count = [&](const std::vector<Cell>& cells) {
            std::vector<CellCount> out;
            for (const auto& cell : cells) out.emplace_back(rules, cell);
            return out;
        };
        foundation = count(plan.foundation);
        for (const auto& cells : plan.advanced) rows.push_back({count(cells)});
        for (const auto& cells : plan.products) products.push_back({count(cells)});
    }

    bool one_archetype() const { return !question.scope.archetype.empty(); }

    void add(const PersonFacts& person);
    // Adds the loaded person; returns how many pairs are asked and met.
    std::pair<std::size_t, std::size_t> add_to(std::vector<CellCount>& cells);
    ordered_json cell_json(const char* axis, const std::string& id, const CellCount& cell) const;

    const Rules& rules;
    Question question;
    CellPlan plan;
    States states;
    int wanted;  // archetype of the scope, -1: any (or unknown)
    std::size_t people = 0, unassigned = 0, proposed = 0;
    std::vector<CellCount> foundation;
    std::vector<Row> rows, products;
};

std::pair<std::size_t, std::size_t> MatrixBuilder::Impl::add_to(std::vector<CellCount>& cells) {
    std::size_t pairs = 0, met = 0;
    for (auto& cell : cells) {
        const auto met_before = cell.pairs_met();
        cell.add(states);
        pairs += cell.cell().items.size();
        met += cell.pairs_met() - met_before;
    }
    return {pairs, met};
}

void MatrixBuilder::Impl::add(const PersonFacts& person) {
    const auto as_of = question.as_of;
    if (!question.scope.includes(person.person, as_of)) return;
    const auto roles = roles_of(person.assignments, rules.framework, as_of);
    const auto is_confirmed = [&](int a) {
        return std::find(roles.confirmed.begin(), roles.confirmed.end(), a) != roles.confirmed.end();
    };
    for (const int archetype : roles.proposed) ++rows[static_cast<std::size_t>(archetype)].proposed;
    if (one_archetype() && !is_confirmed(wanted)) return;

    ++people;
    if (roles.confirmed.empty()) {
        ++unassigned;
        if (!roles.proposed.empty()) ++proposed;
    }
    states.load(person, "");
    const auto [pairs, met] = add_to(foundation);
    for (const int archetype : roles.confirmed) {
        auto& row = rows[static_cast<std::size_t>(archetype)];
        add_to(row.cells);
        ++row.people;
        row.pairs += pairs;
        row.met += met;
        if (pairs > 0 && pairs == met) ++row.foundation_complete;
    }
    if (product_role(roles, rules.framework) < 0) return;
    for (const int deployment : deployments_of(person.person, rules, as_of)) {
        auto& row = products[static_cast<std::size_t>(deployment)];
        states.load(person, rules.deployments[static_cast<std::size_t>(deployment)].id);
        add_to(row.cells);
        ++row.people;
    }
}

ordered_json MatrixBuilder::Impl::cell_json(const char* axis, const std::string& id,
                                            const CellCount& cell) const {
    ordered_json out = {{axis, id}, {"applicable", true}};
    cell.write(out);
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
    ordered_json out;
    out["as_of"] = format_day(q.as_of);
    out["scope"] = {{"organisation", text_or_null(q.organisation)},
                    {"unit", text_or_null(q.scope.unit)},
                    {"descendants", false},  // units have no tree yet
                    {"staff_group", text_or_null(q.scope.staff_group)},
                    {"job_role", text_or_null(q.scope.job_role)},
                    {"archetype", text_or_null(q.scope.archetype)}};
    out["framework"] = {{"id", f.id}, {"version", f.version}};
    out["shares"] = {
        {"people",
         "A share of people is a share of the people counted in the same row, not of everyone employed."},
        {"items",
         "A share of items is a share of the cell's items that count (items_total); required, met, expiring "
         "and expired "
         "count people times items."}};
    out["people"] = impl_->people;

    out["foundation"] = {{"people", impl_->people}, {"cells", ordered_json::array()}};
    for (std::size_t i = 0; i < f.factors.size(); ++i) {
        if (CellPlan::is_empty(impl_->plan.foundation[i])) continue;
        out["foundation"]["cells"].push_back(
            impl_->cell_json("factor", f.factors[i].id, impl_->foundation[i]));
    }

    out["rows"] = ordered_json::array();
    for (std::size_t a = 0; a < f.archetypes.size(); ++a) {
        if (impl_->one_archetype() && static_cast<int>(a) != impl_->wanted) continue;
        const auto& row = impl_->rows[a];
        ordered_json json_row = {
            {"archetype", f.archetypes[a].id},
            {"name", f.archetypes[a].name},
            {"people", row.people},
            {"proposed", row.proposed},
            {"teams", 0},
            {"foundation",
             {{"people_complete", row.foundation_complete}, {"pairs", row.pairs}, {"met", row.met}}}};
        auto& cells = json_row["cells"] = ordered_json::array();
        for (std::size_t x = 0; x < f.factors.size(); ++x) {
            auto cell = impl_->cell_json("factor", f.factors[x].id, row.cells[x]);
            cell["applicable"] = static_cast<bool>(impl_->plan.applies[a][x]);
            cells.push_back(std::move(cell));
        }
        out["rows"].push_back(std::move(json_row));
    }

    out["products"] = ordered_json::array();
    for (std::size_t d = 0; d < impl_->products.size(); ++d) {
        const auto& deployment = impl_->rules.deployments[d];
        ordered_json product = {{"deployment", deployment.id},
                                {"product", deployment.product},
                                {"version", deployment.version},
                                {"unit", deployment.unit},
                                {"people", impl_->products[d].people}};
        auto& cells = product["cells"] = ordered_json::array();
        for (std::size_t g = 0; g < f.groups.size(); ++g) {
            if (CellPlan::is_empty(impl_->plan.products[d][g])) continue;
            cells.push_back(impl_->cell_json("group", f.groups[g].id, impl_->products[d].cells[g]));
        }
        out["products"].push_back(std::move(product));
    }
    out["unassigned"] = impl_->unassigned;
    out["proposed"] = impl_->proposed;
    out["watermark"] = q.watermark;
    return out;
}

}  // namespace capbridge::competency
