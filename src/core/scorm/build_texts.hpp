// The texts that a package holds beside its content. Pure; any thread; all text is escaped here.
#pragma once
#include <string>

#include "core/scorm/build_plan.hpp"
#include "core/scorm/build_xml.hpp"

namespace capbridge::scorm {

std::string manifest_1_2(const PackagePlan& plan);
std::string manifest_2004(const PackagePlan& plan);
std::string course_structure(const PackagePlan& plan);  // cmi5.xml

// capbridge.json: objectives with their requirements and SCOs, and interactions.
std::string build_facts(const PackagePlan& plan);

// capbridge-scorm.js of a part: the same code everywhere, behind what the part is.
std::string wrapper_js(const PackagePlan& plan, const PlannedPart& part);

// LOM (IEEE 1484.12.1, or IMS MD 1.2 in SCORM 1.2): title, language, description, learning time, and a
// classification of purpose "competency" with a taxon path for each requirement. A null part means the
// package.
void write_lom(XmlText& xml, const PackagePlan& plan, const PlannedPart* part);
// Where the LOM of a part is a file of its own: SCORM 2004 3rd edition, whose schema knows no LOM.
std::string lom_file(const PackagePlan& plan, const PlannedPart* part);
std::string lom_document(const PackagePlan& plan, const PlannedPart* part);

// A path of the zip as a URL in a manifest (not yet escaped for XML).
std::string href_of(const std::string& path);

}  // namespace capbridge::scorm
