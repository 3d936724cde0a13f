#include "core/scorm/inspect.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/scorm/digest.hpp"
#include "core/scorm/manifest_cmi5.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/package_files.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/xml.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm {
namespace {

void note_encoding(const xml::Document& document, const std::string& where, Findings& findings) {
    if (document.byte_order_mark) findings.info("bom", "The manifest begins with a byte order mark.", where);
    std::string encoding;  // it becomes part of a code, so only what a name of an encoding may hold
    for (const char c : lower_ascii(document.encoding).substr(0, 40)) {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') encoding += c;
    }
    if (!encoding.empty() && encoding != "utf-8" && encoding != "utf8" && encoding != "us-ascii" &&
        !encoding.starts_with("utf-16")) {
        findings.info("encoding_" + encoding, "The manifest is written in " + document.encoding + ".", where);
    }
    if (document.read_as_1252) {
        findings.warning(
            "encoding_wrong",
            "The manifest's bytes are not the encoding that it declares; they are read as Windows-1252.",
            where);
    }
}

// Which file is the manifest: the shallowest imsmanifest.xml, or cmi5.xml at the root, which cmi5 demands
// (14.1). When a package has both, cmi5 wins: it says more about the learner.
const ZipEntry* choose_manifest(const PackageFiles& files, Findings& findings, bool& is_cmi5) {
    const auto* scorm = files.shallowest("imsmanifest.xml");
    const auto* cmi5 = files.at("cmi5.xml");
    is_cmi5 = cmi5 != nullptr;
    if (cmi5 && scorm) {
        findings.info("several_manifests", "The package has cmi5.xml and imsmanifest.xml; cmi5.xml is read.");
    }
    if (cmi5) return cmi5;
    if (scorm) return scorm;
    const auto* elsewhere = files.shallowest("cmi5.xml");
    findings.error(
        "no_manifest",
        elsewhere ? "cmi5.xml must lie at the root of the zip; this package has it in a folder. Zip the "
                    "folder's content, not the folder."
                  : "There is neither imsmanifest.xml (SCORM) nor cmi5.xml (cmi5) in the zip. Export the "
                    "course as SCORM 1.2, SCORM 2004 or cmi5.",
        elsewhere ? elsewhere->name : std::string{});
    return nullptr;
}

// SCORM 1.2 cannot name objectives in its manifest; our own packages carry them beside it.
void read_objectives_file(const ZipArchive& archive, const PackageFiles& files, const Limits& limits,
                          Inspection& out, Findings& findings) {
    const std::string path = folder_of(out.manifest) + std::string(objectives_file);
    const auto* entry = files.at(path);
    if (!entry || out.version != "1.2" || out.scos.empty()) return;
    const auto ill_formed = [&] {
        findings.warning("objectives_file_invalid",
                         "The list of objectives beside the manifest is not well-formed; it is ignored.",
                         path);
    };
    const auto text = archive.read(*entry, limits.manifest_bytes);
    const auto document = text ? parse_json(*text) : Result<json>(fail(text.error()));
    if (!document || !document->is_object() || get_string(*document, "format") != "capbridge-objectives" ||
        !document->contains("objectives") || !(*document)["objectives"].is_array()) {
        return ill_formed();
    }
    std::vector<std::string> ids;
    for (const auto& objective : (*document)["objectives"]) {
        const std::string id = objective.is_object() ? get_string(objective, "id") : std::string{};
        if (id.empty()) return ill_formed();
        ids.push_back(id);
    }
    for (auto& sco : out.scos) sco.objectives = ids;
}

void read_manifest(const xml::Document& document, const PackageFiles* files, bool is_cmi5, Inspection& out,
                   Findings& findings) {
    note_encoding(document, out.manifest, findings);
    if (is_cmi5) {
        read_cmi5_structure(document.root, files, out, findings);
    } else if (document.root.is("manifest")) {
        out.format = "scorm";
        read_scorm_manifest(document.root, *files, out, findings);
    } else {
        findings.error("not_a_manifest",
                       "The root of imsmanifest.xml is " + document.root.name +
                           ", not manifest. Export the package again.",
                       place(out.manifest, document.root));
    }
}

Result<xml::Document> parse_manifest(std::string_view bytes, const std::string& path, const Limits& limits,
                                     Findings& findings) {
    auto document = xml::parse(bytes, limits);
    if (!document) {
        const auto& error = document.error();
        findings.error(error.code, error.message,
                       error.line ? path + ":" + std::to_string(error.line) : path);
    }
    return document;
}

void inspect_zip(const ZipArchive& archive, const Limits& limits, Inspection& out, Findings& findings) {
    const auto files = PackageFiles::of(archive, limits, findings);
    out.entries = files.count();
    if (files.count() == 0) {
        findings.error("empty_archive", "The zip holds no files. Export the package again.");
        return;
    }
    bool is_cmi5 = false;
    const auto* entry = choose_manifest(files, findings, is_cmi5);
    if (entry) {
        out.manifest = plain_path(entry->name);
        if (out.manifest.find('/') != std::string::npos) {
            findings.warning(
                "manifest_in_subfolder",
                "The manifest lies in a folder, not at the root of the zip; the folder is taken as the root.",
                out.manifest);
        }
        const auto bytes = archive.read(*entry, limits.manifest_bytes);
        if (bytes) {
            if (const auto document = parse_manifest(*bytes, out.manifest, limits, findings)) {
                read_manifest(*document, &files, is_cmi5, out, findings);
                read_objectives_file(archive, files, limits, out, findings);
            }
        } else if (bytes.error().code == "entry_too_large") {
            findings.error("manifest_too_large",
                           "The manifest is larger than " + std::to_string(limits.manifest_bytes) +
                               " bytes. Split the course into several packages.",
                           out.manifest);
        } else if (bytes.error().code == "entry_damaged") {
            findings.error("manifest_data_damaged",
                           "The manifest's data in the zip is damaged. Export or transfer the package again.",
                           out.manifest);
        } else if (!entry->encrypted) {
            findings.error(bytes.error().code, bytes.error().message, out.manifest);
        }
    }
    check_inflated_sizes(archive, out.bytes, limits, findings);
}

// A cmi5 course structure may come as the bare XML file (14.2).
bool looks_like_xml(const ByteSource& source) {
    std::string head(64, '\0');
    const auto got = source.read(0, std::span(head.data(), head.size()));
    head.resize(got ? *got : 0);
    if (head.starts_with("\xef\xbb\xbf")) head.erase(0, 3);
    return head.starts_with("\xff\xfe<") || head.starts_with(std::string_view("\xfe\xff\0<", 4)) ||
           trim(head).starts_with('<');
}

void inspect_bare_xml(const ByteSource& source, const Limits& limits, Inspection& out, Findings& findings) {
    std::string bytes(
        static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), limits.manifest_bytes + 1)), '\0');
    const auto got = source.read(0, std::span(bytes.data(), bytes.size()));
    bytes.resize(got ? *got : 0);
    const std::string name = "cmi5.xml";
    const auto document = parse_manifest(bytes, name, limits, findings);
    if (!document) return;
    if (!document->root.is("courseStructure")) {
        findings.error(
            "not_a_readable_zip",
            "The file is neither a zip nor a cmi5 course structure. Upload the .zip of the package.");
        return;
    }
    out.manifest = name;
    read_manifest(*document, nullptr, true, out, findings);
}

}  // namespace

Inspection inspect(const ByteSource& source, const Limits& limits) {
    Inspection out;
    Findings findings;
    out.bytes = source.size();
    if (auto digest = sha256_of(source)) {
        out.sha256 = std::move(*digest);
        if (looks_like_xml(source)) {
            inspect_bare_xml(source, limits, out, findings);
        } else if (const auto archive = ZipArchive::open(source, limits)) {
            inspect_zip(*archive, limits, out, findings);
        } else {
            findings.error(archive.error().code, archive.error().message);
        }
    } else {
        findings.error(digest.error().code, digest.error().message);
    }
    out.accepted = !findings.has_errors();
    out.findings = findings.take();
    return out;
}

}  // namespace capbridge::scorm
