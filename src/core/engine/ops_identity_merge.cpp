// One person who was taken for two, and two who were taken for one. A merge is a decision of its own: what
// was said of each stays theirs, so that taking it back parts them again.
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t longest_why = 500;

Result<std::string> person_of(Bridge& bridge, const json& params, const char* name) {
    CAPBRIDGE_LET(const auto text, need_text(params, name));
    return known_person(bridge, text, name);
}

// {from, into, why?, by?}: all of `from` counts for `into` from now on.
Result<ordered_json> merge(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto from, person_of(bridge, params, "from"));
    CAPBRIDGE_LET(const auto into, person_of(bridge, params, "into"));
    if (from == into) return fail("same_person", "these are one person already", "/into");
    const auto why = get_string(params, "why");
    if (why.size() > longest_why) return fail("bad_parameter", "the reason is longer than 500 bytes", "/why");
    const json payload{
        {"from", from}, {"into", into}, {"why", why}, {"by", get_string(params, "by", caller.who)}};
    return decide(bridge, caller, "decision", "two people merged",
                  {{"person.merge", from, payload.dump(), {}}},
                  {{"person", into}, {"merged", from}, {"counts", {{"merged", 1}}}});
}

// {person}: the uuid of the one who was merged into another.
Result<ordered_json> unmerge(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    const auto person = lower_uuid(text);
    const auto known = bridge.store().journal().decision_in_force("person.merge", person);
    if (!known)
        return fail("not_found", "this uuid was not merged into another (capbridge person shows what was)",
                    "person");
    const auto into = get_string(json::parse(known->payload, nullptr, false), "into");
    return decide(bridge, caller, "decision", "a merge taken back", {{"person.merge", person, "", {}}},
                  {{"person", person}, {"was_merged_into", into}, {"counts", {{"unmerged", 1}}}});
}

// {}
Result<ordered_json> merge_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"merges", ordered_json::array()}};
    for (const auto& decision : bridge.store().journal().decisions_in_force("person.merge")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        out["merges"].push_back({{"from", decision.key},
                                 {"into", get_string(payload, "into")},
                                 {"person", bridge.store().projection().survivor(decision.key)},
                                 {"why", get_string(payload, "why")},
                                 {"by", get_string(payload, "by")},
                                 {"recorded", format_instant(decision.recorded)},
                                 {"run", decision.run}});
    }
    return out;
}

}  // namespace

std::vector<Operation> merge_operations() {
    return {
        {"person.merge", true, "admin", merge},
        {"person.unmerge", true, "admin", unmerge},
        {"person.merges", false, "read", merge_list},
    };
}

}  // namespace capbridge::engine
