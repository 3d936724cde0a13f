// The door for packages: what is in this zip, and do we take it? SCORM 1.2, SCORM 2004 (2nd to 4th edition)
// and cmi5 v1. Never throws for bad input and never fails: a package that cannot be read has an Inspection
// with the reason. Pure but for the source; any thread; memory stays near the size of the manifest, whatever
// the zip's.
#pragma once
#include <functional>

#include "core/scorm/byte_source.hpp"
#include "core/scorm/inspection.hpp"
#include "core/scorm/limits.hpp"

namespace capbridge::scorm {

class Schemas;

struct Checks {
    // SCORM schema errors refuse the package instead of being a warning.
    bool strict = false;
    // The XSDs (schemas.hpp); borrowed. Without them the commonest breaches are still found.
    const Schemas* schemas = nullptr;
    // Says that the XSDs were looked for and are not there, and what to do: finding "schemas_not_installed".
    std::string schemas_absent;
    // Asked again and again while a large manifest is read; once true, it stays true. What was read by then
    // is refused, with finding "reading_stopped".
    std::function<bool()> stopping = {};
};

Inspection inspect(const ByteSource& source, const Limits& limits = {}, const Checks& checks = {});

// A file of our own in SCORM 1.2 packages: SCORM 1.2 has no objectives in its manifest (build.hpp writes it).
inline constexpr std::string_view objectives_file = "capbridge.json";

}  // namespace capbridge::scorm
