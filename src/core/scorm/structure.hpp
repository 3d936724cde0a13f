// Structure: everything that a manifest says about the course in a package, as one tree of values. SCORM
// (CAM 1.2, section 2.3; CAM 2004, sections 3.4 and 5.1) and cmi5 (course structure, section 13.1) become the
// same tree: organization or course at the top, items or blocks below, SCOs, assets and AUs at the leaves.
// Read leniently for SCORM: what is odd has a finding, not a hole. Values; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capbridge::scorm {

// One text in one language (BCP 47, as written; "" when the manifest does not say).
struct Text {
    std::string language, text;
};
using Texts = std::vector<Text>;  // one text in several languages, in document order

// An element kept as it stands, for what other parts interpret: sequencing, navigation. Names are local.
struct Data {
    std::string name, text;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::vector<Data> children;
};

// LOM 9.2: a path through a taxonomy, from the general to the particular.
struct Taxon {
    std::string id;
    Texts entry;
};
struct TaxonPath {
    Texts source;  // the taxonomy's name or IRI
    std::vector<Taxon> taxons;
};
struct Classification {
    std::string purpose;  // "competency", "educational objective", "discipline", ...
    std::vector<TaxonPath> paths;
    Texts description;
    std::vector<Texts> keywords;
};
// IEEE LOM 1484.12.1 (in SCORM 1.2: IMS MD 1.2), as far as it says what something teaches.
struct Lom {
    std::string file;  // the entry that it came from; "" when it stands in the manifest
    Texts title;
    std::vector<Texts> descriptions, keywords;
    std::vector<Classification> classifications;
    std::string version;                // lifecycle
    std::string typical_learning_time;  // ISO 8601 duration, as written
};

struct MapInfo {  // IMS SS 3.10.2, and adlseq of the 4th edition
    std::string target;
    std::vector<std::pair<std::string, bool>> access;  // readSatisfiedStatus, ... as written
};
struct Objective {
    std::string id;
    bool primary = false;
    Texts title, description;  // cmi5; in SCORM from capbridge.json of packages that we built
    bool satisfied_by_measure = false;
    std::optional<double> min_normalized_measure;  // -1..1
    std::vector<MapInfo> maps;
};

struct Interaction {       // of packages that we built: capbridge.json names them (interactions.hpp)
    std::string id, type;  // type: cmi.interactions.n.type, as written
    Texts title;
};

struct CompletionThreshold {  // CAM 2004 4th, 3.4.1.14; elsewhere only `min_progress`
    bool by_measure = false;
    std::optional<double> min_progress;     // 0..1
    std::optional<double> progress_weight;  // 0..1
};

struct Node {
    enum class Kind { organization, item, course, block, au };
    Kind kind = Kind::item;
    std::string identifier;  // of the item, or the publisher's IRI
    Texts title, description;
    // What it launches: relative to the manifest's folder, xml:base in front, `/` only, query kept; or an
    // absolute URL. "" when nothing. `parameters` are as written.
    std::string launch, parameters;
    std::string resource;    // identifier of the resource
    std::string scorm_type;  // "sco", "asset" or ""
    bool visible = true;
    std::optional<double> mastery_score;                                            // 1.2: 0..100; cmi5: 0..1
    std::string max_time_allowed, time_limit_action, data_from_lms, prerequisites;  // as written
    std::optional<CompletionThreshold> completion_threshold;
    std::vector<std::string> hide_lms_ui;  // previous, continue, exit, abandon, ...
    std::vector<Objective> objectives;
    std::vector<Interaction> interactions;
    std::optional<Data> sequencing;  // imsss:sequencing, references to the collection resolved
    std::string move_on, launch_method, launch_parameters, entitlement_key, activity_type;  // cmi5
    std::optional<Lom> metadata;
    std::size_t line = 0;  // in the manifest
    std::string xpath;
    std::vector<Node> children;

    [[nodiscard]] bool launches() const { return !launch.empty(); }
};

struct Structure {
    std::vector<Node> roots;       // organizations, or the one course
    std::size_t default_root = 0;  // of `roots`
    std::optional<Lom> metadata;   // of the package
};

// The text in `language`, else in a language of the same first part, else in English, else the first; "" when
// there is none.
const std::string& text_in(const Texts& texts, std::string_view language = "en");

}  // namespace capbridge::scorm
