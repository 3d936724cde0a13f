// What every part of the reader of a SCORM manifest needs. Borrowed, all of it, for the time of one reading.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "core/scorm/findings.hpp"
#include "core/scorm/limits.hpp"
#include "core/scorm/package_files.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm {

struct Reading {
    const ZipArchive& archive;
    const PackageFiles& files;
    const Limits& limits;
    Findings& findings;
    bool strict = false;   // breaches of schemas are errors
    std::string manifest;  // path in the zip
    std::string folder;    // of the manifest, with its slash; "" at the root
    std::string version;   // as in Inspection
    // Of resources whose href has backslashes: how it was written, xml:base in front.
    std::map<std::string, std::string> as_written = {};
    std::function<bool()> stopping = {};  // Checks::stopping

    [[nodiscard]] bool stopped() const { return stopping && stopping(); }
    [[nodiscard]] Place at(xml::Element element) const { return {manifest, element}; }
};

}  // namespace capbridge::scorm
