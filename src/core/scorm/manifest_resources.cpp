#include "core/scorm/manifest_resources.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/paths.hpp"

namespace capbridge::scorm {
namespace {

// Files that belong to no resource and are missed by nobody: schemas that packages carry along, and our own.
bool needs_no_listing(std::string_view path) {
    return path.ends_with(".xsd") || path.ends_with(".dtd") || path.ends_with("imsmanifest.xml");
}

}  // namespace

std::string Resources::joined(const std::string& base, std::string_view href, xml::Element at) {
    if (href.find('\\') != std::string_view::npos && backslashes_++ == 0) backslash_at_ = at;
    std::string out = join_href(base, trim(href));
    if (out.size() > reading_.limits.href_bytes) {
        reading_.findings.warning("href_too_long", reading_.at(at),
                                  "The path is longer than " + std::to_string(reading_.limits.href_bytes) +
                                      " bytes; it is not read.",
                                  "Shorten the names of the folders.");
        return {};
    }
    return out;
}

std::string Resources::base_of(xml::Element element, const std::string& outer) {
    for (const auto attribute : element.attributes()) {
        if (attribute.name == "base" && (attribute.prefix == "xml" || attribute.prefix.empty()))
            return joined(outer, attribute.value, element);
    }
    return outer;
}

void Resources::add(xml::Element manifest, const std::string& base) {
    const auto resources = manifest.child("resources");
    if (!resources) return;
    const std::string outer = base_of(resources, base);
    for (const auto element : resources.children()) {
        if (reading_.stopped()) return;
        if (element.is("resource")) read(element, outer);
    }
}

const Resource* Resources::find(const std::string& identifier) const {
    const auto at = by_id_.find(identifier);
    return at == by_id_.end() ? nullptr : &at->second;
}

void Resources::read(xml::Element element, const std::string& outer) {
    Resource resource;
    resource.element = element;
    std::string written;
    const std::string base = base_of(element, outer);
    if (const auto href = element.attribute("href"); href && !trim(*href).empty()) {
        note_placeholder(reading_, *href, element, true);
        written = joined(base, *href, element);
        resource.href = with_slashes(written);
    }
    read_type(element, resource);
    resource.metadata = metadata_.of(element, base);
    read_files(element, base, resource);
    const std::string id = trim(element.attribute("identifier").value_or(""));
    if (written != resource.href) reading_.as_written.emplace(id, std::move(written));
    if (!by_id_.emplace(id, std::move(resource)).second) {
        reading_.findings.warning("duplicate_resource", reading_.at(element),
                                  "Two resources have the identifier \"" + id + "\"; the first one counts.",
                                  "Give each resource an identifier of its own.");
    }
}

void Resources::read_type(xml::Element element, Resource& resource) {
    for (const auto attribute : element.attributes()) {
        if (!xml::same_ignoring_case(attribute.name, "scormType")) continue;
        resource.type = lower_ascii(trim(attribute.value));
        const std::string_view proper = reading_.version == "1.2" ? "scormtype" : "scormType";
        if (attribute.name != proper) {
            reading_.findings.warning("scormtype_wrong_case", reading_.at(element),
                                      "The attribute is written " + std::string(attribute.name) + ", not " +
                                          std::string(proper) + ".",
                                      "Write adlcp:" + std::string(proper) + ".");
        }
    }
}

void Resources::read_files(xml::Element element, const std::string& base, Resource& resource) {
    const auto mark = [&](const ZipEntry* entry) {
        if (!entry) return;
        if (listed_.size() <= entry->index) listed_.resize(entry->index + 1);
        listed_[entry->index] = true;
    };
    if (!resource.href.empty()) resource.file = reading_.files.find(reading_.folder, resource.href);
    const auto* launch = resource.file.entry;
    mark(launch);
    for (const auto file : element.children()) {
        const auto href = file.is("file") ? file.attribute("href") : std::nullopt;
        if (!href || is_external(*href)) continue;
        ++files_;
        const auto found = reading_.files.find(reading_.folder, joined(base, *href, file));
        mark(found.entry);
        if (found.match == PackageFiles::Match::other_case && other_case_++ == 0) other_case_at_ = file;
        if (found.match == PackageFiles::Match::none && missing_++ == 0) {
            first_missing_ = *href;
            missing_at_ = file;
        }
        if (!file.children().empty())
            note_metadata(resource, file, base, found.entry && found.entry == launch);
    }
}

// The page that is launched speaks for the resource; of other files, what they are classified as.
void Resources::note_metadata(Resource& resource, xml::Element file, const std::string& base,
                              bool is_launch) {
    auto lom = metadata_.of(file, base);
    if (!lom) return;
    if (!is_launch) {
        Lom kept;
        kept.file = lom->file;
        kept.keywords = std::move(lom->keywords);
        kept.classifications = std::move(lom->classifications);
        if (says_nothing(kept)) return;
        lom = std::move(kept);
    }
    if (resource.metadata) {
        merge(*resource.metadata, *lom);
    } else {
        resource.metadata = std::move(lom);
    }
}

void Resources::conclude() {
    auto& findings = reading_.findings;
    if (missing_) {
        findings.warning("missing_files", reading_.at(missing_at_),
                         std::to_string(missing_) + " of " + std::to_string(files_) +
                             " listed files are not in the package; the first is " + first_missing_ + ".",
                         "Add the files to the package, or remove them from the manifest.");
    }
    if (other_case_) {
        findings.warning(
            "href_differs_by_case", reading_.at(other_case_at_),
            std::to_string(other_case_) + " listed files were found only by ignoring letter case.",
            "Write the hrefs as the files are named: many servers tell a from A.");
    }
    if (backslashes_) {
        findings.warning("backslash_in_href", reading_.at(backslash_at_),
                         std::to_string(backslashes_) + " hrefs have backslashes; they are read as slashes.",
                         "Write hrefs with slashes.");
    }
    for (const auto* entry : metadata_.entries()) {
        if (listed_.size() <= entry->index) listed_.resize(entry->index + 1);
        listed_[entry->index] = true;
    }
    std::size_t unlisted = 0;
    std::string first;
    for (const auto* entry : reading_.files.list()) {
        if (entry->index < listed_.size() && listed_[entry->index]) continue;
        if (needs_no_listing(lower_ascii(entry->name))) continue;
        if (unlisted++ == 0) first = entry->name;
    }
    if (unlisted && files_) {
        findings.info("unlisted_files", Place(first),
                      std::to_string(unlisted) +
                          " files of the package are in no resource of the manifest; the first "
                          "is " +
                          first + ".",
                      "Nothing, if the course plays; else list them as file elements of their resource.");
    }
}

}  // namespace capbridge::scorm
