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
    if (name == "team") return Field::team;
    if (name == "deployment") return Field::deployment;
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
        default:
            return employment.position;
    }
}

bool holds(const Rule::Condition& condition, const Employment& employment) {
    if (condition.of_person()) return true;
    const auto& text = field_of(employment, condition.field);
    if (condition.test == Test::within)
        return std::binary_search(condition.names.begin(), condition.names.end(), lower_ascii(text));
    return std::any_of(condition.any_of.begin(), condition.any_of.end(), [&](const std::string& wanted) {
        return condition.test == Test::contains ? contains_ignoring_case(text, wanted)
                                                : lower_ascii(text) == lower_ascii(wanted);
    });
}

bool holds(const Rule::Condition& condition, const Belongs& belongs) {
    if (!condition.of_person()) return true;
    const auto& ids = condition.field == Field::team ? belongs.teams : belongs.deployments;
    return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
        return std::find(condition.any_of.begin(), condition.any_of.end(), id) != condition.any_of.end();
    });
}

std::vector<std::string> in_order(std::vector<std::string> names) {
    for (auto& name : names) name = lower_ascii(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

Rule rule_of(const json& document) {
    Rule rule;
    rule.id = get_string(document, "id");
    rule.archetype = get_string(document, "archetype");
    for (const auto& [name, test] : document.at("when").items()) {
        const auto field = field_named(name);
        if (!field) continue;  // the schema knows no other
        for (const auto& [kind, texts] : test.items()) {
            auto& condition = rule.all.emplace_back();
            condition.field = *field;
            condition.test = kind == "contains" ? Test::contains
                             : kind == "within" ? Test::within
                                                : Test::equals;
            condition.any_of = texts.get<std::vector<std::string>>();
            if (condition.test == Test::within) condition.names = in_order(condition.any_of);
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

void place(RuleSet& rules, const UnitsBelow& with_descendants) {
    for (auto& rule : rules.rules) {
        for (auto& condition : rule.all) {
            if (condition.test != Test::within) continue;
            std::vector<std::string> names = condition.any_of;
            for (const auto& unit : condition.any_of) {
                for (auto& name : with_descendants(unit)) names.push_back(std::move(name));
            }
            condition.names = in_order(std::move(names));
        }
    }
}

std::vector<Assignment> propose(const RuleSet& rules, const Person& person, Day on, const Belongs& belongs) {
    std::vector<Assignment> proposals;
    for (const auto& rule : rules.rules) {
        const auto proposed = std::any_of(proposals.begin(), proposals.end(),
                                          [&](const Assignment& a) { return a.archetype == rule.archetype; });
        const auto& all = rule.all;
        const auto belongs_there = [&](const Rule::Condition& condition) {
            return holds(condition, belongs);
        };
        if (proposed || !std::all_of(all.begin(), all.end(), belongs_there)) continue;
        const bool by_post = !std::all_of(
            all.begin(), all.end(), [](const Rule::Condition& condition) { return condition.of_person(); });
        const auto add = [&](const std::optional<Day>& from, const std::optional<Day>& to) {
            proposals.push_back({person.id, rule.archetype, Assignment::State::proposed,
                                 "rule:" + rules.id + "/" + rule.id + "@" + rules.version, from, to, ""});
        };
        if (!by_post && person.employments.empty()) add({}, {});  // nothing is recorded about where
        for (const auto& employment : person.employments) {
            const auto fits = employment.current_on(on) &&
                              std::all_of(all.begin(), all.end(), [&](const Rule::Condition& condition) {
                                  return holds(condition, employment);
                              });
            if (!fits) continue;
            if (by_post) {
                add(employment.from, employment.to);
            } else {
                add({}, {});
            }
            break;
        }
    }
    return proposals;
}

}  // namespace capbridge::people
