// One person's record: the foundation and the advanced items by factor, product-specific items by deployment,
// what is held without being asked, and what the person says of themselves.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/demand.hpp"
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
          demands_(rules, as_of_),
          asked_(demands_.of(person.person, person.assignments)) {}

    ordered_json write() {
        const auto& f = rules_.framework;
        ordered_json out = {{"person", p_.person.id}, {"as_of", format_day(as_of_)}};
        auto& archetypes = out["archetypes"] = ordered_json::array();
        for (const int a : confirmed()) archetypes.push_back(f.archetypes[static_cast<std::size_t>(a)].id);
        out["factors"] = ordered_json::array();
        out["foundation"] = nullptr;
        states_.load(p_, "");
        for (const auto& cell : plan_.asked(asked_)) demanded_[cell.cell] = &cell;
        CellCount::Split sum;
        for (std::size_t x = 0; x < f.factors.size() && asked_.staff; ++x) {
            const auto at = plan_.foundation(x);
            if (plan_.cells[at].is_empty()) continue;
            ordered_json entry = {
                {"archetype", nullptr}, {"factor", f.factors[x].id}, {"tier", foundational_tier}};
            add_cell(entry, at, sum);
            out["factors"].push_back(std::move(entry));
        }
        const bool complete = sum.required > 0 && sum.met == sum.required;
        out["foundation"] = {{"met", sum.met},
                             {"required", sum.required},
                             {"expiring", sum.expiring},
                             {"expired", sum.expired},
                             {"complete", complete}};
        for (std::size_t a = 0; a < f.archetypes.size(); ++a) {
            const auto own = confirmed();
            const bool is_own = std::find(own.begin(), own.end(), static_cast<int>(a)) != own.end();
            for (std::size_t x = 0; x < f.factors.size(); ++x) {
                const auto at = plan_.advanced(a, x);
                if (plan_.cells[at].is_empty() || (!is_own && !demanded_.contains(at))) continue;
                ordered_json entry = {
                    {"archetype", f.archetypes[a].id}, {"factor", f.factors[x].id}, {"tier", advanced_tier}};
                CellCount::Split cell_sum;
                add_cell(entry, at, cell_sum);
                // Never discarded, and marked: the report wants the foundation first.
                entry["ahead_of_foundation"] = cell_sum.met > 0 && !complete;
                out["factors"].push_back(std::move(entry));
            }
        }
        out["products"] = products();
        out["held"] = held();
        return out;
    }

private:
    [[nodiscard]] std::vector<int> confirmed() const {
        return asked_.staff ? asked_.roles.confirmed : std::vector<int>{};
    }

    ordered_json products() {
        ordered_json list = ordered_json::array();
        for (const int d : asked_.staff ? asked_.deployments : std::vector<int>{}) {
            const auto index = static_cast<std::size_t>(d);
            const auto& deployment = rules_.deployments[index];
            states_.load(p_, deployment.id);
            ordered_json product = {{"deployment", deployment.id},
                                    {"product", deployment.product},
                                    {"version", deployment.version},
                                    {"unit", deployment.unit},
                                    {"groups", ordered_json::array()}};
            for (std::size_t g = 0; g < rules_.framework.groups.size(); ++g) {
                const auto at = plan_.product(index, g);
                if (!demanded_.contains(at)) continue;
                ordered_json entry = {{"group", rules_.framework.groups[g].id}, {"tier", product_tier}};
                CellCount::Split sum;
                add_cell(entry, at, sum);
                product["groups"].push_back(std::move(entry));
            }
            if (!product["groups"].empty()) list.push_back(std::move(product));
        }
        return list;
    }

    // Of one person everything is asked of one, also what a team may share: the status says how far this
    // person is.
    void add_cell(ordered_json& entry, std::size_t at, CellCount::Split& sum) {
        const auto& cell = plan_.cells[at];
        const auto asked = demanded_.find(at);
        std::vector<Demand> demand(cell.items.size(), Demand::not_demanded);
        CellCount count(rules_, cell);
        if (asked != demanded_.end()) {
            AskedCell alone{at, asked->second->items};
            for (auto& each : alone.items) {
                demand[each.position] = each.demand;
                if (each.demand == Demand::collective) each.demand = Demand::required;
            }
            count.add(alone, states_);
        }
        entry["knowledge"] = count.knowledge.to_json();
        entry["skill"] = count.skill.to_json();
        entry["status"] = count.status();
        entry["next_expiry"] = day_or_null(count.next_expiry);
        auto& items = entry["items"] = ordered_json::array();
        std::vector<int> all = cell.items;
        all.insert(all.end(), cell.uncounted.begin(), cell.uncounted.end());
        std::sort(all.begin(), all.end());
        for (const int i : all) {
            const auto in = std::lower_bound(cell.items.begin(), cell.items.end(), i);
            const bool counted = in != cell.items.end() && *in == i;
            const auto how =
                counted ? demand[static_cast<std::size_t>(in - cell.items.begin())] : Demand::not_demanded;
            const auto& state = states_.at(i);
            const bool spare = how == Demand::not_demanded && state.holds();
            items.push_back(item(i, cell.context, states_.record(i), state, how,
                                 spare ? Reason::held_not_demanded : state.reason));
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
        if (const auto& overriding = record->overriding; overriding.in_force(as_of_)) {
            out["override"] = text(overriding.kind);
            out["overridden"] = {{"who", text_or_null(overriding.who)},
                                 {"why", text_or_null(overriding.why)},
                                 {"until", day_or_null(overriding.until)}};
        }
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
        if (!c.is_attestation())
            out["method"] = text_or_null(use == nullptr ? std::string() : use->mapping->method);
        if (const auto* assessor = rules_.assessor(c.assessor); assessor != nullptr)
            out["assessor_title"] = assessor->title;
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
    Demands demands_;
    const DemandPlan& asked_;
    std::map<std::size_t, const AskedCell*> demanded_;  // by cell
    std::vector<std::pair<int, std::string>> shown_;
};

}  // namespace

ordered_json person_record(const PersonFacts& person, const Rules& rules, const Question& question) {
    return Writer(person, rules, question).write();
}

}  // namespace capbridge::competency
