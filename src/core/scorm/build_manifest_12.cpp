// imsmanifest.xml of SCORM 1.2 (CAM 1.2, 2.3). It has no sequencing: foundational SCOs stand first, and
// adlcp:prerequisites hold back what is advanced where a player reads them.
#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/scorm/build_texts.hpp"
#include "core/scorm/interactions.hpp"

namespace capbridge::scorm {
namespace {

// The most that SCORM 1.2 lets these two hold.
constexpr std::size_t max_launch_data = 255, max_prerequisites = 200;

std::string launch_data(const PackagePlan& plan, const PlannedPart& part) {
    ordered_json data{{"framework", plan.framework->id}, {"version", plan.framework->version}};
    data["objectives"] = ordered_json::array();
    for (const auto* requirement : part.requirements) data["objectives"].push_back(requirement->id);
    std::string text = data.dump();
    if (text.size() <= max_launch_data) return text;
    data["objectives"] = capbridge_file;  // too many to name here
    return data.dump();
}

// All foundational SCOs, as an AICC script; nothing when that is too long for the standard.
std::string prerequisites(const PackagePlan& plan) {
    if (!plan.locks_advanced()) return {};
    std::string script;
    for (const auto& part : plan.parts) {
        if (part.tier == tier_foundational) script += (script.empty() ? "" : "&") + part.identifier;
    }
    return script.size() <= max_prerequisites ? script : std::string{};
}

void write_item(XmlText& xml, const PackagePlan& plan, const PlannedPart& part, const std::string& needs) {
    xml.open("item", {{"identifier", part.identifier}, {"identifierref", part.resource}});
    xml.leaf("title", part.title);
    xml.open("metadata");
    write_lom(xml, plan, &part);
    xml.close();
    if (part.tier == tier_advanced && !needs.empty())
        xml.leaf("adlcp:prerequisites", needs, {{"type", "aicc_script"}});
    xml.leaf("adlcp:datafromlms", launch_data(plan, part));
    if (const auto score = part.source->mastery_score)
        xml.leaf("adlcp:masteryscore", number_text(*score * 100));
    xml.close();
}

}  // namespace

std::string manifest_1_2(const PackagePlan& plan) {
    XmlText xml;
    xml.open("manifest", {{"identifier", plan.identifier},
                          {"version", "1.0"},
                          {"xmlns", "http://www.imsproject.org/xsd/imscp_rootv1p1p2"},
                          {"xmlns:adlcp", "http://www.adlnet.org/xsd/adlcp_rootv1p2"}});
    xml.open("metadata");
    xml.leaf("schema", "ADL SCORM");
    xml.leaf("schemaversion", "1.2");
    write_lom(xml, plan, nullptr);
    xml.close();
    xml.open("organizations", {{"default", "organization-1"}});
    xml.open("organization", {{"identifier", "organization-1"}});
    xml.leaf("title", plan.title);
    const auto needs = prerequisites(plan);
    std::string tier;
    for (const auto& part : plan.parts) {
        if (plan.has_tiers() && part.tier != tier) {
            if (!tier.empty()) xml.close();
            tier = part.tier;
            xml.open("item", {{"identifier", tier}});
            xml.leaf("title", tier_title(tier));
        }
        write_item(xml, plan, part, needs);
    }
    if (!tier.empty()) xml.close();
    xml.close();
    xml.close();
    xml.open("resources");
    for (const auto& part : plan.parts) {
        xml.open("resource", {{"identifier", part.resource},
                              {"type", "webcontent"},
                              {"adlcp:scormtype", "sco"},
                              {"href", href_of(part.launch)}});
        for (const auto& file : part.files) xml.empty("file", {{"href", href_of(file)}});
        xml.empty("dependency", {{"identifierref", "resource-facts"}});
        xml.close();
    }
    xml.open("resource",
             {{"identifier", "resource-facts"}, {"type", "webcontent"}, {"adlcp:scormtype", "asset"}});
    xml.empty("file", {{"href", std::string(capbridge_file)}});
    xml.close();
    return xml.take();
}

}  // namespace capbridge::scorm
