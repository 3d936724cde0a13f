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

bool is_2004(std::string_view ns) {
    return ns.find("adlcp_v1p3") != std::string_view::npos || ns.find("imsss") != std::string_view::npos;
}

bool mentions_2004(xml::Element element) {
    if (is_2004(element.ns())) return true;
    for (const auto attribute : element.attributes()) {
        if (is_2004(attribute.ns)) return true;
    }
    for (const auto child : element.children()) {
        if (mentions_2004(child)) return true;
    }
    return false;
}

class Decision {
public:
    Decision(xml::Element manifest, const std::string& entry, Findings& findings)
        : manifest_(manifest), entry_(entry), findings_(findings) {}

    std::string version() {
        const auto element = manifest_.child("metadata").child("schemaversion");
        schemaversion_ = element.plain_text();
        stated_ = version_of_schemaversion(schemaversion_);
        if (schemaversion_.empty()) {
            warn("no_schemaversion", manifest_,
                 "The manifest has no metadata/schemaversion; the version is told by its namespace.",
                 "Add metadata with schema and schemaversion.");
        }
        at_ = element ? element : manifest_;
        const std::string_view ns = manifest_.ns();
        if (ns.empty()) {
            const std::string version = stated_.empty() ? "1.2" : stated_;
            warn("no_namespace", manifest_,
                 "The manifest's root has no namespace; it is read as SCORM " + version + ".",
                 "Declare the namespaces of that version.");
            return version;
        }
        if (ns.find("imsglobal.org/xsd/imscp_v1p1") != std::string_view::npos) return of_2004();
        if (ns.find("imscp_rootv1p1") != std::string_view::npos) return of_1_2();
        return of_unknown(ns);
    }

private:
    void warn(std::string_view code, xml::Element at, std::string message, std::string remedy) {
        findings_.warning(code, Place(entry_, at), std::move(message), std::move(remedy));
    }

    std::string of_2004() {
        if (stated_ == "1.2") {
            warn("version_mixed", at_,
                 "The namespaces are those of SCORM 2004, but schemaversion says 1.2: read as 1.2.",
                 "Export the course again, or mend schemaversion.");
        }
        if (!stated_.empty()) return stated_;
        warn("edition_unclear", at_,
             "The manifest is SCORM 2004, but schemaversion" +
                 (schemaversion_.empty() ? std::string(" is missing") : " \"" + schemaversion_ + "\"") +
                 " names none of its editions.",
             "Write \"2004 3rd Edition\" or \"2004 4th Edition\" into schemaversion.");
        return "2004";
    }

    std::string of_1_2() {
        if (stated_.empty() || stated_ == "1.2") return "1.2";
        // Seen from tools that updated the text but not the namespace, or the other way round: the content
        // decides.
        const std::string version = mentions_2004(manifest_) ? stated_ : "1.2";
        warn("version_mixed", at_,
             "The namespace is that of SCORM 1.2, but schemaversion says " + schemaversion_ + ": read as " +
                 version + ".",
             "Export the course again, or mend schemaversion.");
        return version;
    }

    std::string of_unknown(std::string_view ns) {
        const std::string version = !stated_.empty() ? stated_ : mentions_2004(manifest_) ? "2004" : "1.2";
        warn("namespace_unknown", manifest_,
             "The root's namespace \"" + std::string(ns) +
                 "\" belongs to no version of SCORM; it is read as SCORM " + version + ".",
             "Declare the namespaces of that version.");
        return version;
    }

    xml::Element manifest_, at_;
    const std::string& entry_;
    Findings& findings_;
    std::string schemaversion_, stated_;
};

}  // namespace

std::string scorm_version(xml::Element manifest, const std::string& entry, Findings& findings) {
    return Decision(manifest, entry, findings).version();
}

}  // namespace capbridge::scorm
