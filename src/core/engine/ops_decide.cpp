// Decisions about the rules: frameworks, mappings, policies, deployments. A file becomes a version in the
// journal; publishing the same text again changes nothing.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/engine/attesting.hpp"
#include "core/engine/deployment_parameter.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/rule_text.hpp"
#include "core/engine/teams.hpp"

namespace capbridge::engine {
namespace {

// Puts it in force, unless that very text is already.
Result<ordered_json> publish(Bridge& bridge, const Caller& caller, const RuleText& rule) {
    ordered_json out{{"kind", rule.kind}, {"id", rule.id}, {"version", rule.version}};
    const auto all = bridge.store().journal().decisions_in_force(rule.kind);
    const auto now = is_only_one(rule.kind) ? (all.empty() ? all.end() : std::prev(all.end()))
                                            : std::find_if(all.begin(), all.end(),
                                                           [&](const auto& d) { return d.key == rule.id; });
    if (now != all.end() && now->key == rule.id && now->payload == rule.text) {
        out["changed"] = false;
        return out;
    }
    store::RunRow run;
    run.kind = "decision";
    run.who = caller.who;
    run.what = "publish " + rule.kind + " " + rule.id + " " + rule.version;
    auto answer = in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
        store::Batch batch;
        batch.run = row.id;
        batch.who = caller.who;
        batch.entries.emplace_back(store::NewDecision{rule.kind, rule.id, rule.text, {}});
        CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
        return ordered_json{{"counts", {{"published", 1}}}};
    });
    if (!answer) return answer;
    out["changed"] = true;
    out["run"] = (*answer)["run"];
    return out;
}

// {text, name}: name is how messages call the file.
Result<ordered_json> publish_text(Bridge& bridge, const json& params, const Caller& caller,
                                  const std::string& kind) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto rule, read_rule_text(*rules, kind, text, get_string(params, "name")));
    return publish(bridge, caller, rule);
}

Result<ordered_json> framework_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto out, publish_text(bridge, params, caller, "framework"));
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

Result<ordered_json> mapping_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto out, publish_text(bridge, params, caller, "mapping"));
    out["warnings"] = ordered_json::array();
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
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

Result<ordered_json> policy_publish(Bridge& bridge, const json& params, const Caller& caller) {
    return publish_text(bridge, params, caller, "policy");
}
Result<ordered_json> deployment_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto out, publish_text(bridge, params, caller, "deployment"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    out["warnings"] = deployment_warnings(bridge, *rules, out["id"].get<std::string>());
    return out;
}
Result<ordered_json> profile_publish(Bridge& bridge, const json& params, const Caller& caller) {
    return publish_text(bridge, params, caller, "profile");
}
Result<ordered_json> product_publish(Bridge& bridge, const json& params, const Caller& caller) {
    return publish_text(bridge, params, caller, "product");
}
Result<ordered_json> assessor_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto out, publish_text(bridge, params, caller, "assessor"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    out["warnings"] = assessor_warnings(bridge, *rules, out["id"].get<std::string>());
    return out;
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

Result<ordered_json> team_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto out, publish_text(bridge, params, caller, "team"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    out["warnings"] = team_warnings(bridge, *rules, out["id"].get<std::string>());
    return out;
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
