#include "core/scorm/sequencing.hpp"

#include <unordered_set>

#include "core/base/text.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

// adlseq:objectives of the 4th edition has the name of imsss:objectives and only extends the maps in it.
bool is_adlseq(xml::Element element) {
    return element.ns().find("adlseq") != std::string_view::npos || element.prefix() == "adlseq";
}

bool is_objectives(xml::Element element) {
    return element.is("objectives");
}

constexpr std::string_view hide = "hideLMSUI";

MapInfo map_of(xml::Element element) {
    MapInfo map;
    for (const auto attribute : element.attributes()) {
        if (xml::same_ignoring_case(attribute.name, "targetObjectiveID")) {
            map.target = trim(attribute.value);
        } else if (const auto value = parse_boolean(attribute.value)) {
            map.access.emplace_back(attribute.name, *value);
        }
    }
    return map;
}

// adlseq's map of a target joins the one of imsss for the same target.
class Maps {
public:
    explicit Maps(Objective& objective) : objective_(objective) {
        for (std::size_t i = 0; i < objective.maps.size(); ++i) places_.emplace(objective.maps[i].target, i);
    }
    void add(MapInfo map) {
        if (map.target.empty()) return;
        auto& maps = objective_.maps;
        if (const auto [at, is_new] = places_.emplace(map.target, maps.size()); is_new) {
            maps.push_back(std::move(map));
        } else {
            auto& access = maps[at->second].access;
            access.insert(access.end(), map.access.begin(), map.access.end());
        }
    }

private:
    Objective& objective_;
    std::unordered_map<std::string, std::size_t> places_;  // of maps, by target
};

}  // namespace

void Sequencing::add_collection(xml::Element manifest) {
    for (const auto sequencing : manifest.child("sequencingCollection").children()) {
        const std::string id = trim(sequencing.attribute("ID").value_or(""));
        if (!id.empty() && !collection_.emplace(id, sequencing).second) {
            findings_.warning(
                "duplicate_sequencing", Place(entry_, sequencing),
                "Two sequencings of the collection have the ID \"" + id + "\"; the first one counts.",
                "Give each an ID of its own.");
        }
    }
}

std::vector<xml::Element> Sequencing::in_force(xml::Element sequencing) {
    std::vector<xml::Element> parts;
    for (const auto child : sequencing.children()) parts.push_back(child);
    const std::string reference = trim(sequencing.attribute("IDRef").value_or(""));
    if (reference.empty()) return parts;
    const auto shared = collection_.find(reference);
    if (shared == collection_.end()) {
        findings_.warning(
            "sequencing_not_found", Place(entry_, sequencing),
            "The sequencing refers to \"" + reference + "\", which the collection does not have.",
            "Mend the IDRef, or add that sequencing to the sequencingCollection.");
        return parts;
    }
    const auto key = [](xml::Element part) {
        return lower_ascii(part.name()) + (is_adlseq(part) ? "+" : "");
    };
    std::unordered_set<std::string> own;
    for (const auto part : parts) own.insert(key(part));
    for (const auto child : shared->second.children()) {
        if (!own.contains(key(child))) {
            parts.push_back(child);
        } else {
            ++elements_;  // looked at all the same
        }
    }
    return parts;
}

void Sequencing::take_attributes(xml::Element element, Data& into) {
    for (const auto attribute : element.attributes()) {
        into.attributes.emplace_back(attribute.name, attribute.value);
        bytes_ += attribute.name.size() + attribute.value.size();
    }
    bytes_ += into.name.size();
    elements_ += 1 + into.attributes.size();
}

Data Sequencing::data_of(xml::Element element) {
    Data data;
    data.name = element.name();
    data.text = element.plain_text();
    bytes_ += data.text.size();
    take_attributes(element, data);
    for (const auto child : element.children()) {
        if (too_large()) break;
        data.children.push_back(data_of(child));
    }
    return data;
}

std::optional<double> Sequencing::number(xml::Element at, std::string_view text, double low, double high,
                                         std::string_view what) {
    const std::string written = trim(text);
    if (written.empty()) return std::nullopt;
    const auto value = parse_decimal(written);
    if (value && *value >= low && *value <= high) return value;
    findings_.warning("value_invalid", Place(entry_, at),
                      std::string(what) + " \"" + written + "\" is not a number from " +
                          std::to_string(static_cast<int>(low)) + " to " +
                          std::to_string(static_cast<int>(high)) + "; it is ignored.",
                      "Write it as a decimal number in that range.");
    return std::nullopt;
}

