// imsmanifest.xml of SCORM 1.2 (CAM 1.2, section 2.3) and SCORM 2004 (CAM, section 3.4): organizations, SCO
// items, their mastery scores and objectives. Lenient in reading, loud in findings: what other players take
// must import. Pure; any thread.
#pragma once
#include <string>

#include "core/scorm/inspection.hpp"
#include "core/scorm/package_files.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// Fills the manifest's part of `out` (format, version, title, organizations, scos).
void read_scorm_manifest(const xml::Element& manifest, const PackageFiles& files, Inspection& out,
                         Findings& findings);

// The commonest breaches of the schemas of the manifest's version, found without the XSDs themselves, as
// "schema_invalid" warnings: for SCORM a grade, not a gate.
void check_scorm_shape(const xml::Element& manifest, const Inspection& inspection, Findings& findings);

// "imsmanifest.xml:12"
std::string place(const std::string& manifest_path, const xml::Element& element);

}  // namespace capbridge::scorm
