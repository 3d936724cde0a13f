// cmi5.xml, the cmi5 course structure (cmi5 specification v1, sections 13 and 14): all that it says, as a
// Structure, and every check that an LMS must make at import. cmi5 is strict where SCORM is lenient: a breach
// of the schema is a refusal. Pure; any thread.
#pragma once
#include "core/scorm/inspection.hpp"
#include "core/scorm/package_files.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// Fills `out` (format, version, identifier, structure). `files` is nullptr for a course structure that came
// alone: its AUs must then have absolute URLs (14.2). Findings: docs/packages.md, the codes that begin with
// "cmi5_"; each names the requirement that is broken (ADL's test suite, requirements.json). `stopping`: as
// Checks::stopping, asked at each block and AU.
void read_cmi5_structure(xml::Element root, const PackageFiles* files, const Limits& limits, Inspection& out,
                         Findings& findings, const std::function<bool()>& stopping = {});

// What CourseStructure.xsd demands, by our own checks: names, order, number, attributes and their values.
// Code "cmi5_schema_invalid". Elements of other namespaces are allowed where the schema allows them: at the
// end.
void check_cmi5_schema(xml::Element root, const std::string& manifest, Findings& findings);

}  // namespace capbridge::scorm
