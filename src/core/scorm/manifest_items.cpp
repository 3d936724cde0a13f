#include "core/scorm/manifest_items.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

Texts title_of(xml::Element element) {
    const auto title = element.child("title");
    auto text = title.plain_text();
    if (text.empty()) return {};
    return {{title.language(), std::move(text)}};
}

std::vector<xml::Element> children_named(xml::Element parent, std::string_view name) {
    std::vector<xml::Element> list;
    for (const auto element : parent.children()) {
        if (element.is(name)) list.push_back(element);
    }
    return list;
}

}  // namespace

void Items::add_submanifest(const std::string& identifier, xml::Element manifest) {
    submanifests_.emplace(identifier, manifest);
}

std::size_t Items::choose_default(xml::Element organizations, const std::vector<xml::Element>& list) {
    const std::string wanted = trim(organizations.attribute("default").value_or(""));
    if (wanted.empty()) {
        reading_.findings.info("no_default_organization", reading_.at(organizations),
                               "No default organization is named; the first one is the course.",
                               "Name it in the attribute default.");
        return 0;
    }
    const auto found = std::find_if(list.begin(), list.end(), [&](xml::Element element) {
        return trim(element.attribute("identifier").value_or("")) == wanted;
    });
    const auto index = found == list.end() ? 0 : static_cast<std::size_t>(found - list.begin());
    if (found != list.end() && found->attribute("identifier") == organizations.attribute("default"))
        return index;
    if (found != list.end()) {
        reading_.findings.warning(
            "default_organization_not_found", reading_.at(organizations),
            "The default organization \"" + wanted +
                "\" and that organization's identifier differ by spaces; it is the course.",
            "Write both without spaces around them.");
        return index;
    }
    reading_.findings.warning(
        "default_organization_not_found", reading_.at(organizations),
        "The default organization \"" + wanted + "\" does not exist; the first one is the course.",
        "Name the identifier of an organization in the attribute default.");
    return 0;
}

void Items::read(xml::Element manifest, const std::string& base, Structure& out) {
    base_ = base;
    const auto organizations = manifest.child("organizations");
    const auto list = children_named(organizations, "organization");
    if (list.empty()) {
        return reading_.findings.warning("no_organization",
                                         reading_.at(organizations ? organizations : manifest),
                                         "The manifest has no organization, so a player has nothing to show.",
                                         "Add an organization with an item.");
    }
    out.default_root = choose_default(organizations, list);
    if (list.size() > 1) {
        reading_.findings.info(
            "several_organizations", reading_.at(list[1]),
            "The manifest has " + std::to_string(list.size()) +
                " organizations; players show the default one, or let the learner choose.",
            "Nothing, if they are ways through the same course; else make one package of each.");
    }
    const std::string path = organizations.xpath();
    for (std::size_t i = 0; i < list.size() && within_limit(list[i]); ++i)
        out.roots.push_back(read_organization(
            list[i], xml::path_below(path, list[i], i, list.size(), reading_.limits.xpath_bytes)));
    out.default_root = std::min(out.default_root, out.roots.empty() ? 0 : out.roots.size() - 1);
}

bool Items::within_limit(xml::Element at) {
    if (reading_.stopped()) return false;
    if (++items_ <= reading_.limits.items) return true;
    if (!reading_.findings.has("too_many_items")) {
        reading_.findings.error("too_many_items", reading_.at(at),
                                "The manifest has more than " + std::to_string(reading_.limits.items) +
                                    " organizations and items.",
                                "Split the course into several packages.");
    }
    return false;
}

Node Items::read_organization(xml::Element element, std::string xpath) {
    Node node;
    node.kind = Node::Kind::organization;
    node.identifier = element.attribute_or("identifier");
    node.title = title_of(element);
    node.line = element.line();
    node.xpath = std::move(xpath);
    if (!node.title.empty()) note_placeholder(reading_, node.title.front().text, element, false);
    sequencing_.read(element, node);
    describe(element, nullptr, node);
    read_children(element, node);
    return node;
}

void Items::read_children(xml::Element parent, Node& node) {
    const auto items = children_named(parent, "item");
    node.children.reserve(std::min(items.size(), reading_.limits.items));
    for (std::size_t i = 0; i < items.size() && within_limit(items[i]); ++i)  // the cap on depth bounds this
        node.children.push_back(read_item(
            items[i], xml::path_below(node.xpath, items[i], i, items.size(), reading_.limits.xpath_bytes)));
}

Node Items::read_item(xml::Element item, std::string xpath) {
    Node node;
    node.identifier = trim(item.attribute("identifier").value_or(""));
    node.title = title_of(item);
    node.line = item.line();
    node.xpath = std::move(xpath);
    if (!ids_.insert(node.identifier).second) {
        reading_.findings.warning("duplicate_item", reading_.at(item),
                                  "Two items have the identifier \"" + node.identifier + "\".",
                                  "Give each item an identifier of its own: results are kept under it.");
    }
    if (!node.title.empty()) note_placeholder(reading_, node.title.front().text, item, false);
    node.visible = parse_boolean(item.attribute_or("isvisible")).value_or(true);
    read_values(item, node);
    read_reference(item, node);
    read_children(item, node);
    return node;
}

