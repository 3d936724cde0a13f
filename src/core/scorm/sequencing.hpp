// IMS Simple Sequencing 1.0 and its ADL extensions in a manifest (CAM 2004, section 5): the tree of an item
// as data, with what it takes from the sequencingCollection, and the objectives, thresholds and controls in
// it. Pure; one thread per Sequencing.
#pragma once
#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/scorm/findings.hpp"
#include "core/scorm/limits.hpp"
#include "core/scorm/structure.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

class Sequencing {
public:
    Sequencing(std::string entry, const Limits& limits, Findings& findings)
        : entry_(std::move(entry)), limits_(limits), findings_(findings) {}

    // imsss:sequencingCollection of a manifest. Finding "duplicate_sequencing".
    void add_collection(xml::Element manifest);

    // Fills sequencing, objectives, completion_threshold and hide_lms_ui, and max_time_allowed from
    // limitConditions. Findings: "sequencing_not_found" (an IDRef that leads nowhere),
    // "sequencing_too_large" (from there on nothing of it is read), "objective_without_id", "value_invalid".
    void read(xml::Element owner, Node& node);

private:
    // The children in force: the element's own, and those of its collection that it does not have itself.
    std::vector<xml::Element> in_force(xml::Element sequencing);
    [[nodiscard]] bool too_large() const {
        return elements_ > limits_.sequencing_elements || bytes_ > limits_.sequencing_bytes;
    }
    void read_objectives(const std::vector<xml::Element>& parts, Node& node);
    void extend_objectives(const std::vector<xml::Element>& parts, Node& node);
    void read_threshold(xml::Element owner, Node& node);
    void read_sequencing(xml::Element element, Node& node);
    Data data_of(xml::Element element);
    void take_attributes(xml::Element element, Data& into);
    std::optional<double> number(xml::Element at, std::string_view text, double low, double high,
                                 std::string_view what);

    std::string entry_;
    const Limits& limits_;
    Findings& findings_;
    std::unordered_map<std::string, xml::Element> collection_;
    std::size_t elements_ = 0, bytes_ = 0;
};

}  // namespace capbridge::scorm
