// One person's record: the foundation and the advanced items by factor, product-specific items by deployment,
// and what is held without being asked.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/roles.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

class Writer {
public:
    Writer(const PersonFacts& person, const Rules& rules, const Question& question)
        : p_(person),
          rules_(rules),
          as_of_(question.as_of),
          plan_(rules, as_of_),
          states_(rules, as_of_),
          roles_(roles_of(person.assignments, rules.framework, as_of_)),
          staff_(is_staff(person.person, as_of_)) {}

    ordered_json write() {
        const auto& f = rules_.framework;
        ordered_json out = {{"person", p_.person.id}, {"as_of", format_day(as_of_)}};
        auto& archetypes = out["archetypes"] = ordered_json::array();
        if (staff_) {
            for (const int a : roles_.confirmed)
                archetypes.push_back(f.archetypes[static_cast<std::size_t>(a)].id);
        }
        out["factors"] = ordered_json::array();
        out["foundation"] = nullptr;
        states_.load(p_, "");
        CellCount::Split sum;
        for (std::size_t x = 0; x < f.factors.size() && staff_; ++x) {
            const auto& cell = plan_.foundation[x];
            if (CellPlan::is_empty(cell)) continue;
            ordered_json entry = {
                {"archetype", nullptr}, {"factor", f.factors[x].id}, {"tier", foundational_tier}};
            add_cell(entry, cell, Demand::required, sum);
            out["factors"].push_back(std::move(entry));
        }
        out["foundation"] = {{"met", sum.met},
                             {"required", sum.required},
                             {"expiring", sum.expiring},
                             {"expired", sum.expired},
                             {"complete", sum.required > 0 && sum.met == sum.required}};
        for (const int a : staff_ ? roles_.confirmed : std::vector<int>{}) {
            const auto archetype = static_cast<std::size_t>(a);
            for (std::size_t x = 0; x < f.factors.size(); ++x) {
                const auto& cell = plan_.advanced[archetype][x];
                if (CellPlan::is_empty(cell)) continue;
                ordered_json entry = {{"archetype", f.archetypes[archetype].id},
                                      {"factor", f.factors[x].id},
                                      {"tier", advanced_tier}};
                CellCount::Split own;
                add_cell(entry, cell, Demand::collective, own);
                out["factors"].push_back(std::move(entry));
            }
        }
        out["products"] = products();
        out["held"] = held();
        return out;
    }

private:
    ordered_json products() {
        ordered_json list = ordered_json::array();
        if (!staff_ || product_role(roles_, rules_.framework) < 0) return list;
        for (const int d : deployments_of(p_.person, rules_, as_of_)) {
            const auto index = static_cast<std::size_t>(d);
            const auto& deployment = rules_.deployments[index];
            states_.load(p_, deployment.id);
            ordered_json product = {{"deployment", deployment.id},
                                    {"product", deployment.product},
                                    {"version", deployment.version},
                                    {"unit", deployment.unit},
                                    {"groups", ordered_json::array()}};
            for (std::size_t g = 0; g < rules_.framework.groups.size(); ++g) {
                const auto& cell = plan_.products[index][g];
                if (CellPlan::is_empty(cell)) continue;
                ordered_json entry = {{"group", rules_.framework.groups[g].id}, {"tier", product_tier}};
                CellCount::Split sum;
                add_cell(entry, cell, Demand::required, sum);
                product["groups"].push_back(std::move(entry));
            }
            list.push_back(std::move(product));
        }
        return list;
    }

    // Of one person everything is asked of one, also what a team may share: the status says how far this
    // person is.
    void add_cell(ordered_json& entry, const Cell& cell, Demand demand, CellCount::Split& sum) {
        Cell own = cell;
        own.collective = false;
        CellCount count(rules_, own);
        count.add(states_);
        entry["knowledge"] = count.knowledge.to_json();
        entry["skill"] = count.skill.to_json();
        entry["status"] = count.status();
        entry["next_expiry"] = day_or_null(count.next_expiry);
        auto& items = entry["items"] = ordered_json::array();
        std::vector<int> all = cell.items;
        all.insert(all.end(), cell.uncounted.begin(), cell.uncounted.end());
        std::sort(all.begin(), all.end());
        for (const int i : all) {
            const bool asked = std::binary_search(cell.items.begin(), cell.items.end(), i);
            const auto& state = states_.at(i);
            items.push_back(item(i, cell.context, states_.record(i), state,
                                 asked ? demand : Demand::not_demanded, state.reason));
            shown_.push_back({i, cell.context});
        }
        for (const auto* split : {&count.knowledge, &count.skill}) {
            sum.required += split->required;
            sum.met += split->met;
            sum.expiring += split->expiring;
            sum.expired += split->expired;
        }
    }

    ordered_json item(int index, const std::string& context, const Record* record, const State& state,
                      Demand demand, Reason reason) const {
        const auto& r = rules_.framework.requirements[static_cast<std::size_t>(index)];
        ordered_json out = {{"requirement", r.id},
                            {"title", r.title},
                            {"level", text_or_null(r.level)},
                            {"kind", r.kind == framework::Kind::skill ? "skill" : "knowledge"},
                            {"context", text_or_null(context)},
                            {"attainment", text(state.attainment)},
                            {"demand", text(demand)},
                            {"override", "none"},
                            {"reason", text(reason)},
                            {"valid_to", day_or_null(state.until)},
                            {"evidence", ordered_json::array()}};
        if (record == nullptr) return out;
        for (const auto& c : record->evidence) {
            if (!c.from || *c.from <= as_of_) out["evidence"].push_back(evidence(c));
        }
        return out;
    }

    // As it is kept, but who reads an answer shall not have to guess from a member that is not there: no end
    // is null.
    ordered_json evidence(const Contribution& c) const {
        auto out = to_json(c);
        const auto* use = rules_.use_of_ref(c.mapping);
        out["method"] = text_or_null(use == nullptr ? std::string() : use->mapping->method);
        out["from"] = day_or_null(c.from);
        out["to"] = day_or_null(c.to);
        return out;
    }

    ordered_json held() const {
        ordered_json list = ordered_json::array();
        for (const auto& record : p_.records) {
            const bool known = record.requirement >= 0 && static_cast<std::size_t>(record.requirement) <
                                                              rules_.framework.requirements.size();
            const auto key = std::pair(record.requirement, record.context);
            if (!known || std::find(shown_.begin(), shown_.end(), key) != shown_.end()) continue;
            const auto state = state_at(record, as_of_, rules_.policy.amber_days);
            if (!state.holds()) continue;
            list.push_back(item(record.requirement, record.context, &record, state, Demand::not_demanded,
                                Reason::held_not_demanded));
        }
        return list;
    }

    const PersonFacts& p_;
    const Rules& rules_;
    Day as_of_;
    CellPlan plan_;
    States states_;
    Roles roles_;
    bool staff_;
    std::vector<std::pair<int, std::string>> shown_;
};

}  // namespace

ordered_json person_record(const PersonFacts& person, const Rules& rules, const Question& question) {
    return Writer(person, rules, question).write();
}

}  // namespace capbridge::competency
