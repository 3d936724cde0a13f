#include "server/api/statement_format.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

ordered_json pick(const ordered_json& from, std::initializer_list<const char*> names) {
    ordered_json out = ordered_json::object();
    for (const char* name : names) {
        if (const auto it = from.find(name); it != from.end()) out[name] = *it;
    }
    return out;
}

// An Agent or Group. An anonymous group has no identifier but its members.
ordered_json agent_ids(const ordered_json& agent) {
    auto out = pick(agent, {"objectType", "mbox", "mbox_sha1sum", "openid", "account"});
    const bool identified = out.size() > (out.contains("objectType") ? 1u : 0u);
    if (const auto members = agent.find("member"); !identified && members != agent.end()) {
        out["member"] = ordered_json::array();
        for (const auto& member : *members) out["member"].push_back(agent_ids(member));
    }
    return out;
}

void to_ids(ordered_json& statement);

ordered_json object_ids(const ordered_json& object) {
    const auto type = object.value("objectType", "Activity");
    if (type == "Agent" || type == "Group") return agent_ids(object);
    if (type == "SubStatement") {
        auto out = object;
        to_ids(out);
        return out;
    }
    return pick(object, {"objectType", "id"});
}

void to_ids(ordered_json& statement) {
    if (statement.contains("actor")) statement["actor"] = agent_ids(statement["actor"]);
    if (statement.contains("verb")) statement["verb"] = pick(statement["verb"], {"id"});
    if (statement.contains("object")) statement["object"] = object_ids(statement["object"]);
    if (statement.contains("authority")) statement["authority"] = agent_ids(statement["authority"]);
    if (!statement.contains("context")) return;
    auto& context = statement["context"];
    for (const char* name : {"instructor", "team"}) {
        if (context.contains(name)) context[name] = agent_ids(context[name]);
    }
    if (!context.contains("contextActivities")) return;
    for (auto& [kind, activities] : context["contextActivities"].items()) {
        if (!activities.is_array())
            activities = ordered_json::array({activities});  // 1.0 allowed a single one
        for (auto& activity : activities) activity = object_ids(activity);
    }
}

// One entry of the map: the first language that fits, whole or by its primary part; else the first there is.
void to_one_language(ordered_json& map, const std::vector<std::string>& languages) {
    if (!map.is_object() || map.size() < 2) return;
    const auto primary = [](const std::string& tag) { return tag.substr(0, tag.find('-')); };
    for (const auto& wanted : languages) {
        for (const bool exact : {true, false}) {
            for (const auto& [tag, text] : map.items()) {
                const auto has = lower_ascii(tag);
                if (exact ? has == wanted : primary(has) == primary(wanted)) {
                    ordered_json one = {{tag, text}};
                    map = std::move(one);
                    return;
                }
            }
        }
    }
    ordered_json first = {{map.begin().key(), map.begin().value()}};
    map = std::move(first);
}

// Language maps stand only where the specification puts them; an extension that looks like one stays whole.
void activity_to_canonical(ordered_json& activity, const std::vector<std::string>& languages) {
    if (!activity.is_object() || !activity.contains("definition")) return;
    auto& definition = activity["definition"];
    for (const char* name : {"name", "description"}) {
        if (definition.contains(name)) to_one_language(definition[name], languages);
    }
    for (const char* name : {"choices", "scale", "source", "target", "steps"}) {
        if (!definition.contains(name)) continue;
        for (auto& component : definition[name]) {
            if (component.contains("description")) to_one_language(component["description"], languages);
        }
    }
}

void to_canonical(ordered_json& statement, const std::vector<std::string>& languages) {
    if (statement.contains("verb") && statement["verb"].contains("display")) {
        to_one_language(statement["verb"]["display"], languages);
    }
    if (statement.contains("object")) {
        auto& object = statement["object"];
        if (object.value("objectType", "Activity") == "SubStatement") {
            to_canonical(object, languages);
        } else {
            activity_to_canonical(object, languages);
        }
    }
    if (statement.contains("context") && statement["context"].contains("contextActivities")) {
        for (auto& activities : statement["context"]["contextActivities"]) {
            if (activities.is_object()) activity_to_canonical(activities, languages);
            if (!activities.is_array()) continue;
            for (auto& activity : activities) activity_to_canonical(activity, languages);
        }
    }
    if (!statement.contains("attachments")) return;
    for (auto& attachment : statement["attachments"]) {
        for (const char* name : {"display", "description"}) {
            if (attachment.contains(name)) to_one_language(attachment[name], languages);
        }
    }
}

}  // namespace

std::optional<StatementFormat> statement_format_of(std::string_view text) {
    if (text.empty() || text == "exact") return StatementFormat::exact;
    if (text == "ids") return StatementFormat::ids;
    if (text == "canonical") return StatementFormat::canonical;
    return std::nullopt;
}

std::vector<std::string> accepted_languages(std::string_view header) {
    std::vector<std::pair<double, std::string>> weighted;
    for (const auto& part : split(header, ',')) {
        const auto pieces = split(part, ';');
        if (pieces.empty()) continue;
        double weight = 1;
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            const auto piece = trim(pieces[i]);
            if (piece.starts_with("q=")) weight = std::strtod(piece.c_str() + 2, nullptr);
        }
        auto tag = lower_ascii(trim(pieces[0]));
        if (weight > 0 && !tag.empty() && tag != "*") weighted.emplace_back(weight, std::move(tag));
    }
    std::stable_sort(weighted.begin(), weighted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> out;
    for (auto& [weight, tag] : weighted) out.push_back(std::move(tag));
    return out;
}

std::string format_statement(std::string text, StatementFormat format,
                             const std::vector<std::string>& languages) {
    if (format == StatementFormat::exact) return text;
    auto statement = ordered_json::parse(text, nullptr, false);
    if (!statement.is_object()) return text;  // erased, or worse: what is stored is still the truth
    if (format == StatementFormat::ids) {
        to_ids(statement);
    } else {
        to_canonical(statement, languages);
    }
    return statement.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace capbridge::server
