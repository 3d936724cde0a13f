#include "core/engine/attesting.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/engine/history.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/members.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

using competency::Attestation;
using competency::EvidenceKind;
using competency::Override;
using competency::Rules;

constexpr std::size_t longest_text = 500;
constexpr std::size_t most_requirements = 300;
constexpr std::size_t most_listed = 1000;

// Of a person's items, with these texts beside.
Status check_said(const json& params, const std::vector<std::string_view>& texts) {
    Members members{{"person", "requirement"}, {"requirements"}, true};
    members.texts.insert(members.texts.end(), texts.begin(), texts.end());
    return check_members(params, members);
}

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
    if (!day) return fail("bad_parameter", "it is no day written YYYY-MM-DD", name);
    return std::optional<Day>(day);
}

// One of two words; the first is the default.
Result<bool> is_first(const json& params, const char* name, const char* first, const char* second) {
    const auto text = get_string(params, name);
    if (text.empty() || text == first) return true;
    if (text == second) return false;
    return fail("bad_parameter", std::string("it is neither ") + first + " nor " + second, name);
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

// Every item could count.
Status could_count(const Rules& rules, const Attestation& a, const people::Person& person) {
    const bool lead = rules.assessor(a.assessor)->lead;
    for (const auto& id : a.requirements) {
        const int index = rules.framework.requirement_index(id);
        if (const auto why = rules.assessor_refused(a.assessor, person, index, a.on); !why.empty())
            return fail("forbidden", refusal_words(why, a.assessor), "assessor");
        if (rules.allows({a.kind, lead, a.method}, index)) continue;
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

Result<std::string> read_person(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    return known_person(bridge, text, "person");
}

Result<Attestation> read_common(Bridge& bridge, const Rules& rules, const json& params) {
    Attestation a;
    a.id = uuid_v4();
    CAPBRIDGE_LET(a.context, short_text(params, "context"));
    CAPBRIDGE_LET(a.requirements, read_items(rules, params, a.context));
    CAPBRIDGE_LET(const auto on, optional_day(params, "on"));
    const auto today = day_of(bridge.now());
    a.on = on.value_or(today);
    if (a.on > today) return fail("bad_parameter", "the day lies in the future", "on");
    return a;
}

// What is compared with what was said before.
Attestation meaning_of(Attestation a) {
    a.id.clear();
    a.seq = 0;
    return a;
}
Override meaning_of(Override o) {
    o.who.clear();
    o.decision.clear();
    return o;
}

// The requirements that it says something of: a success also of what it implies, as the fold has it.
std::set<int> concerned(const Rules& rules, const Attestation& a) {
    std::vector<int> own;
    for (const auto& id : a.requirements) {
        const auto now = rules.framework.requirements_for(id);
        own.insert(own.end(), now.begin(), now.end());
    }
    if (!a.met) return {own.begin(), own.end()};
    std::set<int> out;
    for (const auto& give : rules.gives_of(own)) out.insert(give.requirement);
    return out;
}

// Of one day the finding said last stands: a success said after a failure, or the other way round.
bool is_answered(const Rules& rules, const Attestation& a, const std::vector<Attestation>& all) {
    if (a.kind == EvidenceKind::self) return false;
    const auto own = concerned(rules, a);
    return std::any_of(all.begin(), all.end(), [&](const Attestation& later) {
        if (later.withdrawn || later.kind == EvidenceKind::self || later.met == a.met || later.on != a.on ||
            later.context != a.context || later.seq <= a.seq)
            return false;
        const auto others = concerned(rules, later);
        return std::any_of(own.begin(), own.end(), [&](int index) { return others.contains(index); });
    });
}

}  // namespace

const std::vector<std::string_view>& attestation_texts() {
    static const std::vector<std::string_view> names{"assessor", "kind", "outcome",  "method", "document",
                                                     "reviewer", "on",   "valid_to", "context"};
    return names;
}

const std::vector<std::string_view>& override_texts() {
    static const std::vector<std::string_view> names{"kind", "why", "from", "until", "context"};
    return names;
}

Result<std::vector<std::string>> read_items(const Rules& rules, const json& params,
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

bool acts_as(const competency::Assessor& assessor, const Caller& caller) {
    const auto& may = assessor.credentials;
    return std::find(may.begin(), may.end(), caller.who) != may.end();
}

Status may_act_as(const Rules& rules, const std::string& id, const Caller& caller) {
    const auto* assessor = rules.assessor(id);
    if (assessor == nullptr) return fail("not_found", refusal_words("assessor_unknown", id), "assessor");
    if (acts_as(*assessor, caller)) return {};
    return fail("forbidden",
                "the register does not let '" + caller.who + "' act as the assessor '" + id +
                    "'; its file names who may, under \"credentials\"",
                "assessor");
}

Result<PersonsAttestation> read_attestation(Bridge& bridge, const Rules& rules, const json& params,
                                            const Caller& caller) {
    CAPBRIDGE_TRY(check_said(params, attestation_texts()));
    PersonsAttestation out;
    CAPBRIDGE_LET(out.person, read_person(bridge, params));
    auto& a = out.said;
    CAPBRIDGE_LET(a, read_common(bridge, rules, params));
    CAPBRIDGE_LET(a.valid_to, optional_day(params, "valid_to"));
    if (a.valid_to && *a.valid_to < a.on)
        return fail("bad_parameter", "the last day lies before the day itself", "valid_to");
    CAPBRIDGE_LET(a.method, short_text(params, "method"));
    CAPBRIDGE_LET(a.document, short_text(params, "document"));
    CAPBRIDGE_LET(a.reviewer, short_text(params, "reviewer"));
    CAPBRIDGE_LET(const bool attested, is_first(params, "kind", "attested", "observed"));
    a.kind = attested ? EvidenceKind::attested : EvidenceKind::observed;
    CAPBRIDGE_LET(a.met, is_first(params, "outcome", "met", "not_met"));
    if (a.method == "prior_learning" && (a.document.empty() || a.reviewer.empty())) {
        return fail("bad_parameter",
                    "prior learning needs the document that was seen and who reviewed it (a role)",
                    a.document.empty() ? "document" : "reviewer");
    }
    CAPBRIDGE_LET(a.assessor, need_text(params, "assessor"));
    CAPBRIDGE_TRY(may_act_as(rules, a.assessor, caller));
    CAPBRIDGE_TRY(could_count(rules, a, *bridge.store().projection().person(out.person)));
    return out;
}

Result<PersonsAttestation> read_self_assessment(Bridge& bridge, const Rules& rules, const json& params) {
    CAPBRIDGE_TRY(check_said(params, {"on", "context"}));
    PersonsAttestation out;
    CAPBRIDGE_LET(out.person, read_person(bridge, params));
    CAPBRIDGE_LET(out.said, read_common(bridge, rules, params));
    out.said.kind = EvidenceKind::self;
    return out;
}

Result<PersonsOverrides> read_overrides(Bridge& bridge, const Rules& rules, const json& params,
                                        const Caller& caller) {
    CAPBRIDGE_TRY(check_said(params, override_texts()));
    PersonsOverrides out;
    CAPBRIDGE_LET(out.person, read_person(bridge, params));
    Override o;
    CAPBRIDGE_LET(o.context, short_text(params, "context"));
    CAPBRIDGE_LET(const auto requirements, read_items(rules, params, o.context));
    CAPBRIDGE_TRY(need_text(params, "why"));
    CAPBRIDGE_LET(o.why, short_text(params, "why"));
    CAPBRIDGE_LET(o.from, optional_day(params, "from"));
    CAPBRIDGE_LET(o.until, optional_day(params, "until"));
    if (o.from && o.until && *o.until < *o.from)
        return fail("bad_parameter", "the last day lies before the first", "until");
    CAPBRIDGE_LET(const bool waived, is_first(params, "kind", "waived", "not_applicable"));
    o.kind = waived ? Override::Kind::waived : Override::Kind::not_applicable;
    o.who = caller.who;
    for (const auto& id : requirements) {
        o.requirement = id;
        o.decision = uuid_v4();
        out.said.push_back(o);
    }
    return out;
}

std::string said_already(Bridge& bridge, const Rules& rules, const PersonsAttestation& attestation) {
    const auto wanted = meaning_of(attestation.said);
    std::vector<Attestation> all;
    for (const auto& said : bridge.store().projection().said_of(attestation.person, "item.attestation")) {
        const auto payload = json::parse(said.payload, nullptr, false);
        if (!payload.is_object()) continue;
        auto known = competency::attestation_from_json(payload);
        if (!known) continue;
        known->seq = said.seq;
        all.push_back(std::move(*known));
    }
    const auto stands = [&](const Attestation& a) {
        return meaning_of(a) == wanted && !is_answered(rules, a, all);
    };
    const auto known = std::find_if(all.begin(), all.end(), stands);
    return known == all.end() ? std::string() : known->id;
}

void leave_out_said(Bridge& bridge, PersonsOverrides& overrides) {
    auto& journal = bridge.store().journal();
    std::erase_if(overrides.said, [&](const Override& o) {
        const auto known = journal.decision_in_force(
            "item.override", override_key(overrides.person, o.requirement, o.context));
        if (!known) return false;
        const auto payload = json::parse(known->payload, nullptr, false);
        return payload.is_object() && meaning_of(competency::override_from_json(payload)) == meaning_of(o);
    });
}

store::NewDecision decision_of(const PersonsAttestation& attestation, const Caller& caller) {
    auto payload = competency::to_json(attestation.said);
    payload["person"] = attestation.person;
    payload["by"] = caller.who;
    return {"item.attestation", attestation.said.id, payload.dump(), {}};
}

store::NewDecision decision_of(const std::string& person, const Override& override_) {
    auto payload = competency::to_json(override_);
    payload["person"] = person;
    return {
        "item.override", override_key(person, override_.requirement, override_.context), payload.dump(), {}};
}

std::string override_key(const std::string& person, const std::string& requirement,
                         const std::string& context) {
    return person + "|" + requirement + "|" + context;
}

Result<ordered_json> effect_of(Bridge& bridge, const Rules& rules, const NewlySaid& said,
                               const json& params) {
    competency::ComparisonLimits limits;
    limits.people = std::min(params.value("list", limits.people), most_listed);
    competency::Comparison comparison(rules, rules, day_of(bridge.now()), limits);
    auto& projection = bridge.store().projection();
    const auto& iri_base = bridge.store().installation().iri_base;
    for (const auto& [id, more] : said) {
        if (bridge.stopping) return fail("stopping", "the bridge is stopping");
        const auto before = projection.person_facts(id);
        if (!before) continue;
        std::vector<std::string> actors;
        for (const auto& i : before->person.identifiers)
            actors.push_back(people::agent_of(i.scheme, i.issuer, i.value, iri_base).key());
        auto history = history_of(projection, before->person, actors);
        auto last =
            std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(more.attestations.size());
        for (const auto& a : more.attestations) {
            history.attestations.push_back(a);
            history.attestations.back().seq = ++last;  // said after all that was
        }
        for (const auto& o : more.overrides) {
            std::erase_if(history.overrides, [&](const Override& known) {
                return known.requirement == o.requirement && known.context == o.context;
            });
            history.overrides.push_back(o);
        }
        auto after = *before;
        after.records = competency::fold(history, after.person, rules);
        comparison.add(*before, after);
    }
    return comparison.finish();
}

}  // namespace capbridge::engine
