#include "core/xapi/statement.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::xapi {
namespace {

std::optional<bool> get_bool(const json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && it->is_boolean() ? std::optional(it->get<bool>()) : std::nullopt;
}

std::optional<double> get_number(const json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && it->is_number() ? std::optional(it->get<double>()) : std::nullopt;
}

// Our extension tells the day of a fact whose source knows no more than the day; the timestamp then is only
// the store's.
When occurred_of(const json& statement) {
    if (const auto context = statement.find("context"); context != statement.end()) {
        if (const auto extensions = context->find("extensions"); extensions != context->end()) {
            if (const auto it = extensions->find(std::string(extension::occurred));
                it != extensions->end() && it->is_object()) {
                const auto precision = get_string(*it, "precision");
                const auto value = get_string(*it, "value");
                if (precision == "unknown") return {};
                if (const auto when =
                        precision == "day" ? parse_when(value.substr(0, 10)) : parse_when(value))
                    return *when;
            }
        }
    }
    if (const auto at = parse_instant(get_string(statement, "timestamp")))
        return {When::Precision::instant, *at};
    return {};
}

std::optional<Day> expires_of(const json& statement) {
    const auto context = statement.find("context");
    if (context == statement.end()) return std::nullopt;
    const auto extensions = context->find("extensions");
    if (extensions == context->end()) return std::nullopt;
    return parse_day(get_string(*extensions, extension::expires));
}

void add_agent_keys(std::vector<Key>& keys, const json& agent, bool is_actor) {
    const auto key = read_agent(agent).key();
    if (!key.empty()) {
        if (is_actor) keys.push_back({Key::Kind::actor, key});
        keys.push_back({Key::Kind::any_agent, key});
    }
    if (const auto members = agent.find("member"); members != agent.end() && members->is_array()) {
        for (const auto& member : *members) add_agent_keys(keys, member, is_actor);
    }
}

// Agents and activities of a statement or of the SubStatement in it (related_agents, related_activities).
void add_related_keys(std::vector<Key>& keys, const json& s, bool inner) {
    if (const auto it = s.find("actor"); it != s.end()) add_agent_keys(keys, *it, !inner);
    if (const auto it = s.find("authority"); it != s.end()) add_agent_keys(keys, *it, false);
    if (const auto it = s.find("object"); it != s.end() && it->is_object()) {
        const auto type = get_string(*it, "objectType", "Activity");
        if (type == "Activity") {
            const auto id = get_string(*it, "id");
            if (!inner) keys.push_back({Key::Kind::object_activity, id});
            keys.push_back({Key::Kind::any_activity, id});
        } else if (type == "Agent" || type == "Group") {
            add_agent_keys(keys, *it, !inner);
        } else if (type == "SubStatement" && !inner) {
            add_related_keys(keys, *it, true);
        }
    }
    const auto context = s.find("context");
    if (context == s.end() || !context->is_object()) return;
    for (const char* member : {"instructor", "team"}) {
        if (const auto it = context->find(member); it != context->end()) add_agent_keys(keys, *it, false);
    }
    if (const auto it = context->find("contextActivities"); it != context->end() && it->is_object()) {
        for (const auto& [name, list] : it->items()) {
            const auto add = [&](const json& activity) {
                keys.push_back({Key::Kind::any_activity, get_string(activity, "id")});
            };
            if (list.is_array()) {
                std::for_each(list.begin(), list.end(), add);
            } else {
                add(list);
            }
        }
    }
    if (!inner) {
        if (const auto registration = get_string(*context, "registration"); !registration.empty()) {
            keys.push_back({Key::Kind::registration, lower_uuid(registration)});
        }
    }
}

// What immutability compares: everything but what a store sets, ids in one case, and defaults spelled out.
json comparable(const json& statement) {
    json out = statement;
    for (const char* member : {"stored", "authority", "version", "id"}) out.erase(member);
    if (const auto it = out.find("object"); it != out.end() && it->is_object()) {
        if (!it->contains("objectType")) (*it)["objectType"] = "Activity";
        it->erase("definition");  // an activity's description may be told differently later
    }
    if (const auto it = out.find("actor"); it != out.end() && it->is_object() && !it->contains("objectType"))
        (*it)["objectType"] = "Agent";
    if (const auto it = out.find("verb"); it != out.end() && it->is_object()) it->erase("display");
    if (const auto at = parse_instant(get_string(out, "timestamp"))) out["timestamp"] = format_instant(*at);
    return out;
}

}  // namespace

std::optional<double> Score::fraction() const {
    if (scaled) return scaled;
    if (!raw || !max) return std::nullopt;
    const double low = min.value_or(0);
    return *max > low ? std::optional((*raw - low) / (*max - low)) : std::nullopt;
}

Statement read_statement(const json& s) {
    Statement out;
    out.id = lower_uuid(get_string(s, "id"));
    out.actor = read_agent(s.at("actor"));
    out.verb = get_string(s.at("verb"), "id");
    const auto& object = s.at("object");
    out.object_type = get_string(object, "objectType", "Activity");
    out.object_id = get_string(object, "id");
    if (out.object_type == "StatementRef") out.object_id = lower_uuid(out.object_id);
    if (const auto result = s.find("result"); result != s.end()) {
        out.completion = get_bool(*result, "completion");
        out.success = get_bool(*result, "success");
        if (const auto score = result->find("score"); score != result->end()) {
            out.score = {get_number(*score, "scaled"), get_number(*score, "raw"), get_number(*score, "min"),
                         get_number(*score, "max")};
        }
    }
    if (const auto context = s.find("context"); context != s.end())
        out.registration = lower_uuid(get_string(*context, "registration"));
    out.occurred = occurred_of(s);
    out.expires = expires_of(s);
    return out;
}

void complete_statement(json& statement, const json& authority) {
    if (!statement.contains("id")) statement["id"] = uuid_v4();
    statement["id"] = lower_uuid(get_string(statement, "id"));
    if (!statement.contains("version")) statement["version"] = "1.0.0";
    statement["authority"] = authority;
    statement.erase("stored");
}

std::string with_stored(std::string_view body, Instant stored, bool timestamp_given) {
    const auto at = format_instant(stored);
    std::string out(body.substr(0, body.rfind('}')));
    out.reserve(out.size() + 96);
    out += ",\"stored\":\"" + at + '"';
    if (!timestamp_given) out += ",\"timestamp\":\"" + at + '"';
    return out + '}';
}

bool equivalent(const json& a, const json& b) {
    json left = comparable(a), right = comparable(b);
    if (!left.contains("timestamp") || !right.contains("timestamp")) {
        left.erase("timestamp");
        right.erase("timestamp");
    }
    return left == right;
}

std::vector<Key> keys_of(const json& statement) {
    std::vector<Key> keys;
    keys.push_back({Key::Kind::verb, get_string(statement.at("verb"), "id")});
    add_related_keys(keys, statement, false);
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
        return std::pair(a.kind, a.value) < std::pair(b.kind, b.value);
    });
    keys.erase(std::unique(keys.begin(), keys.end(),
                           [](const Key& a, const Key& b) { return a.kind == b.kind && a.value == b.value; }),
               keys.end());
    return keys;
}

}  // namespace capbridge::xapi