void Items::read_values(xml::Element item, Node& node) {
    node.parameters = trim(item.attribute("parameters").value_or(""));
    for (const auto child : item.children()) {
        std::string* text = child.is("prerequisites")     ? &node.prerequisites
                            : child.is("maxTimeAllowed")  ? &node.max_time_allowed
                            : child.is("timeLimitAction") ? &node.time_limit_action
                            : child.is("dataFromLMS")     ? &node.data_from_lms
                                                          : nullptr;
        if (text && text->empty()) *text = trim(child.text());
        if (!child.is("masteryScore") || node.mastery_score) continue;
        const std::string written = trim(child.text());
        const auto score = parse_decimal(written);
        if (score && *score >= 0 && *score <= 100) {
            node.mastery_score = score;
        } else if (!written.empty()) {
            reading_.findings.warning(
                "mastery_score_invalid", reading_.at(child),
                "The mastery score \"" + written + "\" is not a number from 0 to 100; it is ignored.",
                "Write the percentage that a learner must reach, without a sign.");
        }
    }
    sequencing_.read(item, node);
}

void Items::read_reference(xml::Element item, Node& node) {
    const std::string reference = trim(item.attribute("identifierref").value_or(""));
    const auto* resource = reference.empty() ? nullptr : resources_.find(reference);
    describe(item, resource, node);
    if (resource) return launch(*resource, reference, item, node);
    if (const auto submanifest = submanifests_.find(reference); submanifest != submanifests_.end())
        return expand(item, submanifest->second, node);
    if (!reference.empty()) {
        reading_.findings.warning("dangling_identifierref", reading_.at(item),
                                  "Item \"" + node.identifier + "\" refers to the resource \"" + reference +
                                      "\", which does not exist; it cannot be launched.",
                                  "Mend the identifierref, or add that resource.");
    } else if (!item.child("item")) {
        reading_.findings.warning(
            "item_without_launch", reading_.at(item),
            "Item \"" + node.identifier + "\" has neither a page to launch nor items below it.",
            "Give it an identifierref to a resource, or remove it.");
    }
}

// The items of a sub-manifest stand below the item that refers to it; once, so that a few lines cannot unfold
// into millions of items.
void Items::expand(xml::Element item, xml::Element manifest, Node& node) {
    constexpr int max_nesting = 8;
    if (nesting_ >= max_nesting ||
        !expanded_.insert(trim(manifest.attribute("identifier").value_or(""))).second) {
        return reading_.findings.warning(
            "submanifest_repeated", reading_.at(item),
            "The sub-manifest is used by more than one item, or inside of too many "
            "others; it is shown where it was met first.",
            "Make a package without sub-manifests.");
    }
    const auto organizations = manifest.child("organizations");
    const auto list = children_named(organizations, "organization");
    if (list.empty()) return;
    const auto used = list[choose_default(organizations, list)];
    ++nesting_;
    Node inside = read_organization(used, used.xpath());
    --nesting_;
    if (node.title.empty()) node.title = std::move(inside.title);
    for (auto& child : inside.children) node.children.push_back(std::move(child));
}

void Items::launch(const Resource& resource, const std::string& reference, xml::Element item, Node& node) {
    node.resource = reference;
    node.scorm_type = resource.type;
    if (resource.type.empty() && typeless_.insert(reference).second) {
        reading_.findings.warning("resource_without_scormtype", reading_.at(resource.element),
                                  "The resource \"" + reference +
                                      "\" does not say whether it is a SCO or an asset; it is taken as an "
                                      "asset, which reports nothing.",
                                  std::string("Add ") +
                                      (reading_.version == "1.2" ? "adlcp:scormtype" : "adlcp:scormType") +
                                      "=\"sco\" if it reports results.");
    }
    if (resource.href.empty()) {
        return reading_.findings.warning(
            "resource_without_href", reading_.at(item),
            "The resource \"" + reference + "\" has no href; its item cannot be launched.",
            "Give the resource the href of its first page.");
    }
    node.launch = resource.href;
    ++launchable_;
    if (!is_external(resource.href) && !resource.file.entry) ++launch_missing_;
    if (checked_.insert(resource.href).second) check_file(resource);
}

void Items::check_file(const Resource& resource) {
    const auto at = reading_.at(resource.element);
    if (is_external(resource.href)) {
        return reading_.findings.warning(
            "external_href", at,
            "The launch page " + resource.href + " lies outside the package; it is not checked.",
            "Put the page into the package, or be sure that learners can reach it.");
    }
    const auto match = resource.file.match;
    if (match == PackageFiles::Match::other_case) {
        reading_.findings.warning(
            "href_differs_by_case", at,
            "The launch file " + resource.href + " was found only by ignoring letter case.",
            "Write the href as the file is named: many servers tell a from A.");
    } else if (match == PackageFiles::Match::none) {
        reading_.findings.warning("launch_file_missing", at,
                                  "The launch file " + resource.href + " is not in the package.",
                                  "Add the file, or mend the href.");
    }
}

void Items::describe(xml::Element element, const Resource* resource, Node& node) {
    node.metadata = metadata_.of(element, base_);
    if (resource && resource->metadata && metadata_.may_copy(*resource->metadata, element)) {
        if (node.metadata) {
            merge(*node.metadata, *resource->metadata);
        } else {
            node.metadata = resource->metadata;
        }
    }
    if (node.metadata && !node.metadata->descriptions.empty())
        node.description = node.metadata->descriptions.front();
}

void Items::conclude(xml::Element manifest) {
    const auto at = reading_.at(manifest);
    if (launchable_ == 0) {
        reading_.findings.error("nothing_to_launch", at,
                                "No item of the manifest leads to a page that can be launched.",
                                "Give an item an identifierref to a resource with an href.");
    } else if (launch_missing_ == launchable_) {
        reading_.findings.error("all_launch_files_missing", at,
                                "None of the pages that the items launch is in the package.",
                                "Zip the course's files together with the manifest.");
    }
}

}  // namespace capbridge::scorm
