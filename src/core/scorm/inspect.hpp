// The door for packages: what is in this zip, and do we take it? SCORM 1.2, SCORM 2004 (2nd to 4th edition)
// and cmi5 v1. Never throws for bad input and never fails: a package that cannot be read has an Inspection
// with the reason. Pure but for the source; any thread; memory stays near the size of the manifest, whatever
// the zip's.
#pragma once
#include "core/scorm/byte_source.hpp"
#include "core/scorm/inspection.hpp"
#include "core/scorm/limits.hpp"

namespace capbridge::scorm {

Inspection inspect(const ByteSource& source, const Limits& limits = {});

// A file of our own in SCORM 1.2 packages: SCORM 1.2 has no objectives in its manifest (build.hpp writes it).
inline constexpr std::string_view objectives_file = "capbridge-objectives.json";

}  // namespace capbridge::scorm
