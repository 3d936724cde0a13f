#include "core/scorm/scorm_version.hpp"

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

// "" when the text names no version.
std::string version_of_schemaversion(const std::string& schemaversion) {
    const std::string text = lower_ascii(schemaversion);
    if (text.find("4th") != std::string::npos) return "2004 4th";
    if (text.find("3rd") != std::string::npos) return "2004 3rd";
    // The second edition calls itself by the version of its content aggregation model.
    if (text.find("2nd") != std::string::npos || text == "cam 1.3" || text == "1.3") return "2004 2nd";
    if (text == "1.2") return "1.2";
    return {};
}

bool mentions_2004(const xml::Element& element) {
    for (const auto& attribute : element.attributes) {
        if (attribute.ns.find("adlcp_v1p3") != std::string::npos) return true;
    }
    if (element.ns.find("adlcp_v1p3") != std::string::npos) return true;
    for (const auto& child : element.children) {
        if (mentions_2004(child)) return true;
    }
    return false;
}

}  // namespace

std::string scorm_version(const xml::Element& manifest, const std::string& where, Findings& findings) {
    const auto* metadata = manifest.child("metadata");
    const auto* element = metadata ? metadata->child("schemaversion") : nullptr;
    const std::string schemaversion = element ? collapse_spaces(element->text) : std::string{};
    const std::string stated = version_of_schemaversion(schemaversion);
    if (schemaversion.empty()) {
        findings.warning("no_schemaversion",
                         "The manifest has no metadata/schemaversion; the version is told by its namespace.",
                         where);
    }

    const bool of_2004 = manifest.ns.find("imsglobal.org/xsd/imscp_v1p1") != std::string::npos;
    if (manifest.ns.empty()) {
        findings.warning("no_namespace",
                         "The manifest's root has no namespace; it is read as SCORM " +
                             (stated.empty() ? std::string("1.2") : stated) + ".",
                         where);
        return stated.empty() ? "1.2" : stated;
    }
    if (of_2004) {
        if (stated == "1.2") {
            findings.warning(
                "version_mixed",
                "The namespaces are those of SCORM 2004, but schemaversion says 1.2: read as 1.2.", where);
        }
        if (!stated.empty()) return stated;
        findings.warning(
            "edition_unclear",
            "The manifest is SCORM 2004, but schemaversion" +
                (schemaversion.empty() ? std::string(" is missing") : " \"" + schemaversion + "\"") +
                " names none of its editions.",
            where);
        return "2004";
    }
    if (!stated.empty() && stated != "1.2") {
        // Seen from tools that updated the text but not the namespace, or the other way round: the content
        // decides.
        const std::string version = mentions_2004(manifest) ? stated : "1.2";
        findings.warning("version_mixed",
                         "The namespace is that of SCORM 1.2, but schemaversion says " + schemaversion +
                             ": read as " + version + ".",
                         where);
        return version;
    }
    return "1.2";
}

}  // namespace capbridge::scorm
