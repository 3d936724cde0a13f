// Makes SCORM and cmi5 packages whose objectives are requirements of a framework, so that what a learner
// achieves in one comes back as evidence for exactly those requirements. SCORM 1.2 (CAM 1.2), SCORM 2004 3rd
// and 4th edition (CAM, IMS Simple Sequencing), cmi5 (course structure, section 13). One part of the request
// is one SCO or AU. The same request gives the same bytes on every machine with the same zlib; nothing
// depends on the clock. The framework and the bytes of the content are borrowed; content is read once, piece
// by piece, while the zip is written. Any thread, one build a target.
//
// Objectives: 2004 has imsss:objectives whose ids are the requirements' IRIs; cmi5 has objectives
// <course>/objectives/<requirement id>; 1.2 has no place for them in its manifest. capbridge.json
// (build_facts) says for all four which objective of which SCO stands for which requirement.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/framework/framework.hpp"
#include "core/scorm/byte_source.hpp"
#include "core/scorm/zip_writer.hpp"

namespace capbridge::scorm {

// Something that a SCO asks, as capbridge.json lists it. Types are SCORM's words.
struct BuildInteraction {
    std::string id, type, title;
    std::vector<std::string> requirements;  // ids
};

// One SCO or AU.
struct BuildPart {
    // Its folder in the package and the tail of its identifiers: lower-case letters, digits, hyphens. "" only
    // when it is the only part.
    std::string name;
    std::string title;                      // "" takes the package's
    std::string description;                // plain text; may be empty
    std::string launch;                     // "" takes index.html
    std::vector<std::string> requirements;  // ids; none takes all that the package selects
    std::optional<double> mastery_score;    // 0..1; nothing: completing it is enough
    bool own_api = false;                   // the pages report by themselves, not through the wrapper
    int minutes = 0;                        // typical learning time; 0: not said
    std::vector<ContentFile> content;       // paths below the part's folder
    std::vector<BuildInteraction> interactions;
};

struct BuildRequest {
    const framework::Framework* framework = nullptr;  // borrowed
    std::string version;                              // "1.2", "2004-3", "2004-4" or "cmi5"
    std::string title;                                // "" takes the framework's
    std::string description;
    std::string language = "en-GB";  // BCP 47, of titles and texts
    // What stays the same from one version of the package to the next: an IRI of the publisher, or a name. ""
    // makes a name of the title.
    std::string identifier;
    // The objectives: these ids, and all requirements that are of one of the archetypes, one of the factors,
    // one of the tiers and one of the levels (an empty list does not restrict).
    std::vector<std::string> requirements, archetypes, factors, tiers, levels;
    std::vector<BuildPart> parts;
};

struct BuiltPackage {
    std::string identifier;  // of the manifest
    std::string iri;         // of the course in cmi5
    std::size_t parts = 0, requirements = 0, files = 0;
    std::string sha256;
};

// Writes the zip into `target`. Errors: "unknown_version", "unknown_requirement", "unknown_archetype",
// "unknown_factor", "unknown_tier", "unknown_level", "no_requirements", "requirements_unused", "no_parts",
// "part_name_invalid", "part_name_duplicate", "content_empty", "content_path_invalid",
// "content_reserved_name", "content_duplicate", "launch_missing", "title_invalid", "language_invalid",
// "identifier_invalid", "mastery_score_invalid", "interaction_invalid", "zip_not_written", and
// "package_not_accepted": our own inspect refuses the result, e.g. over a limit.
Result<BuiltPackage> build_package(const BuildRequest& request, PackageTarget& target);

// The requirements that the request selects, in the framework's order, each once; with those that the parts
// name.
Result<std::vector<const framework::Requirement*>> select_requirements(const BuildRequest& request);

// The name that a part may have, made of a folder's or file's name; "" when that has no letter or digit.
std::string part_name(std::string_view text);

// Names of the files that a package has beside its content.
inline constexpr std::string_view wrapper_file = "capbridge-scorm.js";

}  // namespace capbridge::scorm
