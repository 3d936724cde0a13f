// Which SCORM a manifest is written for: schemaversion first, then the root's namespace, then its content.
// Pure; any thread.
#pragma once
#include <string>

#include "core/scorm/findings.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// "1.2", "2004 2nd", "2004 3rd", "2004 4th" or "2004" (edition unclear). Findings: "no_namespace",
// "namespace_unknown", "no_schemaversion", "edition_unclear", "version_mixed".
std::string scorm_version(xml::Element manifest, const std::string& entry, Findings& findings);

}  // namespace capbridge::scorm
