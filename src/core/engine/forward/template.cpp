#include "core/engine/forward/template.hpp"

#include <algorithm>
#include <array>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace capbridge::engine {
namespace {

Error unsupported(std::string_view path, std::string_view what) {
    return {"unsupported_path",
            "the JSONPath '" + std::string(path) + "' has " + std::string(what) +
                "; known are .name, ['name'], [0], [*], .* and alternatives with |",
            {},
            0};
}

Result<Path> read_path(std::string_view path) {
    if (!path.starts_with('$')) return fail(unsupported(path, "no $ at its beginning"));
    Path out;
    for (std::size_t at = 1; at < path.size();) {
        PathStep step;
        if (path[at] == '.') {
            const auto end = std::min(path.find_first_of(".[", at + 1), path.size());
            const auto name = path.substr(at + 1, end - at - 1);
            if (name.empty()) return fail(unsupported(path, "'..' or an empty step"));
            if (name.find_first_of(" ()?,:'\"") != std::string_view::npos)
                return fail(unsupported(path, "a step that is no plain name"));
            if (name == "*") {
                step.kind = PathStep::Kind::all;
            } else {
                step.name = name;
            }
            at = end;
        } else if (path[at] == '[') {
            const bool quoted = at + 1 < path.size() && (path[at + 1] == '\'' || path[at + 1] == '"');
            const auto close = quoted ? path.find(path[at + 1], at + 2) : path.find(']', at);
            const auto end = quoted && close != std::string_view::npos ? close + 1 : close;
            if (end == std::string_view::npos || end >= path.size() || path[end] != ']')
                return fail(unsupported(path, "a bracket that is not closed, or more than one name in it"));
            if (quoted) {
                step.name = path.substr(at + 2, close - at - 2);
            } else {
                const auto inside = path.substr(at + 1, end - at - 1);
                const bool number = !inside.empty() && inside.size() < 10 &&
                                    inside.find_first_not_of("0123456789") == std::string_view::npos;
                if (inside == "*") {
                    step.kind = PathStep::Kind::all;
                } else if (number) {
                    step.kind = PathStep::Kind::index;
                    step.index = std::stoul(std::string(inside));
                } else {
                    return fail(unsupported(path, "a filter, slice or list in brackets"));
                }
            }
            at = end + 1;
        } else {
            return fail(unsupported(path, "a step that begins with neither . nor ["));
        }
        out.push_back(std::move(step));
    }
    return out;
}

// The values at the path; `missing` becomes true where a value on the way has no such place.
void walk(const json& value, const Path& path, std::size_t at, std::vector<const json*>& out, bool& missing) {
    if (at == path.size()) {
        out.push_back(&value);
        return;
    }
    const auto& step = path[at];
    if (step.kind == PathStep::Kind::all && value.is_structured()) {
        if (value.empty()) missing = true;
        for (const auto& one : value) walk(one, path, at + 1, out, missing);
    } else if (step.kind == PathStep::Kind::name && value.is_object() && value.contains(step.name)) {
        walk(value.at(step.name), path, at + 1, out, missing);
    } else if (step.kind == PathStep::Kind::index && value.is_array() && step.index < value.size()) {
        walk(value.at(step.index), path, at + 1, out, missing);
    } else {
        missing = true;
    }
}

std::vector<const json*> values_at(const json& from, const std::vector<Path>& paths, bool& missing) {
    std::vector<const json*> out;
    bool all_missing = true;
    for (const auto& path : paths) {
        std::vector<const json*> found;
        bool here = false;
        walk(from, path, 0, found, here);
        if (!found.empty()) all_missing = false;
        // Of alternatives one is enough; within one path every branch must have the place.
        if (here && (paths.size() == 1 || !found.empty())) missing = true;
        out.insert(out.end(), found.begin(), found.end());
    }
    if (all_missing) missing = true;
    return out;
}

bool is_in(const json& value, const std::vector<json>& list) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<std::string> types_of(const json& list) {
    std::vector<std::string> out;
    if (list.is_object()) out.push_back(get_string(list.value("definition", json::object()), "type"));
    if (!list.is_array()) return out;
    for (const auto& activity : list)
        out.push_back(activity.is_object() ? get_string(activity.value("definition", json::object()), "type")
                                           : std::string());
    return out;
}

bool has_all(const std::vector<std::string>& have, const std::vector<std::string>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
        return std::find(have.begin(), have.end(), one) != have.end();
    });
}

Result<std::vector<std::string>> read_iris(const json& object, const char* member) {
    std::vector<std::string> out;
    if (!object.contains(member)) return out;
    const auto& list = object.at(member);
    if (!list.is_array()) return fail("bad_template", std::string(member) + " of the template is no list");
    for (const auto& one : list) {
        if (!one.is_string())
            return fail("bad_template", std::string(member) + " of the template has what is no IRI");
        out.push_back(one.get<std::string>());
    }
    return out;
}

constexpr std::array contexts{
    std::pair{"contextGroupingActivityType", "grouping"}, std::pair{"contextParentActivityType", "parent"},
    std::pair{"contextOtherActivityType", "other"}, std::pair{"contextCategoryActivityType", "category"}};

}  // namespace

