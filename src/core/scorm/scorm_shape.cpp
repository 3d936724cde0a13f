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
    explicit Checker(const Reading& reading) : reading_(reading), is_1_2_(reading.version == "1.2") {}

    void document(xml::Element manifest) {
        if (manifest.ns().empty()) complain(manifest, "the root has no namespace");
        const auto metadata = manifest.child("metadata");
        if (!is_1_2_ && (!metadata.child("schema") || !metadata.child("schemaversion"))) {
            complain(manifest, "metadata with schema and schemaversion is missing");
        }
        element(manifest);
    }

private:
    void complain(xml::Element at, const std::string& what) {
        reading_.findings.add(
            reading_.strict ? Finding::Severity::error : Finding::Severity::warning, "schema_invalid",
            reading_.at(at),
            "The manifest does not keep to its schema: " + what + ". It is read all the same.",
            "Mend the manifest, or let the authoring tool write it again.");
    }

    void element(xml::Element e) {
        if (e.ns().find("adlcp") != std::string_view::npos) {
            adlcp(e);
        } else if (e.is("manifest") || e.is("organization") || e.is("item") || e.is("resource")) {
            const auto id = e.attribute("identifier");
            if (!id) {
                complain(e, std::string(e.name()) + " has no identifier");
            } else if (!is_xml_id(trim(*id))) {
                complain(e, "the identifier \"" + std::string(*id) + "\" is not one that XML allows");
            }
        }
        for (const auto child : e.children()) {
            if (!child.is("lom")) element(child);  // lom_rules.cpp
        }
    }

    void adlcp(xml::Element e) {
        if (!(is_1_2_ ? is_one_of(e.name(), adlcp_1_2) : is_one_of(e.name(), adlcp_2004))) {
            complain(e, "there is no element " + std::string(e.name()) + " in SCORM " + reading_.version);
        }
        if (e.name() == "masteryscore" && trim(e.text()).empty()) complain(e, "masteryscore is empty");
        if (e.name() == "completionThreshold" && reading_.version == "2004 3rd" && !e.attributes().empty()) {
            complain(e, "completionThreshold has attributes, which came with the 4th edition");
        }
    }

    const Reading& reading_;
    bool is_1_2_;
};

}  // namespace

void check_scorm_shape(xml::Element manifest, const Reading& reading) {
    Checker(reading).document(manifest);
}

}  // namespace capbridge::scorm
