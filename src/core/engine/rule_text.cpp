#include "core/engine/rule_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/teams.hpp"

namespace capbridge::engine {
namespace {

// One activity stands for one learning item, across all mapping sets in force.
Status check_activities(const competency::Rules& rules, const competency::MappingSet& set,
                        const std::string& name) {
    for (const auto& other : rules.mappings) {
        if (other.id == set.id) continue;
        for (const auto& item : set.items) {
            for (const auto& activity : item.activities) {
                for (const auto& theirs : other.items) {
                    if (theirs.id != item.id && std::find(theirs.activities.begin(), theirs.activities.end(),
                                                          activity) != theirs.activities.end()) {
                        return fail("activity_claimed",
                                    "the activity " + activity + " is learning item '" + theirs.id +
                                        "' in mapping '" + other.id + "'",
                                    name);
                    }
                }
            }
        }
    }
    return {};
}

}  // namespace

Result<RuleText> read_rule_text(const competency::Rules& rules, const std::string& kind,
                                const std::string& text, const std::string& given_name) {
    const auto& name = given_name.empty() ? kind : given_name;
    RuleText out{kind, {}, {}, text};
    const auto is = [&](const auto& loaded) {
        out.id = loaded.id;
        out.version = loaded.version;
    };
    if (kind == "framework") {
        CAPBRIDGE_LET(const auto loaded, framework::load_framework(text, name));
        is(loaded);
    } else if (kind == "policy") {
        CAPBRIDGE_LET(const auto loaded, competency::load_policy(text, name, rules.framework));
        is(loaded);
    } else if (kind == "profile") {
        CAPBRIDGE_LET(const auto loaded, competency::load_profile(text, name, rules.framework));
        is(loaded);
    } else if (kind == "mapping") {
        CAPBRIDGE_LET(const auto loaded, competency::load_mapping(text, name, rules.framework));
        CAPBRIDGE_TRY(check_activities(rules, loaded, given_name));
        is(loaded);
    } else if (kind == "deployment") {
        CAPBRIDGE_LET(const auto loaded, competency::load_deployment(text, name));
        is(loaded);
    } else if (kind == "team") {
        CAPBRIDGE_LET(const auto loaded, competency::load_team(text, name));
        CAPBRIDGE_TRY(check_team(loaded, rules.framework, name));
        is(loaded);
    } else if (kind == "product") {
        CAPBRIDGE_LET(const auto loaded, competency::load_product(text, name));
        CAPBRIDGE_LET(const auto document, parse_json(text));
        out.id = loaded.id;
        out.version = get_string(document, "version");
    } else if (kind == "assessor") {  // the register has no versions
        CAPBRIDGE_LET(const auto loaded, competency::load_assessor(text, name));
        out.id = loaded.id;
    } else {
        return fail(
            "bad_parameter",
            "'kind' must be framework, policy, profile, mapping, product, deployment, assessor or team",
            "/kind");
    }
    return out;
}

}  // namespace capbridge::engine
