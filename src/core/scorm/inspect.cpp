#include "core/scorm/inspect.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/scorm/digest.hpp"
#include "core/scorm/findings.hpp"
#include "core/scorm/manifest_cmi5.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/package_facts.hpp"
#include "core/scorm/package_files.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/schemas.hpp"
#include "core/scorm/xml.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm {
namespace {

void note_document(const xml::Document& document, const std::string& entry, Findings& findings) {
    const Place where(entry, std::size_t{1});
    if (document.byte_order_mark) {
        findings.info("bom", where, "The manifest begins with a byte order mark.",
                      "Nothing; some older players want it saved without.");
    }
    if (document.utf16_unmarked) {
        findings.warning("utf16_without_mark", where, "The manifest is UTF-16 without a byte order mark.",
                         "Save it as UTF-8.");
    }
    std::string encoding;  // it becomes part of a code, so only what a name of an encoding may hold
    for (const char c : lower_ascii(document.encoding).substr(0, 40)) {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') encoding += c;
    }
    if (!encoding.empty() && encoding != "utf-8" && encoding != "utf8" && encoding != "us-ascii" &&
        !encoding.starts_with("utf-16")) {
        findings.info("encoding_" + encoding, where, "The manifest is written in " + document.encoding + ".",
                      "Nothing; UTF-8 is the surer choice.");
    }
    if (!document.undeclared.empty()) {
        findings.warning("namespace_undeclared", Place(entry, document.undeclared_line),
                         "A prefix is used that is declared nowhere (" + document.undeclared +
                             "); its names are read all the same.",
                         "Declare the namespace of the prefix at the root.");
    }
    if (!document.read_as.empty()) {
        findings.warning("encoding_wrong", where,
                         "The manifest's bytes are not in the encoding that it declares; they are read as " +
                             document.read_as + ".",
                         "Save it as UTF-8, and say so in its first line.");
    }
}

// Which file is the manifest: the shallowest imsmanifest.xml, or cmi5.xml at the root, which cmi5 demands
// (14.1). When a package has both, cmi5 wins: it says more about the learner.
const ZipEntry* choose_manifest(const PackageFiles& files, Findings& findings, bool& is_cmi5) {
    const auto* scorm = files.shallowest("imsmanifest.xml");
    const auto* cmi5 = files.at("cmi5.xml");
    is_cmi5 = cmi5 != nullptr;
    if (cmi5 && scorm) {
        findings.info("several_manifests", Place("cmi5.xml"),
                      "The package has cmi5.xml and imsmanifest.xml; cmi5.xml is read.",
                      "Nothing, if both say the same; else remove the one that is out of date.");
    }
    if (cmi5) return cmi5;
    if (scorm) return scorm;
    if (const auto* elsewhere = files.shallowest("cmi5.xml")) {
        findings.error("no_manifest", Place(elsewhere->name),
                       "cmi5.xml must lie at the root of the zip; this package has it in a folder.",
                       "Zip the folder's content, not the folder.", "14.1.0.0-2");
    } else {
        findings.error("no_manifest", Place(),
                       "There is neither imsmanifest.xml (SCORM) nor cmi5.xml (cmi5) in the zip.",
                       "Export the course as SCORM 1.2, SCORM 2004 or cmi5.", "14.1.0.0-2");
    }
    return nullptr;
}

using FactsOfSco = std::unordered_map<std::string_view, std::vector<const ObjectiveFact*>>;

void give_objectives(Node& node, const std::vector<const ObjectiveFact*>& facts, bool are_new) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < node.objectives.size(); ++i) places.emplace(node.objectives[i].id, i);
    for (const auto* fact : facts) {
        auto place = places.find(fact->id);
        if (place == places.end() && !are_new) continue;
        if (place == places.end()) {
            place = places.emplace(fact->id, node.objectives.size()).first;
            node.objectives.emplace_back().id = fact->id;
        }
        auto& objective = node.objectives[place->second];
        if (objective.title.empty() && !fact->title.empty()) objective.title = {{"", fact->title}};
    }
}

