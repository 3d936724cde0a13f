#include "core/scorm/package_texts.hpp"

#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/scorm/inspect.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {
namespace {

// The most that SCORM 1.2 lets adlcp:datafromlms hold.
constexpr std::size_t max_launch_data = 255;

std::string href(const std::string& path) {
    std::vector<std::string> segments;
    for (const auto& segment : split(path, '/')) segments.push_back(url_encode(segment));
    return xml::escape(join(segments, "/"));
}

std::string file_elements(const PackagePlan& plan) {
    std::string out;
    for (const auto& file : plan.files) out += "      <file href=\"" + href(file) + "\"/>\n";
    return out;
}

std::string launch_data(const PackagePlan& plan) {
    ordered_json data{{"framework", plan.framework->id}, {"version", plan.framework->version}};
    data["objectives"] = ordered_json::array();
    for (const auto* requirement : plan.requirements) data["objectives"].push_back(requirement->id);
    std::string text = data.dump();
    if (text.size() <= max_launch_data) return text;
    data["objectives"] = objectives_file;  // too many to name here
    return data.dump();
}

}  // namespace

std::string manifest_1_2(const PackagePlan& plan) {
    const std::string title = xml::escape(plan.title);
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier=")" +
           plan.identifier + R"(" version="1.0"
          xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="organization-1">
    <organization identifier="organization-1">
      <title>)" +
           title + R"(</title>
      <item identifier="item-1" identifierref="resource-1">
        <title>)" +
           title + R"(</title>
        <adlcp:datafromlms>)" +
           xml::escape(launch_data(plan)) + R"(</adlcp:datafromlms>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="resource-1" type="webcontent" adlcp:scormtype="sco" href=")" +
           href(plan.launch) + "\">\n" + file_elements(plan) + R"(    </resource>
  </resources>
</manifest>
)";
}

std::string manifest_2004_4(const PackagePlan& plan) {
    const std::string title = xml::escape(plan.title);
    std::string objectives;
    for (const auto* requirement : plan.requirements) {
        objectives += "            <imsss:objective objectiveID=\"" +
                      xml::escape(plan.framework->requirement_iri(*requirement)) + "\"/>\n";
    }
    // The primary objective rolls up to the course and stands for no requirement, so it needs no id.
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier=")" +
           plan.identifier + R"(" version="1"
          xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
          xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>2004 4th Edition</schemaversion>
  </metadata>
  <organizations default="organization-1">
    <organization identifier="organization-1">
      <title>)" +
           title + R"(</title>
      <item identifier="item-1" identifierref="resource-1">
        <title>)" +
           title + R"(</title>
        <imsss:sequencing>
          <imsss:objectives>
            <imsss:primaryObjective/>
)" + objectives +
           R"(          </imsss:objectives>
          <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
        </imsss:sequencing>
      </item>
      <imsss:sequencing>
        <imsss:controlMode choice="true" flow="true"/>
      </imsss:sequencing>
    </organization>
  </organizations>
  <resources>
    <resource identifier="resource-1" type="webcontent" adlcp:scormType="sco" href=")" +
           href(plan.launch) + "\">\n" + file_elements(plan) + R"(    </resource>
  </resources>
</manifest>
)";
}

std::string objectives_json(const PackagePlan& plan) {
    ordered_json out;
    out["format"] = "capbridge-objectives";
    out["version"] = 1;
    out["framework"] = ordered_json{
        {"id", plan.framework->id}, {"version", plan.framework->version}, {"iri", plan.framework->iri}};
    out["objectives"] = ordered_json::array();
    for (const auto* requirement : plan.requirements) {
        out["objectives"].push_back(ordered_json{{"id", requirement->id},
                                                 {"iri", plan.framework->requirement_iri(*requirement)},
                                                 {"title", requirement->title}});
    }
    return out.dump(2) + "\n";
}

}  // namespace capbridge::scorm
