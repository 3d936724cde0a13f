#include "cli/package_inspect.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/engine/scorm_schemas.hpp"
#include "core/scorm/inspect.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// A package on disk, read piece by piece: it may be larger than memory.
class FileSource final : public scorm::ByteSource {
public:
    static Result<std::unique_ptr<FileSource>> open(const std::string& path) {
        std::error_code error;
        if (!fs::exists(path, error)) return fail("not_found", "There is no such file.", path);
        if (!fs::is_regular_file(path, error)) return fail("not_a_file", "This is not a file.", path);
        auto source = std::make_unique<FileSource>();
        source->stream_.open(path, std::ios::binary);
        source->size_ = fs::file_size(path, error);
        if (!source->stream_ || error)
            return fail("read_failed", "The file cannot be read; check its permissions.", path);
        return source;
    }
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        stream_.clear();
        stream_.seekg(static_cast<std::streamoff>(offset));
        stream_.read(into.data(), static_cast<std::streamsize>(into.size()));
        if (stream_.bad()) return fail("read_failed", "The file cannot be read.");
        return static_cast<std::size_t>(stream_.gcount());
    }

private:
    mutable std::ifstream stream_;  // single-threaded, like the command
    std::uint64_t size_ = 0;
};

// Titles and names come from a stranger's file: no control character of theirs reaches the terminal.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return out;
}

std::string kind_of(const scorm::Inspection& inspection) {
    return inspection.format == "cmi5"    ? "cmi5 " + inspection.version
           : inspection.format == "scorm" ? "SCORM " + inspection.version
                                          : "no known kind of package";
}

void print_units(const scorm::Inspection& inspection) {
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < std::min(shown, inspection.scos.size()); ++i) {
        const auto& sco = inspection.scos[i];
        std::cout << "  SCO " << printable(sco.identifier) << "  " << printable(sco.title) << "  "
                  << printable(sco.href + (sco.parameters.empty() ? "" : " + " + sco.parameters));
        if (!sco.objectives.empty()) std::cout << "  (" << sco.objectives.size() << " objectives)";
        std::cout << '\n';
    }
    for (std::size_t i = 0; i < std::min(shown, inspection.aus.size()); ++i) {
        const auto& au = inspection.aus[i];
        std::cout << "  AU " << printable(au.id) << "  " << printable(au.title) << "  "
                  << printable(au.move_on) << '\n';
    }
    const auto units = std::max(inspection.scos.size(), inspection.aus.size());
    if (units > shown) std::cout << "  ... and " << units - shown << " more (--structure shows all)\n";
}

std::string_view word_for(const scorm::Node& node) {
    switch (node.kind) {
        case scorm::Node::Kind::organization:
            return "organization";
        case scorm::Node::Kind::course:
            return "course";
        case scorm::Node::Kind::block:
            return "block";
        case scorm::Node::Kind::au:
            return "AU";
        case scorm::Node::Kind::item:
            break;
    }
    return node.scorm_type == "sco" && node.launches() ? "SCO" : node.launches() ? "asset" : "module";
}

void print_metadata(const scorm::Lom& lom, const std::string& margin) {
    for (const auto& keyword : lom.keywords)
        std::cout << margin << "keyword " << printable(text_in(keyword)) << '\n';
    for (const auto& classification : lom.classifications) {
        for (const auto& path : classification.paths) {
            std::cout << margin << "classified (" << printable(classification.purpose) << ") "
                      << printable(text_in(path.source));
            for (const auto& taxon : path.taxons) {
                std::cout << " > " << printable(taxon.id);
                if (!taxon.entry.empty()) std::cout << ' ' << printable(text_in(taxon.entry));
            }
            std::cout << '\n';
        }
    }
}

void print_objective(const scorm::Objective& objective, const std::string& margin) {
    std::cout << margin << (objective.primary ? "primary objective " : "objective ")
              << printable(objective.id);
    if (!objective.title.empty()) std::cout << "  " << printable(text_in(objective.title));
    if (objective.min_normalized_measure) std::cout << "  from " << *objective.min_normalized_measure;
    for (const auto& map : objective.maps) std::cout << "  -> " << printable(map.target);
    std::cout << '\n';
}

