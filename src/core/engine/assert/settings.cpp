#include "core/engine/assert/settings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

constexpr std::size_t most_names = 200;
constexpr const char* own_number = "uuid";

Result<std::vector<std::string>> read_names(const json& value, const char* member) {
    std::vector<std::string> out;
    const auto it = value.find(member);
    if (it == value.end() || it->is_null()) return out;
    const auto wrong = [&] {
        return fail("bad_parameter",
                    std::string("'") + member + "' must be a list of at most " + std::to_string(most_names) +
                        " names",
                    std::string("/") + member);
    };
    if (!it->is_array() || it->size() > most_names) return wrong();
    for (const auto& name : *it) {
        if (!name.is_string() || name.get_ref<const std::string&>().empty()) return wrong();
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name.get<std::string>());
    }
    return out;
}

template <typename List>
Status all_known(const std::vector<std::string>& names, const List& list, const char* member) {
    for (const auto& name : names) {
        if (std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.id == name; })) continue;
        std::string known;
        for (const auto& one : list) known += (known.empty() ? "" : ", ") + one.id;
        return fail("bad_parameter", "the framework has no '" + name + "'; it has: " + known,
                    std::string("/") + member);
    }
    return {};
}

AssertionSettings read(const json& value) {
    AssertionSettings out;
    const auto names = [&](const char* member) {
        auto read = read_names(value, member);
        return read ? std::move(*read) : std::vector<std::string>();
    };
    if (!value.is_object()) return out;
    const auto on = value.find("on");
    out.on = on != value.end() && on->is_boolean() && on->get<bool>();
    out.tiers = names("tiers");
    out.archetypes = names("archetypes");
    out.factors = names("factors");
    out.actor = names("actor");
    out.since = parse_day(get_string(value, "since"));
    return out;
}

bool holds(const std::vector<std::string>& chosen, std::string_view name) {
    return chosen.empty() || std::find(chosen.begin(), chosen.end(), name) != chosen.end();
}

}  // namespace

bool AssertionSettings::wants(const competency::Rules& rules, const competency::Holding& holding) const {
    const auto& f = rules.framework;
    if (!holds(tiers, holding.archetype < 0 ? "foundational" : "advanced")) return false;
    if (!holds(factors, f.factors[static_cast<std::size_t>(holding.factor)].id)) return false;
    return holding.archetype < 0 ||
           holds(archetypes, f.archetypes[static_cast<std::size_t>(holding.archetype)].id);
}

Result<AssertionSettings> read_assertion_settings(const json& value, const competency::Rules& rules) {
    if (const auto on = value.find("on"); on != value.end() && !on->is_boolean())
        return fail("bad_parameter", "'on' is true or false", "/on");
    for (const char* member : {"tiers", "archetypes", "factors", "actor"})
        CAPBRIDGE_TRY(read_names(value, member).map([](const auto&) {}));
    if (const auto since = value.find("since");
        since != value.end() && !since->is_null() && !parse_day(get_string(value, "since")))
        return fail("bad_parameter", "'since' must be a day such as 2026-03-31", "/since");
    auto out = read(value);
    for (const auto& tier : out.tiers) {
        if (tier != "foundational" && tier != "advanced")
            return fail("bad_parameter", "'" + tier + "' is neither foundational nor advanced", "/tiers");
    }
    CAPBRIDGE_TRY(all_known(out.archetypes, rules.framework.archetypes, "archetypes"));
    CAPBRIDGE_TRY(all_known(out.factors, rules.framework.factors, "factors"));
    if (out.on && out.actor.empty())
        return fail("bad_parameter",
                    std::string("say by which identifier people are to be named: a scheme such as "
                                "esr-employee, or '") +
                        own_number + "' for a number that nobody else knows",
                    "/actor");
    return out;
}

json to_json(const AssertionSettings& s) {
    json out{{"on", s.on},           {"tiers", s.tiers}, {"archetypes", s.archetypes},
             {"factors", s.factors}, {"actor", s.actor}, {"since", nullptr}};
    if (s.since) out["since"] = format_day(*s.since);
    return out;
}

AssertionSettings assertion_settings(Bridge& bridge) {
    const auto known = bridge.store().journal().decision_in_force(assertion_settings_kind, "default");
    return known ? read(json::parse(known->payload, nullptr, false)) : AssertionSettings{};
}

}  // namespace capbridge::engine
