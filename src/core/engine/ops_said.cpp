// What was said of people's items, newest first, a page at a time: attestations with whether they count, and
// overrides. People are their uuids, assessors their roles.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/attesting.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

using competency::Attestation;
using competency::EvidenceKind;
using competency::Rules;

constexpr std::size_t usual_page = 100, longest_page = 1000;

ordered_json or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}
ordered_json or_null(const std::optional<Day>& day) {
    return day ? ordered_json(format_day(*day)) : ordered_json(nullptr);
}

// In order of seq: of one person, or of everybody.
Result<std::vector<store::DecisionRow>> decisions(Bridge& bridge, const std::string& kind,
                                                  const std::string& person) {
    auto& journal = bridge.store().journal();
    if (person.empty()) return journal.decisions_in_force(kind);
    CAPBRIDGE_LET(const auto id, known_person(bridge, person, "person"));
    std::vector<store::DecisionRow> out;
    for (const auto& said : bridge.store().projection().said_of(id, kind)) {
        if (auto decision = journal.decision_in_force(said.kind, said.key))
            out.push_back(std::move(*decision));
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    return out;
}

// {person?, limit?, offset?, ...}: the page of those that `fits`, each as `tell` has it.
template <class Fits, class Tell>
Result<ordered_json> page(Bridge& bridge, const json& params, const std::string& kind, const char* name,
                          const Fits& fits, const Tell& tell) {
    const auto limit = std::clamp(params.value("limit", usual_page), std::size_t{1}, longest_page);
    const auto offset = params.value("offset", std::size_t{0});
    CAPBRIDGE_LET(const auto all, decisions(bridge, kind, get_string(params, "person")));
    ordered_json list = ordered_json::array();
    std::size_t total = 0;
    for (auto decision = all.rbegin(); decision != all.rend(); ++decision) {
        const auto payload = json::parse(decision->payload, nullptr, false);
        if (!payload.is_object() || !fits(payload)) continue;
        if (total++ < offset || list.size() >= limit) continue;
        if (auto told = tell(payload, *decision); !told.is_null()) list.push_back(std::move(told));
    }
    return ordered_json{{"total", total}, {"offset", offset}, {name, std::move(list)}};
}

std::string survivor(Bridge& bridge, const json& payload) {
    return bridge.store().projection().survivor(get_string(payload, "person"));
}

// Why it gives an item nothing, as a contribution's why_not; "" when it counts, or is a finding that does.
std::string refused(const Rules& rules, const Attestation& a, const std::optional<people::Person>& person,
                    const std::string& id) {
    if (a.withdrawn) return "withdrawn";
    if (a.kind == EvidenceKind::self) return "self_assessment";
    if (!person) return "person_unknown";
    const auto now = rules.framework.requirements_for(id);  // of a former id: what replaced it
    if (now.empty()) return "requirement_unknown";
    const auto why = rules.assessor_refused(a.assessor, *person, now.front(), a.on);
    if (!why.empty()) return std::string(why);
    return rules.allows({a.kind, rules.assessor(a.assessor)->lead, a.method}, now.front()) ? "" : "capped";
}

ordered_json told(Bridge& bridge, const Rules& rules, const json& payload,
                  const store::DecisionRow& decision) {
    const auto read = competency::attestation_from_json(payload);
    if (!read) return nullptr;
    const auto& a = *read;
    const auto id = survivor(bridge, payload);
    const auto person = bridge.store().projection().person(id);
    const auto* assessor = rules.assessor(a.assessor);
    ordered_json out{{"id", a.id},
                     {"person", id},
                     {"requirements", a.requirements},
                     {"context", or_null(a.context)},
                     {"kind", competency::text(a.kind)},
                     {"outcome", a.met ? "met" : "not_met"},
                     {"method", or_null(a.method)},
                     {"assessor", or_null(a.assessor)},
                     {"assessor_title", or_null(assessor == nullptr ? "" : assessor->title)},
                     {"document", or_null(a.document)},
                     {"reviewer", or_null(a.reviewer)},
                     {"on", format_day(a.on)},
                     {"valid_to", or_null(a.valid_to)},
                     {"withdrawn", a.withdrawn},
                     {"why", or_null(get_string(payload, "why"))},
                     {"by", or_null(get_string(payload, "by"))},
                     {"recorded", format_instant(decision.recorded)},
                     {"run", decision.run},
                     {"not_counting", ordered_json::object()}};
    for (const auto& requirement : a.requirements) {
        if (auto why = refused(rules, a, person, requirement); !why.empty())
            out["not_counting"][requirement] = std::move(why);
    }
    return out;
}

bool names(const json& payload, const std::string& requirement) {
    if (requirement.empty()) return true;
    const auto list = payload.find("requirements");
    return list != payload.end() && std::find(list->begin(), list->end(), requirement) != list->end();
}

// {person?, assessor?, requirement?, limit?, offset?}
Result<ordered_json> attestations(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto assessor = get_string(params, "assessor"), requirement = get_string(params, "requirement");
    return page(
        bridge, params, "item.attestation", "attestations",
        [&](const json& payload) {
            return (assessor.empty() || get_string(payload, "assessor") == assessor) &&
                   names(payload, requirement);
        },
        [&](const json& payload, const auto& decision) { return told(bridge, *rules, payload, decision); });
}

// {person?, requirement?, limit?, offset?}
Result<ordered_json> overrides(Bridge& bridge, const json& params, const Caller&) {
    const auto requirement = get_string(params, "requirement");
    const auto today = day_of(bridge.now());
    return page(
        bridge, params, "item.override", "overrides",
        [&](const json& payload) {
            return requirement.empty() || get_string(payload, "requirement") == requirement;
        },
        [&](const json& payload, const store::DecisionRow& decision) {
            const auto o = competency::override_from_json(payload);
            return ordered_json{{"person", survivor(bridge, payload)},
                                {"requirement", o.requirement},
                                {"context", or_null(o.context)},
                                {"kind", competency::text(o.kind)},
                                {"from", or_null(o.from)},
                                {"until", or_null(o.until)},
                                {"in_force", o.in_force(today)},
                                {"why", or_null(o.why)},
                                {"who", or_null(o.who)},
                                {"recorded", format_instant(decision.recorded)},
                                {"run", decision.run}};
        });
}

}  // namespace

std::vector<Operation> said_operations() {
    return {
        {"attestation.list", false, "read", attestations},
        {"override.list", false, "read", overrides},
    };
}

}  // namespace capbridge::engine