Result<std::vector<Path>> read_paths(std::string_view text) {
    std::vector<Path> out;
    for (const auto& part : split(text, '|')) {
        CAPBRIDGE_LET(auto path, read_path(trim(part)));
        out.push_back(std::move(path));
    }
    if (out.empty()) return fail(unsupported(text, "nothing in it"));
    return out;
}

bool StatementTemplate::Rule::holds(const json& statement) const {
    bool missing = false;
    auto values = values_at(statement, location, missing);
    if (!selector.empty()) {
        std::vector<const json*> selected;
        for (const auto* value : values) {
            const auto found = values_at(*value, selector, missing);
            selected.insert(selected.end(), found.begin(), found.end());
        }
        values = std::move(selected);
    }
    if (presence == Presence::included && (values.empty() || missing)) return false;
    if (presence == Presence::excluded && !values.empty()) return false;
    if (has_any &&
        std::none_of(values.begin(), values.end(), [&](const json* value) { return is_in(*value, any); }))
        return false;
    if (has_all && (missing || !std::all_of(values.begin(), values.end(),
                                            [&](const json* value) { return is_in(*value, all); })))
        return false;
    return std::none_of(values.begin(), values.end(), [&](const json* value) { return is_in(*value, none); });
}

bool StatementTemplate::matches(const json& statement) const {
    if (!statement.is_object()) return false;
    const auto object = [](const json& from, const char* member) {
        return from.is_object() ? from.value(member, json::object()) : json::object();
    };
    if (!verb_.empty() && get_string(object(statement, "verb"), "id") != verb_) return false;
    if (!object_type_.empty() &&
        get_string(object(object(statement, "object"), "definition"), "type") != object_type_)
        return false;
    const auto activities = object(object(statement, "context"), "contextActivities");
    for (const auto& [relation, types] : context_types_) {
        if (!has_all(types_of(activities.value(relation, json::array())), types)) return false;
    }
    if (!usage_types_.empty()) {
        std::vector<std::string> have;
        for (const auto& attachment : statement.value("attachments", json::array()))
            have.push_back(get_string(attachment, "usageType"));
        if (!has_all(have, usage_types_)) return false;
    }
    return std::all_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.holds(statement); });
}

Result<StatementTemplate::Rule> StatementTemplate::read_rule(const json& rule) {
    Rule out;
    if (!rule.is_object() || get_string(rule, "location").empty())
        return fail("bad_template", "a rule of the template has no location");
    CAPBRIDGE_LET(out.location, read_paths(get_string(rule, "location")));
    if (rule.contains("selector") && !rule["selector"].is_null()) {
        CAPBRIDGE_LET(out.selector, read_paths(get_string(rule, "selector")));
    }
    const auto presence = get_string(rule, "presence");
    if (presence == "included") {
        out.presence = Rule::Presence::included;
    } else if (presence == "excluded") {
        out.presence = Rule::Presence::excluded;
    } else if (!presence.empty() && presence != "recommended") {
        return fail("bad_template", "a rule's presence is included, excluded or recommended");
    }
    for (auto [member, list] :
         {std::pair{"any", &out.any}, std::pair{"all", &out.all}, std::pair{"none", &out.none}}) {
        if (!rule.contains(member)) continue;
        if (!rule[member].is_array())
            return fail("bad_template", std::string(member) + " of a rule is no list");
        *list = rule[member].get<std::vector<json>>();
    }
    out.has_any = rule.contains("any");
    out.has_all = rule.contains("all");
    return out;
}

Result<StatementTemplate> read_template(std::string_view profile_text, std::string_view id) {
    CAPBRIDGE_LET(const auto profile, parse_json(profile_text));
    const auto templates = profile.is_object() ? profile.value("templates", json::array()) : json::array();
    const auto found = std::find_if(templates.begin(), templates.end(), [&](const json& one) {
        return one.is_object() && get_string(one, "id") == id;
    });
    if (!templates.is_array() || found == templates.end())
        return fail("no_template", "the profile has no statement template '" + std::string(id) + "'");
    for (const auto* member : {"objectStatementRefTemplate", "contextStatementRefTemplate"}) {
        if (found->contains(member) && !(*found)[member].empty())
            return fail("unsupported_template", "the template has " + std::string(member) +
                                                    ", which asks about another statement: it cannot be "
                                                    "a filter here");
    }
    StatementTemplate out;
    out.verb_ = get_string(*found, "verb");
    out.object_type_ = get_string(*found, "objectActivityType");
    for (const auto& [member, relation] : contexts) {
        CAPBRIDGE_LET(auto types, read_iris(*found, member));
        if (!types.empty()) out.context_types_.emplace_back(relation, std::move(types));
    }
    CAPBRIDGE_LET(out.usage_types_, read_iris(*found, "attachmentUsageType"));
    const auto rules = found->value("rules", json::array());
    if (!rules.is_array()) return fail("bad_template", "the template's rules are no list");
    for (const auto& rule : rules) {
        CAPBRIDGE_LET(auto read, StatementTemplate::read_rule(rule));
        out.rules_.push_back(std::move(read));
    }
    return out;
}

}  // namespace capbridge::engine
