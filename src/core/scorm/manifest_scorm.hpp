// imsmanifest.xml of SCORM 1.2 (CAM 1.2, section 2.3) and SCORM 2004 (CAM, section 3.4): all that it says, as
// a Structure. Lenient in reading, loud in findings: what other players take must import. Pure but for the
// archive, from which metadata files are read; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/scorm/inspection.hpp"
#include "core/scorm/manifest_reading.hpp"

namespace capbridge::scorm {

// Fills version, identifier, structure and the flat views of `out`, and the version of `reading`.
void read_scorm_manifest(xml::Element manifest, Reading& reading, Inspection& out);

// The commonest breaches of the schemas of the manifest's version, found without the XSDs themselves, as
// "schema_invalid" (warning; error when the reading is strict): for SCORM a grade, not a gate.
void check_scorm_shape(xml::Element manifest, const Reading& reading);

// In an identifier or an href (`decisive`) a placeholder means that the template was never filled in; in a
// title it may be meant. Findings "template_placeholders", "template_not_filled_in".
void note_placeholder(const Reading& reading, std::string_view text, xml::Element element, bool decisive);

}  // namespace capbridge::scorm
