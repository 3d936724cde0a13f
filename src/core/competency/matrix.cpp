// The matrix. Cells count as people come by (matrix_counts.cpp); a person costs one pass over the records and
// one over the items asked.
#include <nlohmann/json.hpp>

#include "core/base/json_room.hpp"
#include "core/competency/answers.hpp"
#include "core/competency/matrix_counts.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

struct MatrixBuilder::Impl {
    Impl(const Rules& its_rules, Question its_question)
        : rules(its_rules),
          question(std::move(its_question)),
          plan(rules, question.as_of),
          demands(rules, question.as_of),
          states(rules, question.as_of),
          in_scope(rules, question.scope, question.as_of),
          wanted(wanted_archetype(rules, question.scope)),
          counts(rules, plan) {}

    const Rules& rules;
    Question question;
    CellPlan plan;
    Demands demands;
    States states;
    InScope in_scope;
    std::optional<int> wanted;
    MatrixCounts counts;
};

MatrixBuilder::MatrixBuilder(const Rules& rules, Question question)
    : impl_(std::make_unique<Impl>(rules, std::move(question))) {}
MatrixBuilder::~MatrixBuilder() = default;

void MatrixBuilder::add(const PersonFacts& person) {
    auto& i = *impl_;
    if (!i.in_scope(person.person)) return;
    const auto& asked = i.demands.of(person.person, person.assignments);
    i.states.load(person, {});
    i.counts.add(
        asked, i.plan.asked(asked), i.states,
        [&](std::string_view context) { i.states.load(person, context); }, i.wanted);
}

ordered_json MatrixBuilder::finish() const {
    return matrix_json(impl_->rules, impl_->plan, impl_->counts, impl_->question);
}

ordered_json matrix_json(const Rules& rules, const CellPlan& plan, const MatrixCounts& counts,
                         const Question& q) {
    const auto& f = rules.framework;
    const auto wanted = wanted_archetype(rules, q.scope);
    const auto cell_json = [&](const char* axis, const std::string& id, std::size_t cell) {
        auto out = object_with_room(24);
        add_member(out, axis, id);
        add_member(out, "applicable", true);
        counts.cells[cell].write(out);
        return out;
    };
    auto out = object_with_room(16);
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
    out["profile"] = {{"id", rules.profile.id}, {"version", rules.profile.version}};
    out["shares"] = {
        {"people",
         "A share of people is a share of those in the same row of whom something is asked in the cell, not "
         "of "
         "everyone employed."},
        {"items",
         "A share of items is a share of the cell's items that count (items_total); required, met, expiring "
         "and expired "
         "count people times items that are asked of them; optional and waived ones stand beside."}};
    out["people"] = counts.people;

    out["foundation"] = {{"people", counts.people}, {"cells", ordered_json::array()}};
    for (std::size_t x = 0; x < f.factors.size(); ++x) {
        if (plan.cells[plan.foundation(x)].is_empty()) continue;
        out["foundation"]["cells"].push_back(cell_json("factor", f.factors[x].id, plan.foundation(x)));
    }

    out["rows"] = ordered_json::array();
    for (std::size_t a = 0; a < f.archetypes.size(); ++a) {
        if (wanted && static_cast<int>(a) != *wanted) continue;
        const auto& row = counts.rows[a];
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
            auto cell = cell_json("factor", f.factors[x].id, plan.advanced(a, x));
            cell["applicable"] = static_cast<bool>(plan.applies[a][x]);
            cells.push_back(std::move(cell));
        }
        out["rows"].push_back(std::move(json_row));
    }

    out["products"] = ordered_json::array();
    for (std::size_t d = 0; d < rules.deployments.size(); ++d) {
        const auto& deployment = rules.deployments[d];
        ordered_json product = {{"deployment", deployment.id},
                                {"product", deployment.product},
                                {"version", deployment.version},
                                {"unit", deployment.unit},
                                {"people", counts.product_people[d]}};
        auto& cells = product["cells"] = ordered_json::array();
        for (std::size_t g = 0; g < f.groups.size(); ++g) {
            if (plan.cells[plan.product(d, g)].is_empty()) continue;
            cells.push_back(cell_json("group", f.groups[g].id, plan.product(d, g)));
        }
        out["products"].push_back(std::move(product));
    }
    out["unassigned"] = counts.unassigned;
    out["proposed"] = counts.proposed;
    out["watermark"] = q.watermark;
    return out;
}

}  // namespace capbridge::competency