// To the first node of its identifier only: a few lines of a manifest can repeat one thousands of times.
void give_objectives(std::vector<Node>& nodes, FactsOfSco& facts, bool are_new) {
    for (auto& node : nodes) {
        if (const auto own = facts.find(node.identifier); own != facts.end()) {
            give_objectives(node, own->second, are_new);
            facts.erase(own);
        }
        give_objectives(node.children, facts, are_new);
    }
}

// SCORM 1.2 cannot name objectives in its manifest, 2004 not their titles; our own packages carry them beside
// it.
void read_objectives_file(const Reading& reading, Structure& structure) {
    const std::string path = reading.folder + std::string(objectives_file);
    const auto* entry = reading.files.at(path);
    if (!entry) return;
    const auto ill_formed = [&] {
        reading.findings.warning(
            "objectives_file_invalid", Place(path),
            "The list of objectives beside the manifest is not well-formed; it is ignored.",
            "Build the package again.");
    };
    const auto text = reading.archive.read(*entry, reading.limits.metadata_bytes);
    const auto facts = text ? read_objective_facts(*text) : std::nullopt;
    if (!facts) return ill_formed();
    FactsOfSco of_sco;
    for (const auto& fact : *facts) of_sco[fact.sco].push_back(&fact);
    give_objectives(structure.roots, of_sco, reading.version == "1.2");
}

// With the XSDs when they are there, else by the breaches that are met most.
void check_schema(const xml::Document& document, const Reading& reading, const Checks& checks) {
    constexpr std::size_t most = 20;
    std::size_t total = 0;
    if (checks.schemas && checks.schemas->know(reading.version)) {
        const auto found = checks.schemas->breaches(document, reading.version, most, total);
        if (found) {
            const auto severity = reading.strict ? Finding::Severity::error : Finding::Severity::warning;
            for (const auto& breach : *found) {
                const Place where = breach.element
                                        ? reading.at(breach.element)
                                        : Place(reading.manifest, static_cast<std::size_t>(breach.line));
                reading.findings.add(severity, "schema_invalid", where,
                                     "The manifest does not keep to its schema: " + breach.message,
                                     "Mend the manifest, or let the authoring tool write it again.");
            }
            return;
        }
        reading.findings.info("schemas_not_installed", Place(), found.error().message,
                              "Install capbridge again; until then only the commonest breaches are found.");
    } else if (!checks.schemas_absent.empty() && reading.version != "2004 2nd" && reading.version != "2004") {
        reading.findings.info("schemas_not_installed", Place(), "The schemas of SCORM are not installed.",
                              checks.schemas_absent);
    }
    check_scorm_shape(document.root, reading);
}

Result<xml::Document> parse_manifest(std::string_view bytes, const std::string& path, const Limits& limits,
                                     Findings& findings) {
    auto document = xml::parse(bytes, limits);
    if (document) {
        note_document(*document, path, findings);
    } else {
        auto error = document.error();
        error.where = path;
        add_error(findings, error);
    }
    return document;
}

void read_scorm(const xml::Document& document, const ZipArchive& archive, const PackageFiles& files,
                const Limits& limits, const Checks& checks, Inspection& out, Findings& findings) {
    if (!document.root.is("manifest")) {
        return findings.error(
            "not_a_manifest", Place(out.manifest, document.root),
            "The root of imsmanifest.xml is " + std::string(document.root.name()) + ", not manifest.",
            "Export the package again.");
    }
    out.format = "scorm";
    Reading reading{archive, files, limits, findings, checks.strict, out.manifest, folder_of(out.manifest),
                    {}};
    reading.stopping = checks.stopping;
    read_scorm_manifest(document.root, reading, out);
    if (reading.stopped()) return;
    check_schema(document, reading, checks);
    read_objectives_file(reading, out.structure);
    fill_flat_views(out, reading.as_written);
}

