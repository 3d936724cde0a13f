#include "core/xapi/format.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/base/text.hpp"
#include "core/xapi/descriptions.hpp"
#include "core/xapi/members.hpp"

namespace capbridge::xapi {
namespace {

void keep(json& value, std::initializer_list<std::string_view> names) {
    if (!value.is_object()) return;
    for (auto it = value.begin(); it != value.end();) {
        const bool kept = std::find(names.begin(), names.end(), it.key()) != names.end();
        it = kept ? std::next(it) : value.erase(it);
    }
}

// An Agent or Group. An anonymous group has no identifier but its members.
void agent_to_ids(json& agent) {
    if (!agent.is_object()) return;
    const bool identified = agent.contains("mbox") || agent.contains("mbox_sha1sum") ||
                            agent.contains("openid") || agent.contains("account");
    if (identified) {
        keep(agent, {"objectType", "mbox", "mbox_sha1sum", "openid", "account"});
    } else {
        keep(agent, {"objectType", "member"});
        if (auto* members = member_of(agent, "member"); members != nullptr && members->is_array())
            for (auto& member : *members) agent_to_ids(member);
    }
}

void to_ids(json& statement) {
    walk_agents(statement, [](json& agent, bool) { agent_to_ids(agent); });
    walk_activities(statement, [](json& activity, bool) { keep(activity, {"id"}); });
    walk_statements(statement, [](json& each) {
        if (auto* verb = member_of(each, "verb")) keep(*verb, {"id"});
    });
}

std::string_view primary_part(std::string_view tag) {
    return tag.substr(0, tag.find('-'));
}

// One entry of the map: the first language that fits, whole or by its primary part; else the first there is.
void to_one_language(json* map, const std::vector<std::string>& languages) {
    if (map == nullptr || !map->is_object() || map->size() < 2) return;
    auto chosen = map->end();
    for (const auto& wanted : languages) {
        for (const bool whole : {true, false}) {
            for (auto it = map->begin(); it != map->end() && chosen == map->end(); ++it) {
                const auto has = lower_ascii(it.key());
                if (whole ? has == wanted : primary_part(has) == primary_part(wanted)) chosen = it;
            }
        }
        if (chosen != map->end()) break;
    }
    if (chosen == map->end()) chosen = map->begin();
    json one = json::object();
    one[chosen.key()] = std::move(*chosen);
    *map = std::move(one);
}

// Language maps stand only where the specification puts them; an extension that looks like one stays whole.
void definition_to_one_language(json& definition, const std::vector<std::string>& languages) {
    for (const std::string_view name : {"name", "description"})
        to_one_language(member_of(definition, name), languages);
    for (const std::string_view name : {"choices", "scale", "source", "target", "steps"}) {
        auto* list = member_of(definition, name);
        if (list == nullptr || !list->is_array()) continue;
        for (auto& component : *list) to_one_language(member_of(component, "description"), languages);
    }
}

void activity_to_canonical(json& activity, const std::vector<std::string>& languages,
                           const DefinitionOf& definition_of) {
    if (!activity.is_object()) return;
    auto* own = member_of(activity, "definition");
    if (definition_of) {
        if (const auto known = definition_of(text_of(activity, "id"))) {
            // What the statement alone knows stays; for the rest the store's word counts.
            auto merged =
                json::parse(merge_definition(own != nullptr ? own->dump() : "", *known), nullptr, false);
            if (merged.is_object() && !merged.empty()) own = &(activity["definition"] = std::move(merged));
        }
    }
    if (own != nullptr) definition_to_one_language(*own, languages);
}

void to_canonical(json& statement, const std::vector<std::string>& languages,
                  const DefinitionOf& definition_of) {
    walk_activities(statement,
                    [&](json& activity, bool) { activity_to_canonical(activity, languages, definition_of); });
    walk_statements(statement, [&](json& each) {
        if (auto* verb = member_of(each, "verb")) to_one_language(member_of(*verb, "display"), languages);
        auto* attachments = member_of(each, "attachments");
        if (attachments == nullptr || !attachments->is_array()) return;
        for (auto& attachment : *attachments) {
            for (const std::string_view name : {"display", "description"})
                to_one_language(member_of(attachment, name), languages);
        }
    });
}

// 1.0 allowed a single activity where a list is handed out.
void to_lists(json& statement) {
    walk_statements(statement, [](json& each) {
        auto* context = member_of(each, "context");
        auto* lists = context != nullptr ? member_of(*context, "contextActivities") : nullptr;
        if (lists == nullptr || !lists->is_object()) return;
        for (auto& list : *lists) {
            if (list.is_object()) list = json::array({std::move(list)});
        }
    });
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
            const auto piece = lower_ascii(trim(pieces[i]));
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
                             const std::vector<std::string>& languages, const DefinitionOf& definition_of) {
    if (format == StatementFormat::exact) return text;
    auto statement = parse_json(text);
    if (!statement || !statement->is_object()) return text;  // what is stored is still the truth
    to_lists(*statement);
    if (format == StatementFormat::ids) {
        to_ids(*statement);
    } else {
        to_canonical(*statement, languages, definition_of);
    }
    return statement->dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace capbridge::xapi
