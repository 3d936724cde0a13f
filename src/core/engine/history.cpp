#include "core/engine/history.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace capbridge::engine {

competency::History history_of(store::Projection& projection, const people::Person& person,
                               const std::vector<std::string>& actors, const store::AllFacts* all,
                               const store::ActivityFilter* wanted) {
    competency::History out;
    out.facts = all != nullptr ? all->of(person, actors) : projection.facts_of(person, actors, wanted);
    std::set<std::pair<std::string, std::string>> overridden;
    for (const auto& said : projection.said_of(person.id, "item.")) {
        const auto payload = json::parse(said.payload, nullptr, false);
        if (!payload.is_object()) continue;
        if (said.kind == "item.attestation") {
            if (auto attestation = competency::attestation_from_json(payload)) {
                attestation->seq = said.seq;  // of two on one day the one said last is the later one
                out.attestations.push_back(std::move(*attestation));
            }
        } else if (said.kind == "item.override") {
            auto overriding = competency::override_from_json(payload);
            if (overridden.emplace(overriding.requirement, overriding.context).second)
                out.overrides.push_back(std::move(overriding));
        }
    }
    return out;
}

}  // namespace capbridge::engine
