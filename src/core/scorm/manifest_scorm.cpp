#include "core/scorm/manifest_scorm.hpp"

#include <set>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/scorm_version.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

std::string title_of(const xml::Element& element) {
    const auto* title = element.child("title");
    return title ? collapse_spaces(title->text) : std::string{};
}

struct Resource {
    const xml::Element* element = nullptr;
    std::string base;  // xml:base of manifest, resources and resource, joined
    std::string href;  // base in front; "" when there is none
    std::string type;  // lower case: "sco", "asset", "" when not said
};

class Reader {
public:
    Reader(const xml::Element& manifest, const PackageFiles& files, Inspection& out, Findings& findings)
        : manifest_(manifest),
          files_(files),
          out_(out),
          findings_(findings),
          folder_(folder_of(out.manifest)) {}

    void read() {
        out_.version = scorm_version(manifest_, place(out_.manifest, manifest_), findings_);
        out_.identifier = manifest_.attribute_or("identifier");
        note_placeholder(out_.identifier, manifest_, true);
        if (manifest_.child("manifest")) {
            findings_.warning("submanifest_ignored", "Manifests inside the manifest are not read.",
                              where(*manifest_.child("manifest")));
        }
        read_resources();
        read_collections();
        read_organizations();
        check_launchable();
    }

private:
    [[nodiscard]] std::string where(const xml::Element& element) const {
        return place(out_.manifest, element);
    }

    // In an identifier or an href a placeholder means that the template was never filled in; in a title it
    // may be meant.
    void note_placeholder(const std::string& text, const xml::Element& element, bool decisive) {
        if (!has_placeholder(text)) return;
        findings_.warning("template_placeholders", "\"" + text + "\" looks like a placeholder of a template.",
                          where(element));
        if (decisive && !findings_.has("template_not_filled_in")) {
            findings_.error(
                "template_not_filled_in",
                "The manifest is a template that was not filled in: replace the placeholders, or export "
                "the course from its authoring tool.",
                where(element));
        }
    }

    std::string base_of(const xml::Element& element, const std::string& outer) {
        for (const auto& attribute : element.attributes) {
            if (attribute.name == "base" && (attribute.prefix == "xml" || attribute.prefix.empty())) {
                note_backslash(attribute.value, element);
                return join_href(outer, trim(attribute.value));
            }
        }
        return outer;
    }

    void note_backslash(const std::string& href, const xml::Element& element) {
        if (href.find('\\') == std::string::npos) return;
        if (backslashes_++ == 0) first_backslash_ = where(element);
    }

    void read_resources() {
        const auto* resources = manifest_.child("resources");
        if (!resources) return;
        const std::string outer = base_of(*resources, base_of(manifest_, {}));
        std::size_t listed = 0, missing = 0, other_case = 0;
        std::string first_missing, first_place;
        for (const auto& element : resources->children) {
            if (!element.is("resource")) continue;
            Resource resource;
            resource.element = &element;
            resource.base = base_of(element, outer);
            if (const auto* href = element.attribute("href"); href && !trim(*href).empty()) {
                note_backslash(*href, element);
                note_placeholder(*href, element, true);
                resource.href = join_href(resource.base, trim(*href));
            }
            read_scorm_type(element, resource);
            for (const auto& file : element.children) {
                const auto* href = file.is("file") ? file.attribute("href") : nullptr;
                if (!href || is_external(*href)) continue;
                note_backslash(*href, file);
                ++listed;
                const auto match = files_.find(folder_, join_href(resource.base, trim(*href)));
                if (match == PackageFiles::Match::other_case) ++other_case;
                if (match == PackageFiles::Match::none && missing++ == 0) {
                    first_missing = *href;
                    first_place = where(file);
                }
            }
            const std::string id = element.attribute_or("identifier");
            if (!resources_.emplace(id, resource).second) {
                findings_.warning("duplicate_resource",
                                  "Two resources have the identifier \"" + id + "\"; the first one counts.",
                                  where(element));
            }
        }
        if (missing) {
            findings_.warning("missing_files",
                              std::to_string(missing) + " of " + std::to_string(listed) +
                                  " listed files are not in the package; the first is " + first_missing + ".",
                              first_place);
        }
        if (other_case) {
            findings_.warning(
                "href_differs_by_case",
                std::to_string(other_case) + " listed files were found only by ignoring letter case.");
        }
    }

