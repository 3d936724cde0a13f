// Archetype rules: read, checked, applied. Nobody keeps a list of who is an Embedder; rules over what the
// staff record does say propose in bulk, and people confirm.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/text.hpp"
#include "core/people/import.hpp"

namespace capbridge::people {
namespace {

using Field = Rule::Condition::Field;
using Test = Rule::Condition::Test;

std::optional<Field> field_named(std::string_view name) {
    if (name == "unit") return Field::unit;
    if (name == "staff_group") return Field::staff_group;
    if (name == "job_role") return Field::job_role;
    if (name == "position") return Field::position;
    return {};
}

const std::string& field_of(const Employment& employment, Field field) {
    switch (field) {
        case Field::unit:
            return employment.unit;
        case Field::staff_group:
            return employment.staff_group;
        case Field::job_role:
            return employment.job_role;
        case Field::position:
            break;
    }
    return employment.position;
}

bool holds(const Rule::Condition& condition, const Employment& employment) {
    const auto& text = field_of(employment, condition.field);
    return std::any_of(condition.any_of.begin(), condition.any_of.end(), [&](const std::string& wanted) {
        return condition.test == Test::contains ? contains_ignoring_case(text, wanted)
                                                : lower_ascii(text) == lower_ascii(wanted);
    });
}

Rule rule_of(const json& document) {
    Rule rule;
    rule.id = get_string(document, "id");
    rule.archetype = get_string(document, "archetype");
    for (const auto& [name, test] : document.at("when").items()) {
        const auto field = field_named(name);
        if (!field) continue;  // the schema knows no other
        for (const auto& [kind, texts] : test.items()) {
            rule.all.push_back({*field, kind == "contains" ? Test::contains : Test::equals,
                                texts.get<std::vector<std::string>>()});
        }
    }
    return rule;
}

// `document` is what of the whole keeps to the schema: parts may lack members or be null.
Problems cross_check(const json& whole, const json& document, const framework::Framework& framework) {
    Problems problems;
    const auto problem = [&](Problem::Severity severity, std::string code, std::string pointer,
                             std::string message) {
        problems.push_back({severity, std::move(code), std::move(pointer), std::move(message), 0});
    };
    constexpr auto error = Problem::Severity::error;
    if (const auto wanted = get_string(document, "framework"); !wanted.empty() && wanted != framework.id) {
        problem(error, "other_framework", "/framework",
                "these rules are for the framework '" + wanted + "', not for '" + framework.id + "'");
    }
    std::map<std::string, std::size_t> ids;
    std::map<std::string, std::string> conditions;  // archetype and conditions -> the rule that has them
    const auto rules = document.value("rules", json::array());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (!rules[i].is_object()) continue;
        const auto at = pointer_append("/rules", i);
        const auto id = get_string(rules[i], "id");
        const auto archetype = get_string(rules[i], "archetype");
        if (!id.empty() && !ids.emplace(id, i).second)
            problem(error, "duplicate_id", at + "/id", "the id '" + id + "' is used twice");
        if (!archetype.empty() && framework.archetype_index(archetype) < 0) {
            problem(error, "unknown_archetype", at + "/archetype", "unknown archetype '" + archetype + "'");
        }
        const auto when = rules[i].find("when");
        if (when == rules[i].end() || *when != whole["rules"][i]["when"] || archetype.empty()) continue;
        const auto [first, is_new] = conditions.emplace(archetype + "|" + when->dump(), id);
        if (!is_new) {
            problem(Problem::Severity::warning, "same_conditions", at + "/when",
                    "the rule '" + first->second +
                        "' has the same conditions and archetype, so this one never proposes anything");
        }
    }
    return problems;
}

}  // namespace

Problems check_rules(const json& document, const framework::Framework& framework, std::string_view text) {
    const auto* file = find_embedded(embedded_config(), "schemas/archetype-rules.schema.json");
    if (file == nullptr)
        return {{Problem::Severity::error, "internal", "",
                 "the schema of archetype rules is missing from this build", 0}};
    const auto schema = parse_json(file->bytes);
    if (!schema)
        return {{Problem::Severity::error, "internal", "",
                 "the schema of archetype rules in this build is broken: " + schema.error().message, 0}};
    json sound;
    auto problems = validate_json(document, *schema, text, &sound);
    if (!sound.is_object()) return problems;
    const auto more = cross_check(document, sound, framework);
    problems.insert(problems.end(), more.begin(), more.end());
    locate(problems, text);
    return problems;
}

Result<RuleSet> load_rules(std::string_view text, const std::string& name,
                           const framework::Framework& framework) {
    const auto document = parse_json(text);
    if (!document) {
        auto error = document.error();
        error.where = name;
        return fail(std::move(error));
    }
    const auto problems = check_rules(*document, framework, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    RuleSet set{get_string(*document, "id"), get_string(*document, "version"), {}};
    for (const auto& rule : document->at("rules")) set.rules.push_back(rule_of(rule));
    return set;
}

std::vector<Assignment> propose(const RuleSet& rules, const Person& person, Day on) {
    std::vector<Assignment> proposals;
    for (const auto& rule : rules.rules) {
        const auto proposed = std::any_of(proposals.begin(), proposals.end(),
                                          [&](const Assignment& a) { return a.archetype == rule.archetype; });
        if (proposed) continue;
        for (const auto& employment : person.employments) {
            const auto fits =
                employment.current_on(on) &&
                std::all_of(rule.all.begin(), rule.all.end(),
                            [&](const Rule::Condition& condition) { return holds(condition, employment); });
            if (!fits) continue;
            proposals.push_back({person.id, rule.archetype, Assignment::State::proposed,
                                 "rule:" + rules.id + "/" + rule.id + "@" + rules.version, employment.from,
                                 employment.to, ""});
            break;
        }
    }
    return proposals;
}

}  // namespace capbridge::people