void Sequencing::read_objectives(const std::vector<xml::Element>& parts, Node& node) {
    for (const auto part : parts) {
        if (!is_objectives(part) || is_adlseq(part)) continue;
        for (const auto element : part.children()) {
            if (!element.is("primaryObjective") && !element.is("objective")) continue;
            Objective objective;
            objective.id = trim(element.attribute("objectiveID").value_or(""));
            objective.primary = element.is("primaryObjective");
            objective.satisfied_by_measure =
                parse_boolean(element.attribute_or("satisfiedByMeasure")).value_or(false);
            Maps maps(objective);
            for (const auto child : element.children()) {
                if (child.is("minNormalizedMeasure")) {
                    objective.min_normalized_measure =
                        number(child, child.text(), -1, 1, "minNormalizedMeasure");
                } else if (child.is("mapInfo")) {
                    maps.add(map_of(child));
                }
            }
            if (objective.id.empty() && !objective.primary) {
                findings_.warning("objective_without_id", Place(entry_, element),
                                  "An objective has no objectiveID, so nothing can be reported for it.",
                                  "Give it an objectiveID.");
            }
            node.objectives.push_back(std::move(objective));
        }
    }
    extend_objectives(parts, node);
}

void Sequencing::extend_objectives(const std::vector<xml::Element>& parts, Node& node) {
    std::unordered_map<std::string, std::size_t> places;
    std::unordered_map<std::size_t, Maps> maps;
    for (std::size_t i = 0; i < node.objectives.size(); ++i) places.emplace(node.objectives[i].id, i);
    for (const auto part : parts) {
        if (!is_objectives(part) || !is_adlseq(part)) continue;
        for (const auto element : part.children()) {
            const auto known = places.find(trim(element.attribute("objectiveID").value_or("")));
            if (known == places.end()) continue;
            auto& of_objective =
                maps.try_emplace(known->second, node.objectives[known->second]).first->second;
            for (const auto child : element.children()) {
                if (child.is("mapInfo")) of_objective.add(map_of(child));
            }
        }
    }
}

void Sequencing::read_threshold(xml::Element owner, Node& node) {
    const auto element = owner.child("completionThreshold");
    if (!element) return;
    CompletionThreshold threshold;
    threshold.by_measure = parse_boolean(element.attribute_or("completedByMeasure")).value_or(false);
    threshold.min_progress =
        number(element, element.attribute_or("minProgressMeasure"), 0, 1, "minProgressMeasure");
    threshold.progress_weight =
        number(element, element.attribute_or("progressWeight"), 0, 1, "progressWeight");
    // 2nd and 3rd edition: the measure is the element's text.
    if (!threshold.min_progress)
        threshold.min_progress = number(element, element.text(), 0, 1, "completionThreshold");
    node.completion_threshold = threshold;
}

void Sequencing::read(xml::Element owner, Node& node) {
    read_threshold(owner, node);
    for (const auto presentation : owner.children()) {
        if (!presentation.is("presentation")) continue;
        for (const auto element : presentation.child("navigationInterface").children()) {
            if (element.is(hide)) node.hide_lms_ui.push_back(element.plain_text());
        }
    }
    const auto element = owner.child("sequencing");
    if (element && !too_large()) read_sequencing(element, node);
}

void Sequencing::read_sequencing(xml::Element element, Node& node) {
    const auto parts = in_force(element);
    Data data;
    data.name = "sequencing";
    take_attributes(element, data);
    for (const auto part : parts) {
        if (!too_large()) data.children.push_back(data_of(part));
        if (part.is("limitConditions") && node.max_time_allowed.empty())
            node.max_time_allowed = trim(part.attribute("attemptAbsoluteDurationLimit").value_or(""));
    }
    if (too_large()) {
        return findings_.error("sequencing_too_large", Place(entry_, element),
                               "The sequencing of all items together has more than " +
                                   std::to_string(limits_.sequencing_elements) +
                                   " elements and attributes, or more than " +
                                   std::to_string(limits_.sequencing_bytes >> 20) + " MiB of text in them.",
                               "Split the course into several packages.");
    }
    node.sequencing = std::move(data);
    read_objectives(parts, node);
}

}  // namespace capbridge::scorm
