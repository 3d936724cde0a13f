#include "core/engine/framework_change.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace capbridge::engine {
namespace {

struct Speaks {
    std::set<std::string> mappings;  // "nymouth/m1"
    std::size_t asks = 0, attestations = 0, overrides = 0;
};

// By the id of the requirement that goes.
using Removed = std::map<std::string, Speaks>;

void look_at_rules(const competency::Rules& rules, Removed& removed) {
    for (const auto& set : rules.mappings) {
        for (const auto& mapping : set.mappings) {
            for (const auto& claim : mapping.claims) {
                if (const auto at = removed.find(claim.requirement); at != removed.end())
                    at->second.mappings.insert(set.id + "/" + mapping.id);
            }
        }
    }
    for (const auto& ask : rules.profile.asks) {
        for (const int index : ask.indexes) {
            const auto& id = rules.framework.requirements[static_cast<std::size_t>(index)].id;
            if (const auto at = removed.find(id); at != removed.end()) ++at->second.asks;
        }
    }
}

void look_at_decisions(store::Journal& journal, Removed& removed) {
    for (const auto& decision : journal.decisions_in_force("item.attestation")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (!payload.is_object()) continue;
        const auto attestation = competency::attestation_from_json(payload);
        if (!attestation) continue;
        for (const auto& id : attestation->requirements) {
            if (const auto at = removed.find(id); at != removed.end()) ++at->second.attestations;
        }
    }
    for (const auto& decision : journal.decisions_in_force("item.override")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (!payload.is_object()) continue;
        const auto at = removed.find(competency::override_from_json(payload).requirement);
        if (at != removed.end()) ++at->second.overrides;
    }
}

}  // namespace

Result<ordered_json> framework_change(Bridge& bridge, const std::string& text, std::size_t most) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto next, framework::load_framework(text, "framework"));
    const auto& now = rules->framework;
    Removed removed;
    for (const auto& r : now.requirements) {
        if (next.requirement_index(r.id) < 0) removed.emplace(r.id, Speaks{});
    }
    look_at_rules(*rules, removed);
    look_at_decisions(bridge.store().journal(), removed);

    ordered_json out{{"from", now.id + " " + now.version},
                     {"to", next.id + " " + next.version},
                     {"added", ordered_json::array()},
                     {"removed", ordered_json::array()}};
    std::size_t added = 0, replaced = 0;
    for (const auto& r : next.requirements) {
        if (now.requirement_index(r.id) >= 0) continue;
        if (added++ < most) out["added"].push_back({{"requirement", r.id}, {"title", r.title}});
    }
    for (const auto& [id, speaks] : removed) {
        ordered_json successors = ordered_json::array();
        for (const int index : next.requirements_for(id))
            successors.push_back(next.requirements[static_cast<std::size_t>(index)].id);
        replaced += successors.empty() ? 0 : 1;
        if (out["removed"].size() >= most) continue;
        const auto* former = next.former_requirement(id);
        out["removed"].push_back({{"requirement", id},
                                  {"replaced_by", std::move(successors)},
                                  {"why", former == nullptr ? std::string() : former->why},
                                  {"mappings", speaks.mappings},
                                  {"profile_asks", speaks.asks},
                                  {"attestations", speaks.attestations},
                                  {"overrides", speaks.overrides}});
    }
    out["counts"] = {{"added", added},
                     {"removed", removed.size()},
                     {"replaced", replaced},
                     {"lost", removed.size() - replaced}};
    return out;
}

}  // namespace capbridge::engine
