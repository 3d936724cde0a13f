// capbridge package: inspect a SCORM or cmi5 zip, and build a SCORM package for chosen requirements.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "core/base/files.hpp"
#include "core/framework/framework.hpp"
#include "core/scorm/build.hpp"
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

void print_summary(const scorm::Inspection& inspection) {
    const std::string kind = inspection.format == "cmi5"    ? "cmi5 " + inspection.version
                             : inspection.format == "scorm" ? "SCORM " + inspection.version
                                                            : "no known kind of package";
    std::cout << (inspection.accepted ? "accepted: " : "refused: ") << kind;
    if (!inspection.title.empty()) std::cout << ", \"" << printable(inspection.title) << '"';
    std::cout << '\n' << inspection.entries << " files, " << inspection.bytes << " bytes";
    if (!inspection.sha256.empty()) std::cout << ", sha256 " << inspection.sha256;
    std::cout << '\n';
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
    if (units > shown) std::cout << "  ... and " << units - shown << " more (--json shows all)\n";
    for (const auto& finding : inspection.findings) {
        std::cout << scorm::severity_name(finding.severity) << " [" << finding.code << "] ";
        if (!finding.where.empty()) std::cout << printable(finding.where) << ": ";
        std::cout << printable(finding.message) << '\n';
    }
}

struct InspectOptions {
    std::string file;
    bool as_json = false;
};

void inspect(const InspectOptions& options, Run& run) {
    const auto source = FileSource::open(options.file);
    if (!source) return run.failed(source.error());
    const auto inspection = scorm::inspect(**source);
    if (options.as_json) {
        // Names out of a zip or a manifest are text of strangers: replace what is not UTF-8 rather than
        // throw.
        std::cout << scorm::inspection_json(inspection).dump(2, ' ', false, json::error_handler_t::replace)
                  << '\n';
    } else {
        print_summary(inspection);
    }
    run.exit_code = inspection.accepted ? 0 : 2;
}

struct BuildOptions {
    std::string framework, content, version, out, title, launch;
    std::vector<std::string> requirements, archetypes, factors;
};

Result<framework::Framework> find_framework(const std::string& name) {
    if (const auto shipped = framework::shipped_framework(name))
        return framework::load_framework(*shipped, name);
    std::error_code error;
    if (!fs::exists(name, error)) {
        return fail("unknown_framework", "There is no framework \"" + name +
                                             "\" in the program and no such file. `capbridge framework list` "
                                             "names those in the program.");
    }
    CAPBRIDGE_LET(const std::string text, read_file(name));
    return framework::load_framework(text, name);
}

Result<std::vector<scorm::ZipFile>> read_content(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return fail("not_found", "The content folder does not exist, or is not a folder.", folder);
    }
    std::vector<scorm::ZipFile> files;
    for (auto it = fs::recursive_directory_iterator(folder, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        const std::string path = it->path().lexically_relative(folder).generic_string();
        // A link could bring in a file from anywhere on the machine.
        if (it->is_symlink(error)) {
            return fail("content_symlink", "The content holds a symbolic link. Put the file itself there.",
                        path);
        }
        if (it->is_directory(error)) continue;
        if (!it->is_regular_file(error))
            return fail("content_not_a_file", "This is not a regular file.", path);
        CAPBRIDGE_LET(std::string bytes, read_file(it->path()));
        files.push_back({path, std::move(bytes)});
    }
    if (error)
        return fail("read_failed", "The content folder cannot be read: " + error.message() + ".", folder);
    return files;
}

Result<std::size_t> build_to_file(const BuildOptions& options) {
    CAPBRIDGE_LET(const framework::Framework framework, find_framework(options.framework));
    scorm::BuildRequest request;
    request.framework = &framework;
    request.version = options.version;
    request.title = options.title;
    request.launch = options.launch;
    request.requirements = options.requirements;
    request.archetypes = options.archetypes;
    request.factors = options.factors;
    CAPBRIDGE_LET(const auto selected, scorm::select_requirements(request));  // before a large folder is read
    CAPBRIDGE_LET(request.content, read_content(options.content));
    CAPBRIDGE_LET(const std::string bytes, scorm::build_package(request));
    CAPBRIDGE_TRY(write_file(options.out, bytes));

    const std::string launch = request.launch.empty() ? "index.html" : request.launch;
    for (const auto& file : request.content) {
        if (file.path == launch && file.bytes.find(scorm::wrapper_file) == std::string::npos) {
            std::cerr << "note: " << launch << " does not load " << scorm::wrapper_file
                      << "; without it (or an API of its own) the content reports nothing.\n";
        }
    }
    return selected.size();
}

}  // namespace

void add_package(CLI::App& root, Run& run) {
    auto* package = root.add_subcommand("package", "Inspect and build SCORM and cmi5 packages");
    package->require_subcommand(1);

    auto* inspect_command =
        package->add_subcommand("inspect", "Say what is in a package and whether it is accepted");
    auto inspect_options = std::make_shared<InspectOptions>();
    inspect_command->add_option("file", inspect_options->file, "the package (.zip)")
        ->required()
        ->type_name("FILE.zip");
    inspect_command->add_flag("--json", inspect_options->as_json, "print the inspection as JSON");
    inspect_command->callback([inspect_options, &run] { inspect(*inspect_options, run); });

    auto* build = package->add_subcommand("build", "Make a SCORM package whose objectives are requirements");
    auto options = std::make_shared<BuildOptions>();
    build->add_option("--framework", options->framework, "id of a shipped framework, or a JSON file")
        ->required();
    build->add_option("--requirements", options->requirements, "ids of requirements")->delimiter(',');
    build->add_option("--archetype", options->archetypes, "all requirements of these archetypes")
        ->delimiter(',');
    build->add_option("--factor", options->factors, "all requirements of these factors")->delimiter(',');
    build->add_option("--content", options->content, "folder of the pages")->required()->type_name("DIR");
    build->add_option("--version", options->version, "1.2 or 2004-4")->required();
    build->add_option("-o,--out", options->out, "the package to write")->required()->type_name("OUT.zip");
    build->add_option("--title", options->title, "title of the course; the framework's by default");
    build->add_option("--launch", options->launch, "first page, below the folder; index.html by default");
    build->callback([options, &run] {
        const auto count = build_to_file(*options);
        if (!count) return run.failed(count.error());
        std::cout << "wrote " << options->out << " (" << *count
                  << (*count == 1 ? " requirement)\n" : " requirements)\n");
    });
}

}  // namespace capbridge::cli