void print_node(const scorm::Node& node, std::size_t depth) {
    const std::string margin(2 * depth, ' '), inner = margin + "    ";
    std::cout << margin << word_for(node) << ' ' << printable(node.identifier) << "  "
              << printable(text_in(node.title)) << '\n';
    const auto line = [&](const char* name, const std::string& value) {
        if (!value.empty()) std::cout << inner << name << ' ' << printable(value) << '\n';
    };
    line("launches", node.launch);
    line("parameters", node.parameters);
    if (!node.visible) line("shown", "no");
    if (node.mastery_score) std::cout << inner << "mastery score " << *node.mastery_score << '\n';
    line("max time allowed", node.max_time_allowed);
    line("time limit action", node.time_limit_action);
    line("data from the LMS", node.data_from_lms);
    line("prerequisites", node.prerequisites);
    if (node.completion_threshold && node.completion_threshold->min_progress)
        std::cout << inner << "complete from " << *node.completion_threshold->min_progress << '\n';
    line("moveOn", node.kind == scorm::Node::Kind::au ? node.move_on : std::string{});
    line("launch parameters", node.launch_parameters);
    if (node.sequencing) {
        std::string parts;
        for (const auto& part : node.sequencing->children) parts += (parts.empty() ? "" : ", ") + part.name;
        line("sequencing", parts);
    }
    std::string hidden;
    for (const auto& control : node.hide_lms_ui) hidden += (hidden.empty() ? "" : ", ") + control;
    line("hides", hidden);
    for (const auto& objective : node.objectives) print_objective(objective, inner);
    if (node.metadata) print_metadata(*node.metadata, inner);
    for (const auto& child : node.children) print_node(child, depth + 1);
}

void print_structure(const scorm::Structure& structure) {
    for (std::size_t i = 0; i < structure.roots.size(); ++i) {
        if (structure.roots.size() > 1 && i == structure.default_root) std::cout << "(the default)\n";
        print_node(structure.roots[i], 1);
    }
    if (structure.metadata) {
        std::cout << "  about the package\n";
        print_metadata(*structure.metadata, "      ");
    }
}

void print_findings(const std::vector<scorm::Finding>& findings) {
    for (const auto& finding : findings) {
        std::cout << scorm::severity_name(finding.severity) << " [" << finding.code << "] ";
        if (!finding.where.empty()) std::cout << printable(finding.where) << ": ";
        std::cout << printable(finding.message);
        if (!finding.rule.empty()) std::cout << " (cmi5 " << finding.rule << ')';
        if (!finding.remedy.empty()) std::cout << ' ' << printable(finding.remedy);
        std::cout << '\n';
    }
}

struct InspectOptions {
    std::string file;
    bool as_json = false, strict = false, structure = false;
};

void inspect(const InspectOptions& options, Run& run) {
    const auto source = FileSource::open(options.file);
    if (!source) return run.failed(source.error());
    const engine::InstalledSchemas schemas;
    const auto inspection = scorm::inspect(**source, {}, schemas.checks(options.strict));
    if (options.as_json) {
        // Names out of a zip or a manifest are text of strangers: replace what is not UTF-8 rather than
        // throw.
        std::cout << scorm::inspection_json(inspection).dump(2, ' ', false, json::error_handler_t::replace)
                  << '\n';
    } else {
        std::cout << (inspection.accepted ? "accepted: " : "refused: ") << kind_of(inspection);
        if (!inspection.title.empty()) std::cout << ", \"" << printable(inspection.title) << '"';
        std::cout << '\n' << inspection.entries << " files, " << inspection.bytes << " bytes";
        if (!inspection.sha256.empty()) std::cout << ", sha256 " << inspection.sha256;
        std::cout << '\n';
        if (options.structure) {
            print_structure(inspection.structure);
        } else {
            print_units(inspection);
        }
        print_findings(inspection.findings);
    }
    run.exit_code = inspection.accepted ? 0 : 2;
}

}  // namespace

void add_package_inspect(CLI::App& package, Run& run) {
    auto* command = package.add_subcommand("inspect", "Say what is in a package and whether it is accepted");
    auto options = std::make_shared<InspectOptions>();
    command->add_option("file", options->file, "the package (.zip)")->required()->type_name("FILE.zip");
    command->add_flag("--json", options->as_json, "print the inspection as JSON");
    command->add_flag("--structure", options->structure,
                      "print the whole tree: modules, SCOs, objectives, sequencing, metadata");
    command->add_flag("--strict", options->strict,
                      "refuse SCORM packages that break the schemas of their version");
    command->callback([options, &run] { inspect(*options, run); });
}

}  // namespace capbridge::cli
