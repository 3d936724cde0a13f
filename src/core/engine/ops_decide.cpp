// Decisions about the rules: frameworks, mappings, policies, deployments. A file becomes a version in the
// journal; publishing the same text again changes nothing.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

Result<ordered_json> publish(Bridge& bridge, const Caller& caller, const std::string& kind,
                             const std::string& key, const std::string& version, const std::string& text) {
    ordered_json out{{"kind", kind}, {"id", key}, {"version", version}};
    // Of frameworks, policies and profiles only the one published last is in force, whatever its id.
    const bool only_one = kind == "framework" || kind == "policy" || kind == "profile";
    const auto all = bridge.store().journal().decisions_in_force(kind);
    const auto now = only_one
                         ? (all.empty() ? all.end() : std::prev(all.end()))
                         : std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.key == key; });
    if (now != all.end() && now->key == key && now->payload == text) {
        out["changed"] = false;
        return out;
    }
    store::RunRow run;
    run.kind = "decision";
    run.who = caller.who;
    run.what = "publish " + kind + " " + key + " " + version;
    auto answer = in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
        store::Batch batch;
        batch.run = row.id;
        batch.who = caller.who;
        batch.entries.emplace_back(store::NewDecision{kind, key, text, {}});
        CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
        return ordered_json{{"counts", {{"published", 1}}}};
    });
    if (!answer) return answer;
    out["changed"] = true;
    out["run"] = (*answer)["run"];
    return out;
}

// {text, name}: name is how messages call the file.
Result<ordered_json> framework_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto framework,
                  framework::load_framework(text, get_string(params, "name", "framework")));
    CAPBRIDGE_LET(auto out, publish(bridge, caller, "framework", framework.id, framework.version, text));
    out["warnings"] = ordered_json::array();
    CAPBRIDGE_TRY(bridge.rules());
    for (const auto& what : bridge.left_out())
        out["warnings"].push_back("out of force with this framework: " + what);
    return out;
}

// {id?}: the framework in force, or a shipped one.
Result<ordered_json> framework_export(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto id = get_string(params, "id", rules->framework.id);
    if (id == rules->framework.id) return framework::export_framework(rules->framework);
    CAPBRIDGE_LET(const auto text, framework::shipped_framework(id));
    CAPBRIDGE_LET(const auto other, framework::load_framework(text, id));
    return framework::export_framework(other);
}

// {text, name}
Result<ordered_json> mapping_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto set,
                  competency::load_mapping(text, get_string(params, "name", "mapping"), rules->framework));
    // One activity stands for one learning item, across all mapping sets in force.
    for (const auto& other : rules->mappings) {
        if (other.id == set.id) continue;
        for (const auto& item : set.items) {
            for (const auto& activity : item.activities) {
                for (const auto& theirs : other.items) {
                    if (theirs.id != item.id && std::find(theirs.activities.begin(), theirs.activities.end(),
                                                          activity) != theirs.activities.end()) {
                        return fail("activity_claimed",
                                    "the activity " + activity + " is learning item '" + theirs.id +
                                        "' in mapping '" + other.id + "'",
                                    get_string(params, "name"));
                    }
                }
            }
        }
    }
    CAPBRIDGE_LET(auto out, publish(bridge, caller, "mapping", set.id, set.version, text));
    out["warnings"] = ordered_json::array();
    const auto document = parse_json(text);
    if (document) {
        for (const auto& p : competency::check_mapping(*document, rules->framework, text)) {
            out["warnings"].push_back(p.text(get_string(params, "name", "mapping")));
        }
    }
    return out;
}

// {}: learning items and mappings in force.
Result<ordered_json> mapping_list(Bridge& bridge, const json&, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    ordered_json out{{"mappings", ordered_json::array()}};
    for (const auto& set : rules->mappings) {
        out["mappings"].push_back({{"id", set.id},
                                   {"version", set.version},
                                   {"title", set.title},
                                   {"framework", set.framework},
                                   {"learning_items", set.items.size()},
                                   {"mappings", set.mappings.size()}});
    }
    return out;
}

// {text, name}
Result<ordered_json> policy_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto policy,
                  competency::load_policy(text, get_string(params, "name", "policy"), rules->framework));
    return publish(bridge, caller, "policy", policy.id, policy.version, text);
}

// {text, name}
Result<ordered_json> deployment_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto deployment,
                  competency::load_deployment(text, get_string(params, "name", "deployment")));
    return publish(bridge, caller, "deployment", deployment.id, deployment.version, text);
}

// {text, name}
Result<ordered_json> profile_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto profile,
                  competency::load_profile(text, get_string(params, "name", "profile"), rules->framework));
    return publish(bridge, caller, "profile", profile.id, profile.version, text);
}

// {text, name}
Result<ordered_json> product_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto product, competency::load_product(text, get_string(params, "name", "product")));
    CAPBRIDGE_LET(const auto document, parse_json(text));
    return publish(bridge, caller, "product", product.id, get_string(document, "version"), text);
}

// {text, name}: the register has no versions; what is published last of an id stands in it.
Result<ordered_json> assessor_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto assessor,
                  competency::load_assessor(text, get_string(params, "name", "assessor")));
    return publish(bridge, caller, "assessor", assessor.id, "", text);
}

// {}: ids and roles; no names.
Result<ordered_json> assessor_list(Bridge& bridge, const json&, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    ordered_json out{{"assessors", ordered_json::array()}};
    const auto day = [](const std::optional<Day>& d) {
        return d ? ordered_json(format_day(*d)) : ordered_json(nullptr);
    };
    for (const auto& a : rules->assessors) {
        out["assessors"].push_back({{"id", a.id},
                                    {"title", a.title},
                                    {"lead", a.lead},
                                    {"units", a.units},
                                    {"factors", a.factors},
                                    {"archetypes", a.archetypes},
                                    {"credentials", a.credentials},
                                    {"from", day(a.from)},
                                    {"to", day(a.to)}});
    }
    return out;
}

// {text, name}
Result<ordered_json> team_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto team, competency::load_team(text, get_string(params, "name", "team")));
    return publish(bridge, caller, "team", team.id, team.version, text);
}

// {name}
Result<ordered_json> organisation_set(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto name, need_text(params, "name"));
    CAPBRIDGE_TRY(bridge.store().set_organisation(name));
    return ordered_json{{"organisation", name}};
}

}  // namespace

std::vector<Operation> decide_operations() {
    return {
        {"framework.publish", true, "admin", framework_publish, true},
        {"framework.export", false, "read", framework_export},
        {"mapping.publish", true, "admin", mapping_publish, true},
        {"mapping.list", false, "read", mapping_list},
        {"policy.publish", true, "admin", policy_publish, true},
        {"deployment.publish", true, "admin", deployment_publish, true},
        {"profile.publish", true, "admin", profile_publish, true},
        {"product.publish", true, "admin", product_publish, true},
        {"assessor.publish", true, "admin", assessor_publish, true},
        {"assessor.list", false, "read", assessor_list},
        {"team.publish", true, "admin", team_publish, true},
        {"organisation.set", true, "admin", organisation_set, true},
    };
}

}  // namespace capbridge::engine
