// Values as manifests write them. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// xs:decimal ("80", "+0.5", "-1"), space around it allowed; no exponent, no NaN.
std::optional<double> parse_decimal(std::string_view text);

// "{{title}}", "[[title]]", "@@title": what a template leaves behind that was never filled in.
bool has_placeholder(std::string_view text);

// The objectiveIDs of an item: its own objectives, else those of the collection that its sequencing refers to
// by IDRef (IMS Simple Sequencing 1.0, section 3). `collections` maps the ID of a shared imsss:sequencing to
// it.
std::vector<std::string> objective_ids(
    const xml::Element& item, const std::unordered_map<std::string, const xml::Element*>& collections);

}  // namespace capbridge::scorm
