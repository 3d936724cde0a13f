// Inspection: what an importer found in a package, and whether it takes it. A package that cannot be read has
// an Inspection too: accepted is false and the findings say why. Values; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/scorm/structure.hpp"

namespace capbridge::scorm {

struct Finding {
    enum class Severity { error, warning, info };
    Severity severity = Severity::error;
    std::string code;      // stable, snake_case; docs/packages.md lists them
    std::string message;   // what is wrong
    std::string where;     // for people: `entry`, or "imsmanifest.xml:12"; may be empty
    std::string remedy;    // what to do; "" when there is nothing to do
    std::string entry;     // an entry of the zip; may be empty
    std::size_t line = 0;  // in the entry, 1-based; 0 when it is about the whole of it
    std::string xpath;     // in the entry, names as written; may be empty
    std::string rule;      // id of the broken requirement of cmi5, as ADL's test suite numbers them; or ""
};

struct Organization {
    std::string identifier, title;
};

// An item (of any organization) whose resource is a SCO with something to launch.
struct Sco {
    std::string identifier;  // of the item
    std::string title;
    std::string href;        // relative to the manifest's folder, xml:base in front, else as written
    std::string parameters;  // of the item, as written; "" when none
    std::string resource;    // identifier of the resource
    std::optional<double> mastery_score;  // adlcp:masteryscore, 0..100
    std::vector<std::string>
        objectives;  // imsss objectiveIDs in document order, or, in 1.2, those of capbridge.json
};

// A cmi5 assignable unit (cmi5 course structure, section 13.1.4).
struct Au {
    std::string id, title, url;
    std::string move_on = "NotApplicable";
    std::optional<double> mastery_score;  // 0..1
    std::vector<std::string> objectives;  // ids that the AU refers to
};

struct Inspection {
    std::string format;      // "scorm", "cmi5" or "" (unknown)
    std::string version;     // "1.2", "2004 2nd", "2004 3rd", "2004 4th", "2004", "v1" or "" (unknown)
    std::string identifier;  // of the manifest, or the course id
    std::string title;       // of the default organization, or of the course
    std::string manifest;    // its path in the zip
    std::string sha256;      // of the whole file, hex
    std::uint64_t bytes = 0;
    std::size_t entries = 0;  // files, folders not counted
    Structure structure;      // all that the manifest says about the course
    // Flat views of the structure.
    std::vector<Organization> organizations;
    std::vector<Sco> scos;
    std::vector<Au> aus;
    std::vector<Finding> findings;
    bool accepted = false;

    [[nodiscard]] bool has_finding(const std::string& code) const;
};

// Fills organizations, scos and aus (and the title) from the structure. `as_written`: the hrefs of resources
// that were not written with slashes, which the structure has and the flat view keeps as they stand in the
// manifest.
void fill_flat_views(Inspection& inspection, const std::map<std::string, std::string>& as_written = {});

std::string_view severity_name(Finding::Severity severity);
ordered_json inspection_json(const Inspection& inspection);
ordered_json structure_json(const Structure& structure);

}  // namespace capbridge::scorm
