// The metadata elements of a manifest (CAM 1.2, 2.2; CAM 2004, 4.5): LOM that stands in them, and LOM in
// files that adlcp:location names. One thread; reads from the reading's archive.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>

#include "core/scorm/lom.hpp"
#include "core/scorm/manifest_reading.hpp"

namespace capbridge::scorm {

class Metadata {
public:
    explicit Metadata(Reading& reading) : reading_(reading) {}

    // The metadata of `owner` (manifest, organization, item, resource, file); `base`: the xml:base in force.
    // Nothing when it has none, or none that says anything. A file is read once, whoever names it, and counts
    // once for each owner. Findings: "metadata_file_missing", "metadata_not_readable",
    // "too_many_metadata_files", "metadata_too_large", "lom_invalid".
    std::optional<Lom> of(xml::Element owner, const std::string& base);

    // The entries that were named, found or not, so that they do not count as unlisted.
    [[nodiscard]] const std::vector<const ZipEntry*>& entries() const { return entries_; }

    // What files say, and copies of one text into many items: false when all of it together is more than the
    // limit allows, and from then on. Finding "metadata_too_large", once.
    bool may_copy(const Lom& lom, xml::Element at);

private:
    std::optional<Lom> from_file(xml::Element location, const ZipEntry& entry);
    std::optional<Lom> read_file(xml::Element location, const ZipEntry& entry);
    void too_large(xml::Element at);
    const ZipEntry* find(xml::Element location, const std::string& base);
    Reading& reading_;
    std::vector<const ZipEntry*> entries_;
    // Nothing: it cannot be read, or says nothing.
    std::unordered_map<const ZipEntry*, std::optional<Lom>> read_;
    std::size_t files_read_ = 0, bytes_read_ = 0, copied_ = 0;
};

}  // namespace capbridge::scorm
