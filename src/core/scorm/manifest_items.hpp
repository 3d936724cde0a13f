// The organizations and items of a SCORM manifest (CAM 1.2, 2.3.3; CAM 2004, 3.4.1) as the tree of a
// Structure. Lenient in reading, loud in findings. One thread; for one manifest.
#pragma once
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/scorm/manifest_reading.hpp"
#include "core/scorm/manifest_resources.hpp"
#include "core/scorm/sequencing.hpp"
#include "core/scorm/structure.hpp"

namespace capbridge::scorm {

class Items {
public:
    Items(Reading& reading, Metadata& metadata, Resources& resources, Sequencing& sequencing)
        : reading_(reading), metadata_(metadata), resources_(resources), sequencing_(sequencing) {}

    // A manifest inside the manifest, which items may refer to in SCORM 1.2 and 2004 2nd edition.
    void add_submanifest(const std::string& identifier, xml::Element manifest);

    // Fills roots and default_root; the caller adds what is about the whole package.
    void read(xml::Element manifest, const std::string& base, Structure& out);

    // Errors "nothing_to_launch", "all_launch_files_missing".
    void conclude(xml::Element manifest);

private:
    std::size_t choose_default(xml::Element organizations, const std::vector<xml::Element>& list);
    Node read_organization(xml::Element element, std::string xpath);
    void read_children(xml::Element parent, Node& node);
    Node read_item(xml::Element item, std::string xpath);
    void read_values(xml::Element item, Node& node);
    void read_reference(xml::Element item, Node& node);
    void expand(xml::Element item, xml::Element manifest, Node& node);
    void launch(const Resource& resource, const std::string& reference, xml::Element item, Node& node);
    void check_file(const Resource& resource);
    void describe(xml::Element element, const Resource* resource, Node& node);
    bool within_limit(xml::Element at);

    Reading& reading_;
    Metadata& metadata_;
    Resources& resources_;
    Sequencing& sequencing_;
    std::string base_;
    std::unordered_map<std::string, xml::Element> submanifests_;
    std::unordered_set<std::string> expanded_, ids_, checked_, typeless_;
    int nesting_ = 0;  // of sub-manifests
    std::size_t items_ = 0, launchable_ = 0, launch_missing_ = 0;
};

}  // namespace capbridge::scorm
