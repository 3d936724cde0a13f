// What people say of somebody's items: assessors attest, persons assess themselves, items are waived. Each is
// a decision in a run of its own, so that it can be taken back; an attestation is refused before it is
// written when it could not count.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

using competency::Attestation;
using competency::EvidenceKind;
using competency::Override;
using competency::Rules;

constexpr std::size_t longest_text = 500;
constexpr std::size_t most_requirements = 300;

Result<std::string> short_text(const json& params, const char* name) {
    auto text = get_string(params, name);
    if (text.size() > longest_text)
        return fail("bad_parameter", "it is longer than " + std::to_string(longest_text) + " bytes", name);
    return text;
}

Result<std::optional<Day>> optional_day(const json& params, const char* name) {
    const auto text = get_string(params, name);
    if (text.empty()) return std::optional<Day>();
    auto day = parse_day(text);
    if (!day) return fail("bad_parameter", "'" + text + "' is no day written YYYY-MM-DD", name);
    return std::optional<Day>(day);
}

// {requirements: [id...]} or {requirement: id}, in the context {context?}: all known, and about a product
// where there is a deployment.
Result<std::vector<std::string>> requirements_of(const json& params, const Rules& rules,
                                                 const std::string& context) {
    std::vector<std::string> out;
    if (const auto one = get_string(params, "requirement"); !one.empty()) out.push_back(one);
    if (const auto list = params.find("requirements"); list != params.end()) {
        if (!list->is_array()) return fail("bad_parameter", "a list of ids is needed", "requirements");
        for (const auto& id : *list) {
            if (!id.is_string()) return fail("bad_parameter", "a list of ids is needed", "requirements");
            out.push_back(id.get<std::string>());
        }
    }
    if (out.empty() || out.size() > most_requirements)
        return fail("bad_parameter", "one to 300 requirements are needed", "requirements");
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    if (!context.empty() && rules.deployment_index(context) < 0)
        return fail("not_found", "there is no deployment '" + context + "'", "context");
    for (const auto& id : out) {
        const int index = rules.framework.requirement_index(id);
        if (index < 0)
            return fail("not_found",
                        "the framework " + rules.framework.id + " has no requirement '" + id + "'",
                        "requirements");
        const bool product =
            rules.framework.requirements[static_cast<std::size_t>(index)].tier == "product-specific";
        if (product == context.empty()) {
            return fail("bad_parameter",
                        product ? "'" + id + "' is about a product: say of which deployment"
                                : "'" + id + "' is not about a product; leave the deployment out",
                        "context");
        }
    }
    return out;
}

std::string refusal_words(std::string_view why, const std::string& assessor) {
    const auto who = "the assessor '" + assessor + "' ";
    if (why == "assessor_unknown") return who + "does not stand in the register (capbridge assessor publish)";
    if (why == "assessor_not_registered") return who + "does not stand in the register on that day";
    if (why == "assessor_is_the_person") return who + "is that person: nobody vouches for themselves";
    if (why == "assessor_not_for_unit")
        return who + "is not registered for a unit in which the person works on that day";
    return who + "is not registered for that item";
}

// The register lets the caller act as this assessor, and every item could count.
Status may_attest(const Rules& rules, const Attestation& a, const people::Person& person,
                  const Caller& caller) {
    const auto* assessor = rules.assessor(a.assessor);
    if (assessor == nullptr)
        return fail("not_found", refusal_words("assessor_unknown", a.assessor), "assessor");
    const auto& may = assessor->credentials;
    if (std::find(may.begin(), may.end(), caller.who) == may.end()) {
        return fail("forbidden",
                    "the register does not let '" + caller.who + "' act as the assessor '" + a.assessor +
                        "'; its file names who may, under \"credentials\"",
                    "assessor");
    }
    for (const auto& id : a.requirements) {
        const int index = rules.framework.requirement_index(id);
        if (const auto why = rules.assessor_refused(a.assessor, person, index, a.on); !why.empty())
            return fail("forbidden", refusal_words(why, a.assessor), "assessor");
        if (rules.allows({a.kind, assessor->lead, a.method}, index)) continue;
        const bool a_lead_could = rules.allows({a.kind, true, a.method}, index);
        return fail("above_cap",
                    "the policy " + rules.policy.id + "@" + rules.policy.version + " does not let " +
                        std::string(competency::text(a.kind)) + " evidence" +
                        (a.method.empty() ? "" : " by " + a.method) + " claim the level of '" + id + "'" +
                        (a_lead_could ? "; an assessor with a lead role could" : ""),
                    "requirements");
    }
    return {};
}

