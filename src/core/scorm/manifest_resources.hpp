// The resources of a SCORM manifest (CAM 1.2, 2.3.2; CAM 2004, 3.4.2): what items can launch, and which of
// the files that they list are in the package. One thread.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/scorm/manifest_reading.hpp"
#include "core/scorm/metadata.hpp"

namespace capbridge::scorm {

struct Resource {
    xml::Element element;
    std::string href;          // all xml:base in front, `/` only; "" when there is none
    PackageFiles::Found file;  // that it leads to
    std::string type;          // lower case: "sco", "asset", "" when not said
    std::optional<Lom> metadata;
};

class Resources {
public:
    Resources(Reading& reading, Metadata& metadata) : reading_(reading), metadata_(metadata) {}

    // The resources of a manifest or sub-manifest; `base`: the xml:base in force for it.
    void add(xml::Element manifest, const std::string& base);
    [[nodiscard]] const Resource* find(const std::string& identifier) const;

    // The element's xml:base behind the outer one.
    std::string base_of(xml::Element element, const std::string& outer);

    // What is told once, about all of them: "missing_files", "unlisted_files", "href_differs_by_case",
    // "backslash_in_href".
    void conclude();

private:
    std::string joined(const std::string& base, std::string_view href, xml::Element at);
    void read(xml::Element element, const std::string& outer);
    void read_type(xml::Element element, Resource& resource);
    void read_files(xml::Element element, const std::string& base, Resource& resource);
    void note_metadata(Resource& resource, xml::Element file, const std::string& base, bool is_launch);

    Reading& reading_;
    Metadata& metadata_;
    std::unordered_map<std::string, Resource> by_id_;
    std::vector<bool> listed_;  // by the index of the entry
    std::size_t files_ = 0, missing_ = 0, other_case_ = 0, backslashes_ = 0;
    std::string first_missing_;
    xml::Element missing_at_, other_case_at_, backslash_at_;
};

}  // namespace capbridge::scorm