    void read_scorm_type(const xml::Element& element, Resource& resource) {
        for (const auto& attribute : element.attributes) {
            if (lower_ascii(attribute.name) != "scormtype") continue;
            resource.type = lower_ascii(trim(attribute.value));
            const std::string proper = out_.version == "1.2" ? "scormtype" : "scormType";
            if (attribute.name != proper) {
                findings_.warning("scormtype_wrong_case",
                                  "The attribute is written " + attribute.name + ", not " + proper + ".",
                                  where(element));
            }
        }
    }

    // imsss:sequencingCollection: sequencing shared by IDRef.
    void read_collections() {
        const auto* collection = manifest_.child("sequencingCollection");
        if (!collection) return;
        for (const auto& sequencing : collection->children) {
            if (const auto* id = sequencing.attribute("ID")) collections_.emplace(*id, &sequencing);
        }
    }

    void read_organizations() {
        const auto* organizations = manifest_.child("organizations");
        std::vector<const xml::Element*> list;
        if (organizations) {
            for (const auto& element : organizations->children) {
                if (element.is("organization")) list.push_back(&element);
            }
        }
        if (list.empty()) {
            findings_.warning(
                "no_organization",
                "The manifest has no organization, so a player has nothing to show. Add one with an item.",
                organizations ? where(*organizations) : out_.manifest);
            return;
        }
        const std::string by_default = organizations->attribute_or("default");
        const xml::Element* used = nullptr;
        for (const auto* element : list) {
            if (!by_default.empty() && element->attribute_or("identifier") == by_default) used = element;
        }
        if (!used) {
            used = list.front();
            if (by_default.empty()) {
                findings_.info("no_default_organization",
                               "No default organization is named; the first one is the course.",
                               where(*organizations));
            } else {
                findings_.warning("default_organization_not_found",
                                  "The default organization \"" + by_default +
                                      "\" does not exist; the first one is the course.",
                                  where(*organizations));
            }
        }
        out_.title = title_of(*used);
        for (const auto* element : list) {
            out_.organizations.push_back({element->attribute_or("identifier"), title_of(*element)});
            note_placeholder(out_.organizations.back().title, *element, false);
            read_items(*element);
        }
    }

    void read_items(const xml::Element& parent) {
        for (const auto& element : parent.children) {
            if (!element.is("item")) continue;
            read_item(element);
            read_items(element);  // the parser's cap on depth bounds this
        }
    }

    void read_item(const xml::Element& item) {
        const std::string id = item.attribute_or("identifier");
        if (!item_ids_.insert(id).second) {
            findings_.warning("duplicate_item", "Two items have the identifier \"" + id + "\".", where(item));
        }
        note_placeholder(title_of(item), item, false);
        const std::string reference = item.attribute_or("identifierref");
        if (reference.empty()) return;
        const auto it = resources_.find(reference);
        if (it == resources_.end()) {
            findings_.warning("dangling_identifierref",
                              "Item \"" + id + "\" refers to the resource \"" + reference +
                                  "\", which does not exist; it cannot be launched.",
                              where(item));
            return;
        }
        const Resource& resource = it->second;
        if (resource.type.empty() && typeless_.insert(reference).second) {
            findings_.warning("resource_without_scormtype",
                              "The resource \"" + reference +
                                  "\" does not say whether it is a SCO or an asset (" +
                                  (out_.version == "1.2" ? "adlcp:scormtype" : "adlcp:scormType") +
                                  "); it is taken as an asset, which reports nothing.",
                              where(*resource.element));
        }
        if (resource.href.empty()) {
            findings_.warning("resource_without_href",
                              "The resource \"" + reference + "\" has no href; its item cannot be launched.",
                              where(*resource.element));
            return;
        }
        note_launch(resource);
        if (resource.type == "sco") out_.scos.push_back(sco_of(item, id, reference, resource));
    }

