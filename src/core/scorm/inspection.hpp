// Inspection: what an importer found in a package, and whether it takes it. A package that cannot be read has
// an Inspection too: accepted is false and the findings say why. Values; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::scorm {

struct Finding {
    enum class Severity { error, warning, info };
    Severity severity = Severity::error;
    std::string code;     // stable, snake_case; docs/packages.md lists them
    std::string message;  // what is wrong and what to do
    std::string where;    // an entry of the zip, or "imsmanifest.xml:12"; may be empty
};

// Collects findings. A package with ten thousand bad hrefs gives twenty of a code; the last one says how many
// more.
class Findings {
public:
    void error(std::string code, std::string message, std::string where = {});
    void warning(std::string code, std::string message, std::string where = {});
    void info(std::string code, std::string message, std::string where = {});
    [[nodiscard]] bool has_errors() const { return has_errors_; }
    [[nodiscard]] bool has(const std::string& code) const { return counts_.count(code) != 0; }
    [[nodiscard]] std::vector<Finding> take();

private:
    void add(Finding finding);
    std::vector<Finding> list_;
    std::map<std::string, std::size_t> counts_;
    bool has_errors_ = false;
};

struct Organization {
    std::string identifier, title;
};

// An item (of any organization) whose resource is a SCO with something to launch.
struct Sco {
    std::string identifier;  // of the item
    std::string title;
    std::string href;        // relative to the manifest's folder, xml:base in front, `/` only, query kept
    std::string parameters;  // of the item, as written; "" when none
    std::string resource;    // identifier of the resource
    std::optional<double> mastery_score;  // adlcp:masteryscore, 0..100
    std::vector<std::string>
        objectives;  // imsss objectiveIDs in document order, or those of capbridge-objectives.json
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
    std::vector<Organization> organizations;
    std::vector<Sco> scos;
    std::vector<Au> aus;
    std::vector<Finding> findings;
    bool accepted = false;

    [[nodiscard]] bool has_finding(const std::string& code) const;
};

std::string_view severity_name(Finding::Severity severity);
ordered_json inspection_json(const Inspection& inspection);

}  // namespace capbridge::scorm
