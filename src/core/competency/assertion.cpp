#include "core/competency/assertion.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/competency/cells.hpp"
#include "core/competency/demand.hpp"

namespace capbridge::competency {
namespace {

void keep_earlier(std::optional<Day>& kept, const std::optional<Day>& day) {
    if (day && (!kept || *day < *kept)) kept = day;
}

std::optional<Day> day_of_member(const json& value, const char* member) {
    return parse_day(get_string(value, member));
}

}  // namespace

std::string_view text(Said said) {
    switch (said) {
        case Said::achieved:
            return "achieved";
        case Said::expired:
            return "expired";
        case Said::revoked:
            break;
    }
    return "revoked";
}

struct Holdings::Impl {
    Impl(const Rules& with, Day as_of)
        : rules(with), plan(with, as_of), states(with, as_of), demands(with, as_of) {
        const auto& f = rules.framework;
        places.resize(plan.cells.size(), {-1, -1});
        for (std::size_t x = 0; x < f.factors.size(); ++x) {
            places[plan.foundation(x)] = {-1, static_cast<int>(x)};
            for (std::size_t a = 0; a < f.archetypes.size(); ++a)
                places[plan.advanced(a, x)] = {static_cast<int>(a), static_cast<int>(x)};
        }
    }

    Holding holding_of(const AskedCell& asked) const {
        Holding out;
        std::tie(out.archetype, out.factor) = places[asked.cell];
        const auto& cell = plan.cells[asked.cell];
        bool all = true;
        for (const auto& item : asked.items) {
            if (item.demand != Demand::required && item.demand != Demand::collective) continue;
            const int i = cell.items[item.position];
            if (states.is_exempt(i)) continue;
            out.items.push_back(i);
            const auto& state = states.at(i);
            all = all && state.holds();
            keep_earlier(out.valid_to, state.until);
            if (const auto* record = states.record(i); record != nullptr && record->last_achieved)
                out.day = std::max(out.day, record->last_achieved);
        }
        std::sort(out.items.begin(), out.items.end());
        out.complete = all && !out.items.empty();
        return out;
    }

    const Rules& rules;
    CellPlan plan;
    States states;
    Demands demands;
    std::vector<std::pair<int, int>> places;  // by cell; factor -1: of a product
    std::vector<Holding> holdings;
};

Holdings::Holdings(const Rules& rules, Day as_of) : impl_(std::make_unique<Impl>(rules, as_of)) {}
Holdings::~Holdings() = default;

const std::vector<Holding>& Holdings::of(const PersonFacts& person) {
    auto& in = *impl_;
    in.holdings.clear();
    in.states.load(person, "");
    const auto& plan = in.demands.of(person.person, person.assignments);
    if (!plan.staff) return in.holdings;
    for (const auto& asked : in.plan.asked(plan)) {
        if (in.places[asked.cell].second >= 0) in.holdings.push_back(in.holding_of(asked));
    }
    return in.holdings;
}

Standing Holdings::stand(const std::vector<std::string>& requirements) const {
    const auto& in = *impl_;
    Standing out;
    bool only_time = true;
    for (const auto& id : requirements) {
        for (const int i : in.rules.framework.requirements_for(id)) {
            const auto& state = in.states.at(i);
            if (state.holds()) continue;
            const bool is_time = state.attainment == Attainment::expired;
            if (out.holds || (only_time && !is_time)) out.reason = state.reason;
            out.holds = false;
            only_time = only_time && is_time;
            if (const auto* record = in.states.record(i); is_time && record != nullptr)
                keep_earlier(out.until, record->valid_to);
        }
    }
    out.expired = !out.holds && only_time;
    return out;
}

json to_json(const Asserted& a) {
    json out{{"said", text(a.said)},   {"statement", a.statement}, {"at", format_instant(a.at)},
             {"revision", a.revision}, {"agent", a.agent.key()},   {"requirements", a.requirements}};
    if (a.day) out["day"] = format_day(*a.day);
    if (a.valid_to) out["valid_to"] = format_day(*a.valid_to);
    return out;
}

std::optional<Asserted> asserted_from_json(const json& value) {
    if (!value.is_object()) return std::nullopt;
    Asserted out;
    const auto said = get_string(value, "said");
    const auto all = {Said::achieved, Said::expired, Said::revoked};
    const auto* known = std::find_if(all.begin(), all.end(), [&](Said one) { return text(one) == said; });
    const auto at = parse_instant(get_string(value, "at"));
    if (known == all.end() || !at) return std::nullopt;
    out.said = *known;
    out.statement = get_string(value, "statement");
    out.at = *at;
    if (const auto it = value.find("revision"); it != value.end() && it->is_number_integer())
        out.revision = it->get<int>();
    if (auto agent = xapi::agent_from_key(get_string(value, "agent"))) out.agent = std::move(*agent);
    if (const auto it = value.find("requirements"); it != value.end() && it->is_array()) {
        for (const auto& id : *it) {
            if (id.is_string()) out.requirements.push_back(id.get<std::string>());
        }
    }
    out.day = day_of_member(value, "day");
    out.valid_to = day_of_member(value, "valid_to");
    return out;
}

std::optional<Said> to_say(const Asserted* last, const Holding* now, const Standing& standing,
                           const std::vector<std::string>& items, bool may_begin) {
    const bool complete = now != nullptr && now->complete;
    if (last == nullptr || last->said != Said::achieved)
        return complete && may_begin ? std::optional(Said::achieved) : std::nullopt;
    if (!standing.holds) return standing.expired ? Said::expired : Said::revoked;
    if (!complete) return std::nullopt;  // more is asked now than then, or nothing is
    const bool same = now->valid_to == last->valid_to && items == last->requirements;
    return same ? std::nullopt : std::optional(Said::achieved);
}

}  // namespace capbridge::competency
