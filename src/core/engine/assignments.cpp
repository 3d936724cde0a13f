#include "core/engine/assignments.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/demand.hpp"
#include "core/engine/decision_writer.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t places_shown = 500, people_shown = 100;

struct StateCounts {
    std::size_t proposed = 0, confirmed = 0, rejected = 0, unassigned = 0;
};

StateCounts count_states(Bridge& bridge, const framework::Framework& framework) {
    StateCounts counts;
    const auto today = day_of(bridge.now());
    bridge.store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        if (!competency::is_staff(facts.person, today)) return;
        const auto roles = competency::roles_of(facts.assignments, framework, today);
        counts.proposed += roles.proposed.size();
        counts.confirmed += roles.confirmed.size();
        counts.unassigned += roles.confirmed.empty() ? 1 : 0;
        for (const auto& a : facts.assignments) {
            const bool valid = (!a.from || *a.from <= today) && (!a.to || today <= *a.to);
            counts.rejected += valid && a.state == people::Assignment::State::rejected ? 1 : 0;
        }
    });
    return counts;
}

}  // namespace

std::unordered_map<std::string, people::Assignment> assignments_by_key(Bridge& bridge) {
    std::unordered_map<std::string, people::Assignment> out;
    for (auto& a : bridge.store().projection().assignments()) {
        auto key = a.key();
        out.emplace(std::move(key), std::move(a));
    }
    return out;
}

Result<ordered_json> assignment_states(Bridge& bridge) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto c = count_states(bridge, rules->framework);
    return ordered_json{{"proposed", c.proposed},
                        {"confirmed", c.confirmed},
                        {"rejected", c.rejected},
                        {"people_unassigned", c.unassigned}};
}

Result<ordered_json> write_assignments(Bridge& bridge, const Caller& caller, const std::string& what,
                                       std::vector<store::NewDecision> decisions, ordered_json out) {
    if (!decisions.empty()) {
        CAPBRIDGE_LET(
            auto done,
            in_run(bridge, run_of(caller, "import", what), [&](store::RunRow& run) -> Result<ordered_json> {
                DecisionWriter writer(bridge, caller, run.id, what, decisions.size());
                for (auto& decision : decisions) CAPBRIDGE_TRY(writer.add(std::move(decision)));
                CAPBRIDGE_TRY(writer.flush());
                return out;
            }));
        out = std::move(done);
    }
    CAPBRIDGE_LET(out["states"], assignment_states(bridge));
    return out;
}

std::string unit_of(const people::Person& person, Day today) {
    for (const auto& e : person.employments) {
        if (e.current_on(today)) return e.unit;
    }
    return {};
}

void Changes::add(std::size_t which, const std::string& unit, const std::string& archetype,
                  const std::string& person) {
    auto& counts = places_[{unit, archetype}];
    counts.resize(names_.size());
    ++counts[which];
    people_[which].insert(person);
}

void Changes::write(ordered_json& out) const {
    std::vector<const Places::value_type*> order;
    for (const auto& place : places_) order.push_back(&place);
    const auto total = [](const auto* place) {
        std::size_t sum = 0;
        for (const auto n : place->second) sum += n;
        return sum;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](const auto* a, const auto* b) { return total(a) > total(b); });
    out["places"] = {{"total", order.size()}, {"list", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(order.size(), places_shown); ++i) {
        const auto& [place, counts] = *order[i];
        ordered_json one{{"unit", place.first.empty() ? ordered_json(nullptr) : ordered_json(place.first)},
                         {"archetype", place.second}};
        for (std::size_t n = 0; n < names_.size(); ++n) one[names_[n]] = counts[n];
        out["places"]["list"].push_back(std::move(one));
    }
    for (std::size_t n = 0; n < names_.size(); ++n) {
        auto& list = out["who"][names_[n]] = ordered_json::array();
        for (const auto& person : people_[n]) {
            if (list.size() == people_shown) break;
            list.push_back(person);
        }
    }
}

}  // namespace capbridge::engine
