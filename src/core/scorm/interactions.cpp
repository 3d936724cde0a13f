#include "core/scorm/interactions.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/base/json.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::size_t most_interactions = 10'000;
constexpr JsonLimits limits{.bytes = 8u << 20, .depth = 16};

using Nodes = std::unordered_map<std::string, Node*>;

void collect(std::vector<Node>& nodes, Nodes& into) {
    for (auto& node : nodes) {
        if (!node.identifier.empty()) into.emplace(node.identifier, &node);
        collect(node.children, into);
    }
}

Texts texts_of(const json& value) {
    if (value.is_string()) return {{"", value.get<std::string>()}};
    Texts out;
    if (value.is_object()) {
        for (const auto& [language, text] : value.items()) {
            if (text.is_string()) out.push_back({language, text.get<std::string>()});
        }
    }
    return out;
}

}  // namespace

std::size_t add_interactions(std::string_view capbridge_json, Structure& structure) {
    const auto document = parse_json(capbridge_json, limits);
    if (!document || !document->is_object()) return 0;
    const auto list = document->find("interactions");
    if (list == document->end() || !list->is_array()) return 0;
    Nodes nodes;
    collect(structure.roots, nodes);
    std::unordered_map<const Node*, std::unordered_set<std::string>> known;
    std::size_t added = 0;
    for (const auto& one : *list) {
        if (!one.is_object() || added == most_interactions) continue;
        const auto node = nodes.find(get_string(one, "sco"));
        const auto id = get_string(one, "id");
        if (node == nodes.end() || id.empty()) continue;
        auto& list_of_node = node->second->interactions;
        auto& ids = known[node->second];
        if (ids.empty()) {
            for (const auto& there : list_of_node) ids.insert(there.id);
        }
        if (!ids.insert(id).second) continue;
        const auto title = one.find("title");
        list_of_node.push_back(
            {id, get_string(one, "type"), title == one.end() ? Texts{} : texts_of(*title)});
        ++added;
    }
    return added;
}

}  // namespace capbridge::scorm
