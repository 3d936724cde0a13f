// The breaches of the SCORM schemas that a census of 370 real manifests met most: identifiers that are no
// xs:ID, elements in the wrong letter case, attributes that a version demands or does not have.
#include <array>
#include <cctype>

#include "core/base/text.hpp"
#include "core/scorm/manifest_scorm.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::array<std::string_view, 6> adlcp_1_2{"location",        "prerequisites", "maxtimeallowed",
                                                    "timelimitaction", "datafromlms",   "masteryscore"};
constexpr std::array<std::string_view, 7> adlcp_2004{
    "location", "dataFromLMS", "timeLimitAction",         "completionThreshold",
    "data",     "map",         "sharedDataGlobalToSystem"};

// xs:ID: a letter or an underscore first; then also digits, dots and hyphens. Bytes above 127 are let
// through.
bool is_xml_id(std::string_view text) {
    if (text.empty()) return false;
    const auto letter = [](char c) {
        return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c < 0;
    };
    if (!letter(text[0])) return false;
    for (const char c : text) {
        if (!letter(c) && !std::isdigit(static_cast<unsigned char>(c)) && c != '.' && c != '-') return false;
    }
    return true;
}

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
    for (const auto known : names) {
        if (known == name) return true;
    }
    return false;
}

class Checker {
public:
    Checker(const Inspection& inspection, Findings& findings)
        : inspection_(inspection), findings_(findings), is_1_2_(inspection.version == "1.2") {}

    void document(const xml::Element& manifest) {
        if (manifest.ns.empty()) complain(manifest, "the root has no namespace");
        const auto* metadata = manifest.child("metadata");
        if (!is_1_2_ && (!metadata || !metadata->child("schema") || !metadata->child("schemaversion"))) {
            complain(manifest, "metadata with schema and schemaversion is missing");
        }
        element(manifest);
    }

private:
    void complain(const xml::Element& at, const std::string& what) {
        findings_.warning("schema_invalid",
                          "The manifest does not keep to its schema: " + what + ". It is read all the same.",
                          place(inspection_.manifest, at));
    }

    void element(const xml::Element& e) {
        if (e.ns.find("adlcp") != std::string::npos) {
            adlcp(e);
        } else if (e.is("manifest") || e.is("organization") || e.is("item") || e.is("resource")) {
            const auto* id = e.attribute("identifier");
            if (!id) {
                complain(e, e.name + " has no identifier");
            } else if (!is_xml_id(trim(*id))) {
                complain(e, "the identifier \"" + *id + "\" is not one that XML allows");
            }
        }
        for (const auto& child : e.children) {
            if (child.is("lom")) continue;  // metadata is not ours to judge
            element(child);
        }
    }

    void adlcp(const xml::Element& e) {
        if (!(is_1_2_ ? is_one_of(e.name, adlcp_1_2) : is_one_of(e.name, adlcp_2004))) {
            complain(e, "there is no element " + e.name + " in SCORM " + inspection_.version);
        }
        if (e.name == "masteryscore" && trim(e.text).empty()) complain(e, "masteryscore is empty");
        if (e.name == "completionThreshold" && inspection_.version == "2004 3rd" && !e.attributes.empty()) {
            complain(e, "completionThreshold has attributes, which came with the 4th edition");
        }
    }

    const Inspection& inspection_;
    Findings& findings_;
    bool is_1_2_;
};

}  // namespace

void check_scorm_shape(const xml::Element& manifest, const Inspection& inspection, Findings& findings) {
    Checker(inspection, findings).document(manifest);
}

}  // namespace capbridge::scorm
