// The structure as JSON: members that a manifest does not say are left out, so that a small course stays
// small.
#include <nlohmann/json.hpp>

#include "core/scorm/inspection.hpp"

namespace capbridge::scorm {
namespace {

std::string_view kind_name(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::organization:
            return "organization";
        case Node::Kind::item:
            return "item";
        case Node::Kind::course:
            return "course";
        case Node::Kind::block:
            return "block";
        case Node::Kind::au:
            return "au";
    }
    return "item";
}

ordered_json texts_json(const Texts& texts) {
    ordered_json out = ordered_json::array();
    for (const auto& text : texts)
        out.push_back(ordered_json{{"language", text.language}, {"text", text.text}});
    return out;
}

void put(ordered_json& out, const char* member, const std::string& text) {
    if (!text.empty()) out[member] = text;
}

void put(ordered_json& out, const char* member, const Texts& texts) {
    if (!texts.empty()) out[member] = texts_json(texts);
}

void put(ordered_json& out, const char* member, const std::vector<Texts>& list) {
    if (list.empty()) return;
    out[member] = ordered_json::array();
    for (const auto& texts : list) out[member].push_back(texts_json(texts));
}

void put(ordered_json& out, const char* member, const std::optional<double>& number) {
    if (number) out[member] = *number;
}

ordered_json classification_json(const Classification& classification) {
    ordered_json out{{"purpose", classification.purpose}};
    out["taxon_paths"] = ordered_json::array();
    for (const auto& path : classification.paths) {
        ordered_json one{{"source", texts_json(path.source)}, {"taxons", ordered_json::array()}};
        for (const auto& taxon : path.taxons)
            one["taxons"].push_back(ordered_json{{"id", taxon.id}, {"entry", texts_json(taxon.entry)}});
        out["taxon_paths"].push_back(std::move(one));
    }
    put(out, "description", classification.description);
    put(out, "keywords", classification.keywords);
    return out;
}

ordered_json lom_json(const Lom& lom) {
    ordered_json out = ordered_json::object();
    put(out, "file", lom.file);
    put(out, "title", lom.title);
    put(out, "descriptions", lom.descriptions);
    put(out, "keywords", lom.keywords);
    for (const auto& classification : lom.classifications)
        out["classifications"].push_back(classification_json(classification));
    put(out, "version", lom.version);
    put(out, "typical_learning_time", lom.typical_learning_time);
    return out;
}

ordered_json objective_json(const Objective& objective) {
    ordered_json out{{"id", objective.id}, {"primary", objective.primary}};
    put(out, "title", objective.title);
    put(out, "description", objective.description);
    if (objective.satisfied_by_measure) out["satisfied_by_measure"] = true;
    put(out, "min_normalized_measure", objective.min_normalized_measure);
    for (const auto& map : objective.maps) {
        ordered_json one{{"target", map.target}};
        for (const auto& [name, value] : map.access) one[name] = value;
        out["maps"].push_back(std::move(one));
    }
    return out;
}

ordered_json data_json(const Data& data) {
    ordered_json out{{"name", data.name}};
    for (const auto& [name, value] : data.attributes) out["attributes"][name] = value;
    put(out, "text", data.text);
    for (const auto& child : data.children) out["children"].push_back(data_json(child));
    return out;
}

ordered_json node_json(const Node& node) {
    ordered_json out{
        {"kind", kind_name(node.kind)}, {"identifier", node.identifier}, {"title", texts_json(node.title)}};
    put(out, "description", node.description);
    put(out, "launch", node.launch);
    put(out, "parameters", node.parameters);
    put(out, "resource", node.resource);
    put(out, "scorm_type", node.scorm_type);
    if (!node.visible) out["visible"] = false;
    put(out, "mastery_score", node.mastery_score);
    put(out, "max_time_allowed", node.max_time_allowed);
    put(out, "time_limit_action", node.time_limit_action);
    put(out, "data_from_lms", node.data_from_lms);
    put(out, "prerequisites", node.prerequisites);
    if (const auto& threshold = node.completion_threshold) {
        ordered_json one{{"by_measure", threshold->by_measure}};
        put(one, "min_progress", threshold->min_progress);
        put(one, "progress_weight", threshold->progress_weight);
        out["completion_threshold"] = std::move(one);
    }
    if (!node.hide_lms_ui.empty()) out["hide_lms_ui"] = node.hide_lms_ui;
    for (const auto& objective : node.objectives) out["objectives"].push_back(objective_json(objective));
    if (node.sequencing) out["sequencing"] = data_json(*node.sequencing);
    put(out, "move_on", node.move_on);
    put(out, "launch_method", node.launch_method);
    put(out, "launch_parameters", node.launch_parameters);
    put(out, "entitlement_key", node.entitlement_key);
    put(out, "activity_type", node.activity_type);
    if (node.metadata) out["metadata"] = lom_json(*node.metadata);
    out["line"] = node.line;
    out["xpath"] = node.xpath;
    for (const auto& child : node.children) out["children"].push_back(node_json(child));
    return out;
}

}  // namespace

ordered_json structure_json(const Structure& structure) {
    ordered_json out;
    out["default_root"] = structure.default_root;
    out["roots"] = ordered_json::array();
    for (const auto& root : structure.roots) out["roots"].push_back(node_json(root));
    if (structure.metadata) out["metadata"] = lom_json(*structure.metadata);
    return out;
}

}  // namespace capbridge::scorm
