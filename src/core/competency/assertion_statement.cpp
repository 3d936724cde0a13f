#include "core/competency/assertion_statement.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/framework/xapi_profile.hpp"

namespace capbridge::competency {
namespace {

using framework::assertion_extension;
namespace tla = framework::tla;

std::string_view verb_of(Said said) {
    switch (said) {
        case Said::achieved:
            return tla::achieved;
        case Said::expired:
            return tla::expired;
        case Said::revoked:
            break;
    }
    return tla::revoked;
}

json reference(const std::string& statement) {
    return {{"objectType", "StatementRef"}, {"id", statement}};
}

json extension_of(const framework::Framework& f, const Assertion& a) {
    json out{{"bridge", a.bridge},
             {"framework", f.id + "@" + f.version},
             {"factor", a.factor},
             {"tier", a.archetype.empty() ? "foundational" : "advanced"},
             {"items", a.items}};
    if (!a.archetype.empty()) out["archetype"] = a.archetype;
    if (a.day) out["day"] = format_day(*a.day);
    if (a.said == Said::revoked && !a.reason.empty()) out["reason"] = a.reason;
    return out;
}

json evidence_of(const Assertion& a) {
    auto out = json::array();
    for (const auto& id : a.statements) out.push_back(reference(id));
    for (const auto& id : a.attestations) out.push_back({{"id", "urn:uuid:" + id}, {"type", "attestation"}});
    return out;
}

}  // namespace

void add_evidence(Assertion& to, const PersonFacts& person, const std::vector<int>& items, Day as_of,
                  std::size_t most) {
    std::set<std::string> known;
    for (const auto& record : person.records) {
        if (!record.context.empty() || !std::binary_search(items.begin(), items.end(), record.requirement))
            continue;
        for (const auto& one : record.evidence) {
            if (!one.counts || (one.from && *one.from > as_of) || (one.to && *one.to < as_of)) continue;
            if (known.size() == most || !known.insert(one.statement).second) continue;
            (one.is_attestation() ? to.attestations : to.statements).push_back(one.statement);
        }
    }
}

json assertion_statement(const framework::Framework& f, const Assertion& a) {
    const auto activity = framework::competency_activity(f, a.archetype, a.factor);
    const bool revoked = a.said == Said::revoked;
    json extensions{{assertion_extension, extension_of(f, a)}};
    if (a.said == Said::achieved) {
        extensions[std::string(tla::evidence)] = evidence_of(a);
        if (a.valid_to) extensions[std::string(tla::expires)] = format_day(*a.valid_to);
    }
    json activities{{"category", json::array({json{{"objectType", "Activity"},
                                                   {"id", framework::profile_version_iri(f)}}})}};
    if (revoked) activities["grouping"] = json::array({activity});
    json context{{"registration", a.registration},
                 {"contextActivities", std::move(activities)},
                 {"extensions", std::move(extensions)}};
    if (!a.former.empty()) context["statement"] = reference(a.former);
    auto organisation = a.organisation.to_json();
    if (!a.organisation_name.empty()) organisation["name"] = a.organisation_name;
    return {{"id", a.id},
            {"actor", revoked ? organisation : a.agent.to_json()},
            {"verb", {{"id", verb_of(a.said)}, {"display", {{"en", text(a.said)}}}}},
            {"object", revoked ? a.agent.to_json() : activity},
            {"context", std::move(context)},
            {"timestamp", format_instant(a.at)},
            {"authority", organisation}};
}

bool is_assertion(const json& statement) {
    const auto member = [](const json& of, std::string_view name) -> const json* {
        if (!of.is_object()) return nullptr;
        const auto it = of.find(std::string(name));
        return it == of.end() ? nullptr : &*it;
    };
    const auto* verb = member(statement, "verb");
    const auto* context = member(statement, "context");
    const auto* extensions = context == nullptr ? nullptr : member(*context, "extensions");
    if (verb == nullptr || extensions == nullptr || member(*extensions, assertion_extension) == nullptr)
        return false;
    const auto id = get_string(*verb, "id");
    return id == tla::achieved || id == tla::expired || id == tla::revoked;
}

}  // namespace capbridge::competency
