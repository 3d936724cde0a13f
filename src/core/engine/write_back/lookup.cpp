#include "core/engine/write_back/lookup.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/engine/operation_list.hpp"
#include "core/engine/sync/memory.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t asked_at_once = 500;  // bridge_users.find
constexpr std::size_t actors_asked = 10'000;

json identifier_json(const people::Identifier& id) {
    return {{"scheme", id.scheme}, {"issuer", id.issuer}, {"value", id.value}};
}

// The scheme of the accounts over there, as far as the source's settings tell it: "account:https://..."
std::string account_scheme(const json& settings) {
    auto url = get_string(settings, "url");
    while (url.ends_with('/')) url.pop_back();
    return url.empty() ? "" : "account:" + url;
}

// Identifiers that the source may know: of people without an account there, and of unknown actors.
std::vector<json> questions(Bridge& bridge, const std::string& accounts) {
    std::vector<json> out;
    const auto today = day_of(bridge.now());
    bridge.store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        const auto& ids = facts.person.identifiers;
        const auto is_there = [&](const people::Identifier& id) {
            return !accounts.empty() && id.scheme.starts_with(accounts);
        };
        if (std::any_of(ids.begin(), ids.end(), is_there)) return;
        for (const auto& id : ids) {
            if (id.valid_on(today)) out.push_back(identifier_json(id));
        }
    });
    const auto iri_base = bridge.store().installation().iri_base;
    for (const auto& unknown : bridge.store().projection().unresolved(actors_asked)) {
        const auto agent = xapi::agent_from_key(unknown.actor);
        if (!agent) continue;
        const auto id = people::identifier_of(*agent, iri_base);
        if (!id.value.empty()) out.push_back(identifier_json(id));
    }
    return out;
}

// One answer of the adapter: pairs that it says are one account.
void add_proposals(const std::vector<json>& asked, const json& answer, const std::string& source,
                   json& proposals) {
    if (!answer.is_array()) return;
    for (const auto& one : answer) {
        const auto index = one.is_object() ? one.value("index", asked.size()) : asked.size();
        if (index >= asked.size()) continue;
        for (const auto& id : one.value("identifiers", json::array())) {
            if (!id.is_object() || get_string(id, "value").empty()) continue;
            const json found{{"scheme", get_string(id, "scheme")},
                             {"issuer", get_string(id, "issuer")},
                             {"value", get_string(id, "value")}};
            if (found == asked[index]) continue;
            proposals.push_back(
                {{"a", asked[index]}, {"b", found}, {"because", "both are one account of " + source}});
        }
    }
}

}  // namespace

Result<ordered_json> lookup_people(Bridge& bridge, const std::string& name, bool dry_run,
                                   const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    json proposals = json::array();
    std::size_t asked = 0;
    {
        CAPBRIDGE_LET(const auto hold, hold_source(bridge, name, "lookup", caller));
        const auto source = bridge.store().sources().source(name);
        if (!source) return fail("not_found", "there is no source '" + name + "' (capbridge source list)");
        CAPBRIDGE_LET(const auto options, options_of(*source));
        CAPBRIDGE_LET(const auto slot, bridge.syncing.slot(bridge.stopping));
        StoredMemory memory(bridge.store().sources(), source->uuid);
        const auto settings = settings_of(*source, options, &memory);
        const auto all = questions(bridge, account_scheme(settings.settings));
        while (asked < all.size()) {
            const auto from = all.begin() + static_cast<std::ptrdiff_t>(asked);
            const auto count = std::min(asked_at_once, all.size() - asked);
            const std::vector<json> part(from, from + static_cast<std::ptrdiff_t>(count));
            CAPBRIDGE_LET(const auto opened, bridge.adapters()->open(settings));
            CAPBRIDGE_LET(const auto answer, opened->find_users(json(part), bridge.stopping));
            add_proposals(part, answer, name, proposals);
            asked += count;
            caller.progress("asking " + name + " for accounts", asked, all.size());
        }
    }
    ordered_json out{{"source", name}, {"asked", asked}, {"found", proposals.size()}, {"dry_run", dry_run}};
    if (dry_run) {
        out["proposals"] = proposals;
        return out;
    }
    out["proposed"] = nullptr;
    if (proposals.empty()) return out;
    CAPBRIDGE_LET(auto proposed, run_operation(bridge, "identity.propose",
                                               {{"source", name}, {"proposals", proposals}}, caller));
    out["proposed"] = std::move(proposed);
    return out;
}

}  // namespace capbridge::engine
