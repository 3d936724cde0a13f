// The end of an assessor's registration: the file of the register with a last day. What was vouched for up to
// that day stays.
#include <nlohmann/json.hpp>

#include "core/engine/attesting.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/rule_text.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

// Attestations in force by this assessor of a later day: they count no more.
std::size_t vouched_after(Bridge& bridge, const std::string& assessor, Day last) {
    std::size_t count = 0;
    for (const auto& decision : bridge.store().journal().decisions_in_force("item.attestation")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (get_string(payload, "assessor") != assessor || payload.value("withdrawn", false)) continue;
        const auto on = parse_day(get_string(payload, "on"));
        count += on && *on > last ? 1 : 0;
    }
    return count;
}

// {id, why, to?: the last day, today if left out, dry_run?, list?}
Result<ordered_json> end(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto id, need_text(params, "id"));
    CAPBRIDGE_LET(const auto to, day_parameter(bridge, params, "to"));
    const bool dry = params.value("dry_run", false);
    if (!dry) CAPBRIDGE_TRY(need_text(params, "why"));
    const auto why = get_string(params, "why");
    if (why.size() > 500) return fail("bad_parameter", "it is longer than 500 bytes", "why");
    const auto known = bridge.store().journal().decision_in_force("assessor", id);
    if (!known || known->payload.empty())
        return fail("not_found",
                    "there is no assessor '" + id + "' in the register (capbridge assessor list shows them)",
                    "id");
    CAPBRIDGE_LET(auto document, parse_ordered_json(known->payload));
    const auto before = parse_day(get_string(json(document), "to"));
    if (before && *before < to) {
        return fail("bad_parameter",
                    "the registration ended on " + format_day(*before) +
                        " already; to have it go on, publish its file with another last day",
                    "to");
    }
    ordered_json out{{"id", id},
                     {"to", format_day(to)},
                     {"changed", !before || *before != to},
                     {"attestations_lost", vouched_after(bridge, id, to)}};
    document["to"] = format_day(to);
    const auto text = document.dump(2) + "\n";
    CAPBRIDGE_LET(const auto rule, read_rule_text(*rules, "assessor", text, "assessor " + id));
    if (dry) {
        json asked{{"kind", "assessor"}, {"text", text}};
        if (params.contains("list")) asked["list"] = params["list"];
        CAPBRIDGE_LET(out["effect"], run_operation(bridge, "preview", asked, caller));
        out["dry_run"] = true;
        return out;
    }
    if (!out["changed"]) return out;
    return decide(bridge, caller, "decision",
                  "assessor " + id + " until " + format_day(to) + (why.empty() ? "" : ": " + why),
                  {{"assessor", rule.id, text, {}}}, std::move(out));
}

}  // namespace

std::vector<std::string> assessor_warnings(Bridge& bridge, const competency::Rules& rules,
                                           std::string_view id) {
    const auto* assessor = rules.assessor(id);
    if (assessor == nullptr || assessor->person.empty()) return {};
    auto& projection = bridge.store().projection();
    const auto named = people::identifier_from_text(assessor->person);
    const bool known =
        projection.person(assessor->person).has_value() ||
        (named && projection.person_by_identifier(named->scheme, named->issuer, named->value).has_value());
    if (known) return {};
    return {
        "\"person\" is nobody that the bridge knows: until it does, nothing keeps this assessor from "
        "vouching "
        "for themselves"};
}

std::vector<Operation> assessor_operations() {
    return {{"assessor.end", true, "admin", end}};
}

}  // namespace capbridge::engine