Result<ordered_json> write(Bridge& bridge, const Caller& caller, const Attestation& a,
                           const std::string& person, const std::string& what) {
    auto payload = competency::to_json(a);
    payload["person"] = person;
    payload["by"] = caller.who;
    return decide(bridge, caller, "decision", what, {{"item.attestation", a.id, payload.dump(), {}}},
                  {{"id", a.id}, {"person", person}, {"requirements", a.requirements}});
}

Result<Attestation> read_attestation(Bridge& bridge, const json& params, const Rules& rules) {
    Attestation a;
    a.id = uuid_v4();
    CAPBRIDGE_LET(a.context, short_text(params, "context"));
    CAPBRIDGE_LET(a.requirements, requirements_of(params, rules, a.context));
    CAPBRIDGE_LET(a.on, day_parameter(bridge, params, "on"));
    if (a.on > day_of(bridge.now())) return fail("bad_parameter", "the day lies in the future", "on");
    CAPBRIDGE_LET(a.valid_to, optional_day(params, "valid_to"));
    if (a.valid_to && *a.valid_to < a.on)
        return fail("bad_parameter", "the last day lies before the day itself", "valid_to");
    CAPBRIDGE_LET(a.method, short_text(params, "method"));
    CAPBRIDGE_LET(a.document, short_text(params, "document"));
    CAPBRIDGE_LET(a.reviewer, short_text(params, "reviewer"));
    return a;
}

// {person, requirements | requirement, assessor, kind?: attested|observed, outcome?: met|not_met, method?,
// document?, reviewer?, on?, valid_to?, context?}
Result<ordered_json> attest(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto id, known_person(bridge, text, "person"));
    CAPBRIDGE_LET(auto a, read_attestation(bridge, params, *rules));
    CAPBRIDGE_LET(a.assessor, need_text(params, "assessor"));
    const auto kind = get_string(params, "kind", "attested"), outcome = get_string(params, "outcome", "met");
    if (kind != "attested" && kind != "observed")
        return fail("bad_parameter", "'" + kind + "' is neither attested nor observed", "kind");
    if (outcome != "met" && outcome != "not_met")
        return fail("bad_parameter", "'" + outcome + "' is neither met nor not_met", "outcome");
    a.kind = kind == "observed" ? EvidenceKind::observed : EvidenceKind::attested;
    a.met = outcome == "met";
    if (a.method == "prior_learning" && (a.document.empty() || a.reviewer.empty())) {
        return fail("bad_parameter", "prior learning needs the document and who reviewed it",
                    a.document.empty() ? "document" : "reviewer");
    }
    const auto person = bridge.store().projection().person(id);
    CAPBRIDGE_TRY(may_attest(*rules, a, *person, caller));
    return write(bridge, caller, a, id, "items attested by assessor " + a.assessor);
}

// {person, requirements | requirement, on?, context?}: shown beside, never counts.
Result<ordered_json> assess_self(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto id, known_person(bridge, text, "person"));
    CAPBRIDGE_LET(auto a, read_attestation(bridge, params, *rules));
    a.kind = EvidenceKind::self;
    return write(bridge, caller, a, id, "a self-assessment");
}

