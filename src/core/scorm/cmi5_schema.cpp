// The grammar of the cmi5 course structure as a table, and the walk that holds a document to it.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/scorm/manifest_cmi5.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::string_view cmi5_namespace = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd";

// One place of a sequence. Names joined by '|' are a choice, repeated in any mixture.
struct Slot {
    std::string_view names;
    bool required = false, repeated = false;
};
struct Grammar {
    std::string_view element;
    std::string_view parent;  // "" any
    std::array<Slot, 6> slots;
    std::array<std::string_view, 6> attributes;  // a leading '!' marks a required one
    bool extensible = false;                     // other namespaces at the end
    bool text = false;
};

constexpr Slot title{"title", true}, description{"description", true}, references{"objectives"};

constexpr std::array<Grammar, 11> grammars{{
    {"courseStructure", "", {{{"course", true}, {"objectives"}, {"au|block", true, true}}}, {}, true},
    {"course", "courseStructure", {{title, description}}, {"!id"}, true},
    {"objectives", "courseStructure", {{{"objective", true, true}}}, {}, true},
    {"objectives", "", {{{"objective", true, true}}}, {}, true},
    {"objective", "objectives", {{title, description}}, {"!id"}, true},
    {"block", "", {{title, description, references, {"au|block", true, true}}}, {"!id"}, true},
    {"au",
     "",
     {{title, description, references, {"url", true}, {"launchParameters"}, {"entitlementKey"}}},
     {"!id", "moveOn", "masteryScore", "launchMethod", "activityType"},
     true},
    {"title", "", {{{"langstring", true, true}}}, {}},
    {"description", "", {{{"langstring", true, true}}}, {}},
    {"langstring", "", {}, {"lang"}, false, true},
    {"text", "", {}, {}, false, true},  // url, launchParameters, entitlementKey
}};

const Grammar& grammar_of(xml::Element element, std::string_view parent) {
    const auto name = element.name();
    if (name == "url" || name == "launchParameters" || name == "entitlementKey") {
        return grammars.back();
    }
    for (const auto& grammar : grammars) {
        if (grammar.element == name && (grammar.parent.empty() || grammar.parent == parent)) return grammar;
    }
    return grammars.back();  // only names that the parent's slots allow get here
}

bool names_hold(std::string_view names, std::string_view name) {
    for (;;) {
        const auto bar = names.find('|');
        if (names.substr(0, bar) == name) return true;
        if (bar == std::string_view::npos) return false;
        names.remove_prefix(bar + 1);
    }
}

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> values) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

// xs:decimal from 0 to 1; the specification allows four decimal places (13.1.4).
bool is_mastery_score(const std::string& text) {
    const auto value = parse_decimal(text);
    if (!value || *value < 0 || *value > 1) return false;
    const auto point = text.find('.');
    return point == std::string::npos || text.size() - point - 1 <= 4;
}

class Checker {
public:
    Checker(const std::string& manifest, Findings& findings) : manifest_(manifest), findings_(findings) {}

    void root(xml::Element root) {
        if (root.name() != "courseStructure" || root.ns() != cmi5_namespace) {
            complain(root, "the root must be courseStructure in the namespace " +
                               std::string(cmi5_namespace) + ", and is " + std::string(root.name()) +
                               " in \"" + std::string(root.ns()) + "\" (drafts are not accepted)");
            return;
        }
        element(root, "", false);
    }

private:
    void complain(xml::Element at, const std::string& what, std::string_view rule = "13.2.0.0-1") {
        findings_.error("cmi5_schema_invalid", Place(manifest_, at),
                        "The course structure does not keep to the cmi5 schema: " + what + ".",
                        "Mend cmi5.xml, or let the authoring tool write it again.", rule);
    }

    void element(xml::Element e, std::string_view parent, bool refers) {
        // Objectives below a block or an AU refer to those of the course: <objective idref="..."/>, and
        // nothing in it.
        static constexpr Grammar reference{"objective", "objectives", {}, {"!idref"}};
        const auto name = e.name();
        const Grammar& grammar = name == "objective" && refers ? reference : grammar_of(e, parent);
        attributes(e, grammar);
        if (!grammar.text && !trim(e.text()).empty())
            complain(e, "there is text inside " + std::string(name));
        children(e, grammar);
        if (grammar.element == "text" && name == "url" && trim(e.text()).empty()) complain(e, "url is empty");
        for (const auto child : e.children()) {
            if (child.ns() != cmi5_namespace) continue;
            element(child, name, refers || (name == "objectives" && parent != "courseStructure"));
        }
    }

    void children(xml::Element e, const Grammar& grammar) {
        std::size_t slot = 0;
        std::array<int, 6> seen{};
        bool extensions = false;
        const std::string in = std::string(e.name());
        for (const auto child : e.children()) {
            const std::string name(child.name());
            if (child.ns() != cmi5_namespace) {
                if (!grammar.extensible || child.ns().empty())
                    complain(child, name + " may not stand in " + in, "13.1.5.0-2");
                extensions = true;
                continue;
            }
            std::size_t found = slot;
            while (found < grammar.slots.size() && !names_hold(grammar.slots[found].names, name)) ++found;
            if (found == grammar.slots.size()) {
                complain(child, name + " may not stand here in " + in + " (unknown, or in the wrong order)");
                continue;
            }
            if (extensions)
                complain(child, name + " follows an extension, which must come last", "13.1.5.0-2");
            if (++seen[found] > 1 && !grammar.slots[found].repeated)
                complain(child, name + " is given twice");
            slot = found;
        }
        for (std::size_t i = 0; i < grammar.slots.size(); ++i) {
            if (grammar.slots[i].required && seen[i] == 0) {
                complain(e, in + " lacks " + join(split(grammar.slots[i].names, '|'), " or "));
            }
        }
    }

    void attributes(xml::Element e, const Grammar& grammar) {
        const std::string in(e.name());
        for (const auto name : grammar.attributes) {
            if (name.starts_with('!') && !e.attribute(name.substr(1)))
                complain(e, in + " lacks the attribute " + std::string(name.substr(1)));
        }
        for (const auto attribute : e.attributes()) {
            if (!attribute.ns.empty()) continue;  // xml:lang, xsi:schemaLocation, vendors' own
            const bool known =
                std::any_of(grammar.attributes.begin(), grammar.attributes.end(), [&](std::string_view name) {
                    return !name.empty() && (name[0] == '!' ? name.substr(1) : name) == attribute.name;
                });
            if (!known) complain(e, in + " has no attribute " + std::string(attribute.name));
            if (in == "au") au_attribute(e, attribute);
        }
    }

    void au_attribute(xml::Element e, const xml::Attribute& attribute) {
        const auto value = attribute.value;
        const bool good = attribute.name == "moveOn"
                              ? is_one_of(value, {"NotApplicable", "Passed", "Completed",
                                                  "CompletedAndPassed", "CompletedOrPassed"})
                          : attribute.name == "launchMethod" ? is_one_of(value, {"OwnWindow", "AnyWindow"})
                          : attribute.name == "masteryScore" ? is_mastery_score(trim(value))
                                                             : true;
        if (!good) complain(e, std::string(attribute.name) + " cannot be \"" + std::string(value) + "\"");
    }

    const std::string& manifest_;
    Findings& findings_;
};

}  // namespace

void check_cmi5_schema(xml::Element root, const std::string& manifest, Findings& findings) {
    Checker(manifest, findings).root(root);
}

}  // namespace capbridge::scorm