void inspect_manifest(const ZipArchive& archive, const PackageFiles& files, const ZipEntry& entry,
                      bool is_cmi5, const Limits& limits, const Checks& checks, Inspection& out,
                      Findings& findings) {
    out.manifest = plain_path(entry.name);
    const Place where(out.manifest);
    if (out.manifest.find('/') != std::string::npos) {
        findings.warning(
            "manifest_in_subfolder", where,
            "The manifest lies in a folder, not at the root of the zip; the folder is taken as the root.",
            "Zip the folder's content, not the folder.");
    }
    const auto bytes = archive.read(entry, limits.manifest_bytes);
    if (bytes) {
        const auto document = parse_manifest(*bytes, out.manifest, limits, findings);
        if (document && is_cmi5) {
            read_cmi5_structure(document->root, &files, limits, out, findings, checks.stopping);
            fill_flat_views(out);
        } else if (document) {
            read_scorm(*document, archive, files, limits, checks, out, findings);
        }
    } else if (bytes.error().code == "entry_too_large") {
        findings.error("manifest_too_large", where,
                       "The manifest is larger than " + std::to_string(limits.manifest_bytes) + " bytes.",
                       "Split the course into several packages.");
    } else if (bytes.error().code == "entry_damaged") {
        findings.error("manifest_data_damaged", where, "The manifest's data in the zip is damaged.",
                       "Export or transfer the package again.");
    } else if (!entry.encrypted) {
        add_error(findings, bytes.error());
    }
}

void inspect_zip(const ZipArchive& archive, const Limits& limits, const Checks& checks, Inspection& out,
                 Findings& findings) {
    const auto files = PackageFiles::of(archive, limits, findings);
    out.entries = files.count();
    if (files.count() == 0) {
        return findings.error("empty_archive", Place(), "The zip holds no files.",
                              "Export the package again.");
    }
    bool is_cmi5 = false;
    if (const auto* entry = choose_manifest(files, findings, is_cmi5))
        inspect_manifest(archive, files, *entry, is_cmi5, limits, checks, out, findings);
    if (checks.stopping && checks.stopping()) return;
    check_inflated_sizes(archive, out.bytes, limits, findings);
}

// A cmi5 course structure may come as the bare XML file (14.2).
bool looks_like_xml(const ByteSource& source) {
    std::string head(64, '\0');
    const auto got = source.read(0, std::span(head.data(), head.size()));
    head.resize(got ? *got : 0);
    if (head.starts_with("\xef\xbb\xbf")) head.erase(0, 3);
    return head.starts_with("\xff\xfe<") || head.starts_with(std::string_view("<\0", 2)) ||
           head.starts_with(std::string_view("\0<", 2)) ||
           head.starts_with(std::string_view("\xfe\xff\0<", 4)) || trim(head).starts_with('<');
}

void inspect_bare_xml(const ByteSource& source, const Limits& limits, const Checks& checks, Inspection& out,
                      Findings& findings) {
    std::string bytes(
        static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), limits.manifest_bytes + 1)), '\0');
    const auto got = source.read(0, std::span(bytes.data(), bytes.size()));
    bytes.resize(got ? *got : 0);
    const std::string name = "cmi5.xml";
    const auto document = parse_manifest(bytes, name, limits, findings);
    if (!document) return;
    if (!document->root.is("courseStructure")) {
        return findings.error("not_a_readable_zip", Place(),
                              "The file is neither a zip nor a cmi5 course structure.",
                              "Upload the .zip of the package.", "14.0.0.0-1");
    }
    out.manifest = name;
    read_cmi5_structure(document->root, nullptr, limits, out, findings, checks.stopping);
    fill_flat_views(out);
}

}  // namespace

Inspection inspect(const ByteSource& source, const Limits& limits, const Checks& checks) {
    Inspection out;
    Findings findings;
    out.bytes = source.size();
    if (auto digest = sha256_of(source)) {
        out.sha256 = std::move(*digest);
        if (looks_like_xml(source)) {
            inspect_bare_xml(source, limits, checks, out, findings);
        } else if (const auto archive = ZipArchive::open(source, limits)) {
            inspect_zip(*archive, limits, checks, out, findings);
        } else {
            add_error(findings, archive.error());
        }
    } else {
        add_error(findings, digest.error());
    }
    if (checks.stopping && checks.stopping()) {
        findings.error("reading_stopped", Place(), "The reading was stopped before its end.",
                       "Look at the package again.");
    }
    out.accepted = !findings.has_errors();
    out.findings = findings.take();
    return out;
}

}  // namespace capbridge::scorm
