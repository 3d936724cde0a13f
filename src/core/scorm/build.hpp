// Makes a SCORM package with one SCO whose objectives are requirements of a framework, so that what a learner
// achieves in it comes back as evidence for exactly those requirements. SCORM 1.2 (CAM 1.2) or SCORM 2004 4th
// edition (CAM 4th, IMS Simple Sequencing for the objectives). No schema file is copied into the package:
// players bring their own. Pure and deterministic: the same request gives the same bytes on every machine.
// Any thread.
//
// Objectives. 2004: one imsss:objective each, its objectiveID the requirement's IRI, whose last segment is
// the id. 1.2: the manifest has no place for them. Their ids are in adlcp:datafromlms (cmi.launch_data) when
// they fit into its 255 characters, and always in capbridge-objectives.json; at run time cmi.objectives.n.id
// is the requirement's id.
#pragma once
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/framework/framework.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm {

struct BuildRequest {
    const framework::Framework* framework = nullptr;  // borrowed
    std::string version;                              // "1.2" or "2004-4"
    std::string title;                                // "" takes the framework's
    std::string launch;                               // "" takes index.html
    // The objectives: these ids, and all requirements of one of the archetypes and one of the factors (an
    // empty list of archetypes or factors does not restrict). At least one of the three lists must be given.
    std::vector<std::string> requirements, archetypes, factors;
    std::vector<ZipFile> content;  // path below the content folder -> bytes
};

// Errors: "unknown_version", "unknown_requirement", "unknown_archetype", "unknown_factor", "no_requirements",
// "content_empty", "content_path_invalid", "content_reserved_name", "content_duplicate", "launch_missing",
// "title_invalid", "package_not_accepted" (our own inspect refuses the result, e.g. over a limit).
Result<std::string> build_package(const BuildRequest& request);

// The requirements that the request selects, in the framework's order, each once. Errors as above.
Result<std::vector<const framework::Requirement*>> select_requirements(const BuildRequest& request);

// The names of the files that build_package adds.
inline constexpr std::string_view wrapper_file = "capbridge-scorm.js";

}  // namespace capbridge::scorm