    void note_launch(const Resource& resource) {
        ++launchable_;
        if (is_external(resource.href)) {
            if (launch_hrefs_.insert(resource.href).second) {
                findings_.warning(
                    "external_href",
                    "The launch page " + resource.href + " lies outside the package; it is not checked.",
                    where(*resource.element));
            }
            return;
        }
        const auto match = files_.find(folder_, resource.href);
        if (match == PackageFiles::Match::none) ++launch_missing_;
        if (!launch_hrefs_.insert(resource.href).second) return;
        if (match == PackageFiles::Match::other_case) {
            findings_.warning("href_differs_by_case",
                              "The launch file " + resource.href + " was found only by ignoring letter case.",
                              where(*resource.element));
        } else if (match == PackageFiles::Match::none) {
            findings_.warning(
                "launch_file_missing",
                "The launch file " + resource.href + " is not in the package. Add it, or mend the href.",
                where(*resource.element));
        }
    }

    Sco sco_of(const xml::Element& item, const std::string& id, const std::string& reference,
               const Resource& resource) {
        Sco sco;
        sco.identifier = id;
        sco.title = title_of(item);
        sco.href = resource.href;
        sco.parameters = trim(item.attribute_or("parameters"));
        sco.resource = reference;
        sco.objectives = objective_ids(item, collections_);
        if (const auto* mastery = item.child("masteryscore")) {
            const std::string text = trim(mastery->text);
            sco.mastery_score = parse_decimal(text);
            if (!text.empty() && (!sco.mastery_score || *sco.mastery_score < 0 || *sco.mastery_score > 100)) {
                sco.mastery_score.reset();
                findings_.warning(
                    "mastery_score_invalid",
                    "The mastery score \"" + text + "\" is not a number from 0 to 100; it is ignored.",
                    where(*mastery));
            }
        }
        return sco;
    }

    void check_launchable() {
        if (backslashes_) {
            findings_.warning(
                "backslash_in_href",
                std::to_string(backslashes_) + " hrefs have backslashes; they are read as slashes.",
                first_backslash_);
        }
        if (launchable_ == 0) {
            findings_.error("nothing_to_launch",
                            "No item of the manifest leads to a page that can be launched. Give an item an "
                            "identifierref to a resource with an href.",
                            out_.manifest);
        } else if (launch_missing_ == launchable_) {
            findings_.error(
                "all_launch_files_missing",
                "None of the pages that the items launch is in the package. Zip the course's files "
                "together with the manifest.",
                out_.manifest);
        }
    }

    const xml::Element& manifest_;
    const PackageFiles& files_;
    Inspection& out_;
    Findings& findings_;
    std::string folder_;
    std::unordered_map<std::string, Resource> resources_;
    std::unordered_map<std::string, const xml::Element*> collections_;
    std::set<std::string> item_ids_, launch_hrefs_, typeless_;
    std::size_t launchable_ = 0, launch_missing_ = 0, backslashes_ = 0;
    std::string first_backslash_;
};

}  // namespace

std::string place(const std::string& manifest_path, const xml::Element& element) {
    return manifest_path + ":" + std::to_string(element.line);
}

void read_scorm_manifest(const xml::Element& manifest, const PackageFiles& files, Inspection& out,
                         Findings& findings) {
    Reader(manifest, files, out, findings).read();
    check_scorm_shape(manifest, out, findings);
}

}  // namespace capbridge::scorm
