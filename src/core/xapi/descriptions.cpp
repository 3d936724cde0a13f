#include "core/xapi/descriptions.hpp"

#include <algorithm>

#include "core/xapi/members.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {
namespace {

std::string text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A language map or extensions: each key by itself.
void join(json& known, const json& told) {
    if (known.is_object() && told.is_object()) {
        known.update(told);
    } else {
        known = told;
    }
}

// Choices and the like: the later list counts, but what earlier ones said in other languages of a component
// that is still there stays.
void join_components(json& known, const json& told) {
    json joined = told;
    if (known.is_array() && joined.is_array() && known != joined) {
        json::object_t before;
        for (const auto& component : known) {
            if (const auto* description = member_of(component, "description"))
                before.emplace(text_of(component, "id"), *description);
        }
        for (auto& component : joined) {
            const auto it = before.find(std::string(text_of(component, "id")));
            if (it == before.end() || !component.is_object()) continue;
            if (const auto* description = member_of(component, "description")) join(it->second, *description);
            component["description"] = it->second;
        }
    }
    known = std::move(joined);
}

void merge(json& known, const json& told) {
    for (const auto& [name, value] : told.get_ref<const json::object_t&>()) {
        auto& member = known[name];
        if (name == "name" || name == "description" || name == "extensions") {
            join(member, value);
        } else if (name == "choices" || name == "scale" || name == "source" || name == "target" ||
                   name == "steps") {
            join_components(member, value);
        } else {
            member = value;
        }
    }
}

}  // namespace

std::vector<ActivityDefinition> definitions_of(const json& statement) {
    std::vector<ActivityDefinition> out;
    walk_activities(statement, [&](const json& activity, bool) {
        const auto* definition = member_of(activity, "definition");
        const auto id = text_of(activity, "id");
        if (id.empty() || definition == nullptr || !definition->is_object() || definition->empty()) return;
        // A statement names few activities; a hostile one is told apart below.
        out.push_back({std::string(id), text(*definition)});
    });
    if (out.size() < 2) return out;
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    std::size_t last = 0;
    for (std::size_t i = 1; i < out.size(); ++i) {
        if (out[i].id == out[last].id) {
            out[last].definition = merge_definition(out[last].definition, out[i].definition);
        } else if (++last != i) {
            out[last] = std::move(out[i]);
        }
    }
    out.resize(last + 1);
    return out;
}

std::string merge_definition(std::string_view known, std::string_view told) {
    if (known == told) return std::string(known);
    const auto later = json::parse(told, nullptr, false);
    if (!later.is_object()) return std::string(known);
    const auto earlier = json::parse(known, nullptr, false);
    if (!earlier.is_object()) return text(later);
    auto merged = earlier;
    merge(merged, later);
    return merged == earlier ? std::string(known) : text(merged);
}

std::vector<AgentName> names_of(const json& statement) {
    std::vector<AgentName> out;
    const auto add = [&](const json& agent) {
        const auto name = text_of(agent, "name");
        if (name.empty()) return;
        if (auto key = read_agent(agent).key(); !key.empty())
            out.push_back({std::move(key), std::string(name)});
    };
    walk_agents(statement, [&](const json& agent, bool) {
        add(agent);
        const auto* members = member_of(agent, "member");
        if (members == nullptr || !members->is_array()) return;
        for (const auto& member : *members) add(member);
    });
    if (out.size() < 2) return out;
    std::sort(out.begin(), out.end(), [](const AgentName& a, const AgentName& b) {
        return a.agent != b.agent ? a.agent < b.agent : a.name < b.name;
    });
    const auto same = [](const AgentName& a, const AgentName& b) {
        return a.agent == b.agent && a.name == b.name;
    };
    out.erase(std::unique(out.begin(), out.end(), same), out.end());
    return out;
}

json person_of(const json& agent, const std::vector<std::string>& names) {
    json out{{"objectType", "Person"}};
    json all = names;
    if (const auto own = text_of(agent, "name"); !own.empty()) {
        if (std::find(names.begin(), names.end(), own) == names.end()) all.push_back(own);
    }
    if (!all.empty()) out["name"] = std::move(all);
    for (const std::string_view ifi : {"mbox", "mbox_sha1sum", "openid", "account"}) {
        if (const auto* value = member_of(agent, ifi)) out[std::string(ifi)] = json::array({*value});
    }
    return out;
}

}  // namespace capbridge::xapi
