// What people say of somebody's items: assessors attest, persons assess themselves, items are waived. Each is
// a decision in a run of its own, so that it can be taken back; an attestation is refused before it is
// written when it could not count.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/attesting.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/members.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t longest_why = 500;

// What is said already is not said again.
Result<ordered_json> write(Bridge& bridge, const Caller& caller, const competency::Rules& rules,
                           const json& params, const PersonsAttestation& attestation,
                           const std::string& what) {
    const auto known = said_already(bridge, rules, attestation);
    ordered_json out{{"id", known.empty() ? attestation.said.id : known},
                     {"person", attestation.person},
                     {"requirements", attestation.said.requirements},
                     {"changed", known.empty()}};
    if (params.value("dry_run", false)) {
        out["dry_run"] = true;
        if (known.empty()) out["id"] = nullptr;  // it will get another one
        NewlySaid said;
        if (known.empty()) said[attestation.person].attestations.push_back(attestation.said);
        CAPBRIDGE_LET(out["effect"], effect_of(bridge, rules, said, params));
        return out;
    }
    if (!known.empty()) return out;
    return decide(bridge, caller, "decision", what, {decision_of(attestation, caller)}, std::move(out));
}

// See read_attestation(); and dry_run?, list? (of a dry run: how many people to tell of).
Result<ordered_json> attest(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto attestation, read_attestation(bridge, *rules, params, caller));
    return write(bridge, caller, *rules, params, attestation,
                 "items attested by assessor " + attestation.said.assessor);
}

// See read_self_assessment(): shown beside, never counts.
Result<ordered_json> assess_self(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto assessment, read_self_assessment(bridge, *rules, params));
    return write(bridge, caller, *rules, params, assessment, "a self-assessment");
}

// {id, why}: takes back what it gave. By who may act as its assessor, or by who wrote it.
Result<ordered_json> withdraw(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(check_members(params, {{"id", "why"}}));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto id, need_text(params, "id"));
    CAPBRIDGE_LET(const auto why, need_text(params, "why"));
    if (why.size() > longest_why) return fail("bad_parameter", "it is longer than 500 bytes", "why");
    const auto known = bridge.store().journal().decision_in_force("item.attestation", lower_uuid(id));
    if (!known) return fail("not_found", "there is no attestation of that id", "id");
    auto payload = json::parse(known->payload, nullptr, false);
    const auto* assessor = rules->assessor(get_string(payload, "assessor"));
    const bool acts = assessor != nullptr && acts_as(*assessor, caller);
    if (!acts && get_string(payload, "by") != caller.who)
        return fail("forbidden",
                    "only its assessor, or who wrote it, withdraws an attestation; "
                    "'capbridge run revert' takes back a run",
                    "id");
    ordered_json out{{"id", known->key}, {"changed", !payload.value("withdrawn", false)}};
    if (!out["changed"]) return out;
    payload["withdrawn"] = true;
    payload["why"] = why;
    return decide(bridge, caller, "decision", "an attestation withdrawn",
                  {{"item.attestation", known->key, payload.dump(), {}}}, std::move(out));
}

// See read_overrides(); and dry_run?, list?.
Result<ordered_json> override_set(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(auto overrides, read_overrides(bridge, *rules, params, caller));
    const auto kind = std::string(competency::text(overrides.said.front().kind));
    auto requirements = ordered_json::array();
    for (const auto& o : overrides.said) requirements.push_back(o.requirement);
    leave_out_said(bridge, overrides);
    ordered_json out{{"person", overrides.person},
                     {"kind", kind},
                     {"requirements", std::move(requirements)},
                     {"changed", !overrides.said.empty()}};
    if (params.value("dry_run", false)) {
        out["dry_run"] = true;
        NewlySaid said;
        said[overrides.person].overrides = overrides.said;
        CAPBRIDGE_LET(out["effect"], effect_of(bridge, *rules, said, params));
        return out;
    }
    std::vector<store::NewDecision> decisions;
    for (const auto& o : overrides.said) decisions.push_back(decision_of(overrides.person, o));
    return decide(bridge, caller, "decision", "items " + kind, std::move(decisions), std::move(out));
}

// {person, requirements | requirement, context?}: asked again.
Result<ordered_json> override_end(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(check_members(params, {{"person", "requirement", "context"}, {"requirements"}}));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto person, known_person(bridge, text, "person"));
    const auto context = get_string(params, "context");
    CAPBRIDGE_LET(const auto requirements, read_items(*rules, params, context));
    // Of somebody who was merged into the person it lies under their own key.
    const auto known = bridge.store().projection().said_of(person, "item.override");
    std::vector<store::NewDecision> decisions;
    for (const auto& id : requirements) {
        const auto before = decisions.size();
        for (const auto& said : known) {
            const auto payload = json::parse(said.payload, nullptr, false);
            if (get_string(payload, "requirement") == id && get_string(payload, "context") == context)
                decisions.push_back({"item.override", said.key, "", {}});
        }
        if (decisions.size() == before)
            return fail("not_found", "'" + id + "' is not waived for this person", "requirements");
    }
    return decide(bridge, caller, "decision", "items asked again", std::move(decisions),
                  {{"person", person}, {"requirements", requirements}});
}

}  // namespace

std::vector<Operation> attest_operations() {
    std::vector<Operation> all{
        {"attestation.add", true, "attest", attest},        {"attestation.self", true, "admin", assess_self},
        {"attestation.withdraw", true, "attest", withdraw}, {"override.set", true, "admin", override_set},
        {"override.end", true, "admin", override_end},
    };
    for (auto part : {cohort_operations, said_operations, assessor_operations}) {
        for (auto& operation : part()) all.push_back(std::move(operation));
    }
    return all;
}

}  // namespace capbridge::engine
