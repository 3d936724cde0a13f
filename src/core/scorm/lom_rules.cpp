// What the two XML bindings of LOM allow, as a table: IMS MD 1.2 (SCORM 1.2) and IEEE 1484.12.3 (SCORM 2004).
#include <algorithm>
#include <array>
#include <optional>

#include "core/base/text.hpp"
#include "core/scorm/lom.hpp"

namespace capbridge::scorm {
namespace {

struct Section {
    std::string_view name;
    std::string_view children;  // in IMS MD's order, for both bindings together
};

constexpr std::array<Section, 9> sections{{
    {"general",
     "identifier title catalogentry language description keyword coverage structure aggregationlevel "
     "extension"},
    {"lifecycle", "version status contribute extension"},
    {"metametadata", "identifier catalogentry contribute metadatascheme metadataschema language extension"},
    {"technical",
     "format size location requirement installationremarks otherplatformrequirements duration extension"},
    {"educational",
     "interactivitytype learningresourcetype interactivitylevel semanticdensity intendedenduserrole context "
     "typicalagerange difficulty typicallearningtime description language extension"},
    {"rights", "cost copyrightandotherrestrictions description extension"},
    {"relation", "kind resource extension"},
    {"annotation", "person entity date description extension"},
    {"classification", "purpose taxonpath description keyword extension"},
}};

constexpr std::string_view purposes =
    "discipline,idea,prerequisite,educational objective,accessibility,restrictions,educational level,skill "
    "level,security level,competency";

// Where the word stands in the list, in any letter case; nothing when it does not.
std::optional<std::size_t> place_in(std::string_view words, std::string_view word, char separator) {
    for (std::size_t place = 0;; ++place) {
        const auto end = words.find(separator);
        if (xml::same_ignoring_case(words.substr(0, end), word)) return place;
        if (end == std::string_view::npos) return std::nullopt;
        words.remove_prefix(end + 1);
    }
}

class Checker {
public:
    Checker(const std::string& entry, bool strict, Findings& findings)
        : entry_(entry), strict_(strict), findings_(findings) {}

    void lom(xml::Element lom) {
        ordered_ = lom.ns().find("imsmd") != std::string_view::npos;
        for (const auto part : lom.children()) {
            if (part.ns() != lom.ns()) continue;  // a vendor's own
            const auto section = std::find_if(sections.begin(), sections.end(),
                                              [&](const Section& s) { return part.is(s.name); });
            if (section == sections.end()) {
                complain(part, "LOM has no part " + std::string(part.name()));
            } else {
                check(part, *section);
            }
        }
    }

private:
    void complain(xml::Element at, const std::string& what) {
        findings_.add(strict_ ? Finding::Severity::error : Finding::Severity::warning, "lom_invalid",
                      Place(entry_, at),
                      "The metadata does not keep to LOM: " + what + ". It is read all the same.",
                      "Mend the metadata, or let the authoring tool write it again.");
    }

    void check(xml::Element part, const Section& section) {
        std::size_t last = 0;
        for (const auto child : part.children()) {
            if (child.ns() != part.ns()) continue;
            const auto place = place_in(section.children, child.name(), ' ');
            if (!place) {
                complain(child, std::string(part.name()) + " has no element " + std::string(child.name()));
                continue;
            }
            if (ordered_ && *place < last) {
                complain(child, std::string(child.name()) + " stands in the wrong order in " +
                                    std::string(part.name()));
            }
            last = std::max(last, *place);
            if (child.is("title") || child.is("description") || child.is("keyword")) text(child);
            if (child.is("purpose")) purpose(child);
        }
    }

    void text(xml::Element element) {
        if (!element.plain_text().empty()) {
            complain(element,
                     "the text of " + std::string(element.name()) + " stands outside of a language string");
        }
    }

    void purpose(xml::Element element) {
        const auto value = element.child("value");
        if (!value) return complain(element, "purpose has no value");
        const auto texts = texts_of(value);
        const std::string word = texts.empty() ? std::string{} : lower_ascii(texts.front().text);
        const std::string source = element.child("source")
                                       ? texts_of(element.child("source")).empty()
                                             ? std::string{}
                                             : texts_of(element.child("source")).front().text
                                       : std::string{};
        // Another vocabulary may be used, if it says so.
        if (lower_ascii(source) == "lomv1.0" && !place_in(purposes, word, ',')) {
            complain(value, "purpose cannot be \"" + word + "\" in the vocabulary LOMv1.0");
        }
    }

    const std::string& entry_;
    bool strict_;
    Findings& findings_;
    bool ordered_ = false;
};

}  // namespace

void check_lom(xml::Element lom, const std::string& entry, bool strict, Findings& findings) {
    Checker(entry, strict, findings).lom(lom);
}

}  // namespace capbridge::scorm
