// The grammar of the cmi5 course structure as a table, and the walk that holds a document to it.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/scorm/manifest_cmi5.hpp"
#include "core/scorm/manifest_scorm.hpp"
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

const Grammar& grammar_of(const xml::Element& element, std::string_view parent) {
    if (element.name == "url" || element.name == "launchParameters" || element.name == "entitlementKey") {
        return grammars.back();
    }
    for (const auto& grammar : grammars) {
        if (grammar.element == element.name && (grammar.parent.empty() || grammar.parent == parent))
            return grammar;
    }
    return grammars.back();  // only names that the parent's slots allow get here
}

bool names_hold(std::string_view names, std::string_view name) {
    const auto list = split(names, '|');
    return std::find(list.begin(), list.end(), name) != list.end();
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

    void root(const xml::Element& root) {
        if (root.name != "courseStructure" || root.ns != cmi5_namespace) {
            complain(root, "the root must be courseStructure in the namespace " +
                               std::string(cmi5_namespace) + ", and is " + root.name + " in \"" + root.ns +
                               "\" (drafts are not accepted)");
            return;
        }
        element(root, "", false);
    }

private:
    void complain(const xml::Element& at, const std::string& what) {
        findings_.error("cmi5_schema_invalid",
                        "The course structure does not keep to the cmi5 schema: " + what + ". Mend cmi5.xml.",
                        place(manifest_, at));
    }

    void element(const xml::Element& e, std::string_view parent, bool refers) {
        // Objectives below a block or an AU refer to those of the course: <objective idref="..."/>, and
        // nothing in it.
        static constexpr Grammar reference{"objective", "objectives", {}, {"!idref"}};
        const Grammar& grammar = e.name == "objective" && refers ? reference : grammar_of(e, parent);
        attributes(e, grammar);
        if (!grammar.text && !trim(e.text).empty()) complain(e, "there is text inside " + e.name);
        children(e, grammar);
        if (grammar.element == "text" && e.name == "url" && trim(e.text).empty()) complain(e, "url is empty");
        for (const auto& child : e.children) {
            if (child.ns != cmi5_namespace) continue;
            element(child, e.name, refers || (e.name == "objectives" && parent != "courseStructure"));
        }
    }

    void children(const xml::Element& e, const Grammar& grammar) {
        std::size_t slot = 0;
        std::array<int, 6> seen{};
        bool extensions = false;
        for (const auto& child : e.children) {
            if (child.ns != cmi5_namespace) {
                if (!grammar.extensible || child.ns.empty()) {
                    complain(child, child.name + " may not stand in " + e.name);
                }
                extensions = true;
                continue;
            }
            std::size_t found = slot;
            while (found < grammar.slots.size() && !names_hold(grammar.slots[found].names, child.name))
                ++found;
            if (found == grammar.slots.size()) {
                complain(child, child.name + " may not stand here in " + e.name +
                                    " (unknown, or in the wrong order)");
                continue;
            }
            if (extensions) complain(child, child.name + " follows an extension, which must come last");
            if (++seen[found] > 1 && !grammar.slots[found].repeated)
                complain(child, child.name + " is given twice");
            slot = found;
        }
        for (std::size_t i = 0; i < grammar.slots.size(); ++i) {
            if (grammar.slots[i].required && seen[i] == 0) {
                complain(e, e.name + " lacks " + join(split(grammar.slots[i].names, '|'), " or "));
            }
        }
    }

    void attributes(const xml::Element& e, const Grammar& grammar) {
        for (const auto name : grammar.attributes) {
            if (name.starts_with('!') && !e.attribute(name.substr(1))) {
                complain(e, e.name + " lacks the attribute " + std::string(name.substr(1)));
            }
        }
        for (const auto& attribute : e.attributes) {
            if (!attribute.ns.empty()) continue;  // xml:lang, xsi:schemaLocation, vendors' own
            const bool known =
                std::any_of(grammar.attributes.begin(), grammar.attributes.end(), [&](std::string_view name) {
                    return !name.empty() && (name[0] == '!' ? name.substr(1) : name) == attribute.name;
                });
            if (!known) complain(e, e.name + " has no attribute " + attribute.name);
            if (e.name == "au") au_attribute(e, attribute);
        }
    }

    void au_attribute(const xml::Element& e, const xml::Attribute& attribute) {
        const std::string& value = attribute.value;
        const bool good = attribute.name == "moveOn"
                              ? is_one_of(value, {"NotApplicable", "Passed", "Completed",
                                                  "CompletedAndPassed", "CompletedOrPassed"})
                          : attribute.name == "launchMethod" ? is_one_of(value, {"OwnWindow", "AnyWindow"})
                          : attribute.name == "masteryScore" ? is_mastery_score(trim(value))
                                                             : true;
        if (!good) complain(e, attribute.name + " cannot be \"" + value + "\"");
    }

    const std::string& manifest_;
    Findings& findings_;
};

}  // namespace

void check_cmi5_schema(const xml::Element& root, const std::string& manifest, Findings& findings) {
    Checker(manifest, findings).root(root);
}

}  // namespace capbridge::scorm
