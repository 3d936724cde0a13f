#include "core/scorm/manifest_scorm.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/scorm/manifest_items.hpp"
#include "core/scorm/manifest_resources.hpp"
#include "core/scorm/metadata.hpp"
#include "core/scorm/scorm_version.hpp"
#include "core/scorm/sequencing.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

// Manifests inside the manifest (CAM 1.2, 2.1.2): their resources join the others; their items stand where an
// item refers to them.
void read_submanifests(xml::Element manifest, const std::string& base, Reading& reading, Items& items,
                       Resources& resources, Sequencing& sequencing) {
    for (const auto inner : manifest.children()) {
        if (!inner.is("manifest")) continue;
        const bool known = reading.version == "1.2" || reading.version == "2004 2nd";
        reading.findings.warning(
            "submanifest", reading.at(inner),
            known ? "The manifest holds another manifest, which few players read."
                  : "The manifest holds another manifest, which this version of SCORM does not "
                    "allow; it is read all the same.",
            "Make one manifest with all items and resources.");
        const std::string inner_base = resources.base_of(inner, base);
        resources.add(inner, inner_base);
        sequencing.add_collection(inner);
        items.add_submanifest(trim(inner.attribute_or("identifier")), inner);
        read_submanifests(inner, inner_base, reading, items, resources, sequencing);
    }
}

}  // namespace

void note_placeholder(const Reading& reading, std::string_view text, xml::Element element, bool decisive) {
    if (!has_placeholder(text)) return;
    reading.findings.warning("template_placeholders", reading.at(element),
                             "\"" + std::string(text) + "\" looks like a placeholder of a template.",
                             "Replace it by what it stands for.");
    if (decisive && !reading.findings.has("template_not_filled_in")) {
        reading.findings.error("template_not_filled_in", reading.at(element),
                               "The manifest is a template that was not filled in.",
                               "Replace the placeholders, or export the course from its authoring tool.");
    }
}

void read_scorm_manifest(xml::Element manifest, Reading& reading, Inspection& out) {
    reading.version = out.version = scorm_version(manifest, reading.manifest, reading.findings);
    out.identifier = manifest.attribute_or("identifier");
    note_placeholder(reading, out.identifier, manifest, true);

    Metadata metadata(reading);
    Resources resources(reading, metadata);
    Sequencing sequencing(reading.manifest, reading.limits, reading.findings);
    Items items(reading, metadata, resources, sequencing);
    const std::string base = resources.base_of(manifest, {});
    resources.add(manifest, base);
    sequencing.add_collection(manifest);
    read_submanifests(manifest, base, reading, items, resources, sequencing);
    out.structure.metadata = metadata.of(manifest, base);
    items.read(manifest, base, out.structure);
    items.conclude(manifest);
    resources.conclude();
}

}  // namespace capbridge::scorm
