#include "core/scorm/inspection.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json number_or_null(const std::optional<double>& number) {
    return number ? ordered_json(*number) : ordered_json(nullptr);
}

// The flat views name things in the first language, as the manifest puts it.
std::string first_text(const Texts& texts) {
    return texts.empty() ? std::string{} : texts.front().text;
}

std::vector<std::string> objective_ids(const Node& node) {
    std::vector<std::string> ids;
    for (const auto& objective : node.objectives) {
        if (!objective.id.empty()) ids.push_back(objective.id);
    }
    return ids;
}

void add_units(const Node& node, Inspection& out) {
    if (node.kind == Node::Kind::item && node.scorm_type == "sco" && node.launches()) {
        out.scos.push_back({node.identifier, first_text(node.title), node.launch, trim(node.parameters),
                            node.resource, node.mastery_score, objective_ids(node)});
    } else if (node.kind == Node::Kind::au) {
        out.aus.push_back({node.identifier, first_text(node.title), node.launch, node.move_on,
                           node.mastery_score, objective_ids(node)});
    }
    for (const auto& child : node.children) add_units(child, out);  // the parser's cap on depth bounds this
}

}  // namespace

void fill_flat_views(Inspection& inspection, const std::map<std::string, std::string>& as_written) {
    inspection.organizations.clear();
    inspection.scos.clear();
    inspection.aus.clear();
    for (const auto& root : inspection.structure.roots) {
        if (root.kind == Node::Kind::organization)
            inspection.organizations.push_back({root.identifier, first_text(root.title)});
        add_units(root, inspection);
    }
    for (auto& sco : inspection.scos) {
        if (const auto href = as_written.find(sco.resource); href != as_written.end())
            sco.href = href->second;
    }
    if (inspection.structure.default_root < inspection.structure.roots.size())
        inspection.title = first_text(inspection.structure.roots[inspection.structure.default_root].title);
}

bool Inspection::has_finding(const std::string& code) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&, wanted = code](const Finding& f) { return f.code == wanted; });
}

std::string_view severity_name(Finding::Severity severity) {
    switch (severity) {
        case Finding::Severity::error:
            return "error";
        case Finding::Severity::warning:
            return "warning";
        case Finding::Severity::info:
            return "info";
    }
    return "error";
}

ordered_json inspection_json(const Inspection& inspection) {
    ordered_json out;
    out["format"] = text_or_null(inspection.format);
    out["version"] = text_or_null(inspection.version);
    out["identifier"] = text_or_null(inspection.identifier);
    out["title"] = text_or_null(inspection.title);
    out["manifest"] = text_or_null(inspection.manifest);
    out["sha256"] = inspection.sha256;
    out["bytes"] = inspection.bytes;
    out["entries"] = inspection.entries;
    out["organizations"] = ordered_json::array();
    for (const auto& organization : inspection.organizations) {
        out["organizations"].push_back(
            ordered_json{{"identifier", organization.identifier}, {"title", organization.title}});
    }
    out["scos"] = ordered_json::array();
    for (const auto& sco : inspection.scos) {
        out["scos"].push_back(ordered_json{{"identifier", sco.identifier},
                                           {"title", sco.title},
                                           {"href", sco.href},
                                           {"parameters", text_or_null(sco.parameters)},
                                           {"mastery_score", number_or_null(sco.mastery_score)},
                                           {"objectives", sco.objectives}});
    }
    out["aus"] = ordered_json::array();
    for (const auto& au : inspection.aus) {
        out["aus"].push_back(ordered_json{{"id", au.id},
                                          {"title", au.title},
                                          {"url", au.url},
                                          {"move_on", au.move_on},
                                          {"mastery_score", number_or_null(au.mastery_score)},
                                          {"objectives", au.objectives}});
    }
    out["structure"] = structure_json(inspection.structure);
    out["findings"] = ordered_json::array();
    for (const auto& finding : inspection.findings) {
        ordered_json one{{"severity", severity_name(finding.severity)},
                         {"code", finding.code},
                         {"message", finding.message},
                         {"remedy", text_or_null(finding.remedy)},
                         {"where", finding.where},
                         {"entry", text_or_null(finding.entry)},
                         {"line", finding.line ? ordered_json(finding.line) : ordered_json(nullptr)},
                         {"xpath", text_or_null(finding.xpath)}};
        if (!finding.rule.empty()) one["rule"] = finding.rule;
        out["findings"].push_back(std::move(one));
    }
    out["accepted"] = inspection.accepted;
    return out;
}

}  // namespace capbridge::scorm