// {id, why}: takes back what it gave. By who may act as its assessor, or by who wrote it.
Result<ordered_json> withdraw(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto id, need_text(params, "id"));
    CAPBRIDGE_LET(const auto why, need_text(params, "why"));
    const auto known = bridge.store().journal().decision_in_force("item.attestation", lower_uuid(id));
    if (!known) return fail("not_found", "there is no attestation of that id", "id");
    auto payload = json::parse(known->payload, nullptr, false);
    const auto* assessor = rules->assessor(get_string(payload, "assessor"));
    const bool acts = assessor != nullptr &&
                      std::find(assessor->credentials.begin(), assessor->credentials.end(), caller.who) !=
                          assessor->credentials.end();
    if (!acts && get_string(payload, "by") != caller.who)
        return fail("forbidden",
                    "only its assessor, or who wrote it, withdraws an attestation; "
                    "'capbridge run revert' takes back a run",
                    "id");
    payload["withdrawn"] = true;
    payload["why"] = why.substr(0, longest_text);
    return decide(bridge, caller, "decision", "an attestation withdrawn",
                  {{"item.attestation", known->key, payload.dump(), {}}}, {{"id", known->key}});
}

// {person, requirements | requirement, why, kind?: waived|not_applicable, from?, until?, context?}
Result<ordered_json> override_set(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto person, known_person(bridge, text, "person"));
    Override o;
    CAPBRIDGE_LET(o.context, short_text(params, "context"));
    CAPBRIDGE_LET(const auto requirements, requirements_of(params, *rules, o.context));
    CAPBRIDGE_TRY(need_text(params, "why"));
    CAPBRIDGE_LET(o.why, short_text(params, "why"));
    CAPBRIDGE_LET(o.from, optional_day(params, "from"));
    CAPBRIDGE_LET(o.until, optional_day(params, "until"));
    if (o.from && o.until && *o.until < *o.from)
        return fail("bad_parameter", "the last day lies before the first", "until");
    const auto kind = get_string(params, "kind", "waived");
    if (kind != "waived" && kind != "not_applicable")
        return fail("bad_parameter", "'" + kind + "' is neither waived nor not_applicable", "kind");
    o.kind = kind == "waived" ? Override::Kind::waived : Override::Kind::not_applicable;
    o.who = caller.who;
    std::vector<store::NewDecision> decisions;
    for (const auto& id : requirements) {
        o.requirement = id;
        o.decision = uuid_v4();
        auto payload = competency::to_json(o);
        payload["person"] = person;
        decisions.push_back({"item.override", person + "|" + id + "|" + o.context, payload.dump(), {}});
    }
    return decide(bridge, caller, "decision", "items " + kind, std::move(decisions),
                  {{"person", person}, {"kind", kind}, {"requirements", requirements}});
}

// {person, requirements | requirement, context?}: asked again.
Result<ordered_json> override_end(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto person, known_person(bridge, text, "person"));
    const auto context = get_string(params, "context");
    CAPBRIDGE_LET(const auto requirements, requirements_of(params, *rules, context));
    std::vector<store::NewDecision> decisions;
    for (const auto& id : requirements) {
        auto key = person + "|" + id + "|" + context;
        if (!bridge.store().journal().decision_in_force("item.override", key))
            return fail("not_found", "'" + id + "' is not waived for this person", "requirements");
        decisions.push_back({"item.override", std::move(key), "", {}});
    }
    return decide(bridge, caller, "decision", "items asked again", std::move(decisions),
                  {{"person", person}, {"requirements", requirements}});
}

}  // namespace

std::vector<Operation> attest_operations() {
    return {
        {"attestation.add", true, "attest", attest},        {"attestation.self", true, "admin", assess_self},
        {"attestation.withdraw", true, "attest", withdraw}, {"override.set", true, "admin", override_set},
        {"override.end", true, "admin", override_end},
    };
}

}  // namespace capbridge::engine
