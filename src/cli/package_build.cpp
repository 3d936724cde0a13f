#include "cli/package_build.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/package_content.hpp"
#include "core/base/embedded.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/framework/framework.hpp"
#include "core/scorm/build.hpp"
#include "core/scorm/lesson.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// A SCO or AU as it was asked for: on the command line, or in the settings file with more said of it.
struct PartOptions {
    fs::path content, text;  // one of them
    std::string name, title, description, launch;
    std::vector<std::string> requirements;
    std::optional<double> mastery_score;
    int minutes = 0;
};

struct BuildOptions {
    std::string framework, version, out, title, launch, language, identifier, description, settings;
    std::vector<std::string> content, text, requirements, archetypes, factors, tiers, levels;
    std::optional<double> mastery_score;
    std::vector<PartOptions> parts;
    bool as_json = false;
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

std::vector<std::string> strings(const json& object, const char* member) {
    const auto list = object.find(member);
    return list == object.end() ? std::vector<std::string>{} : list->get<std::vector<std::string>>();
}

std::optional<double> number(const json& object, const char* member) {
    const auto value = object.find(member);
    return value == object.end() ? std::nullopt : std::optional(value->get<double>());
}

// What the command line says stands; the file says the rest. Its paths are relative to itself.
Status read_settings(BuildOptions& options) {
    if (options.settings.empty()) return {};
    CAPBRIDGE_LET(const std::string text, read_file(options.settings));
    auto document = parse_json(text);
    if (!document) {
        auto error = document.error();
        error.where = options.settings;
        return fail(std::move(error));
    }
    const auto* schema = find_embedded(embedded_config(), "schemas/package-build.schema.json");
    const auto problems = validate_json(*document, json::parse(schema->bytes), text);
    if (has_errors(problems)) return fail(problems_error(problems, options.settings));

    const auto take = [&](std::string& into, const char* member) {
        if (into.empty()) into = get_string(*document, member);
    };
    take(options.framework, "framework");
    take(options.version, "version");
    take(options.title, "title");
    take(options.language, "language");
    take(options.identifier, "identifier");
    take(options.description, "description");
    const auto take_list = [&](std::vector<std::string>& into, const char* member) {
        if (into.empty()) into = strings(*document, member);
    };
    take_list(options.requirements, "requirements");
    take_list(options.archetypes, "archetypes");
    take_list(options.factors, "factors");
    take_list(options.tiers, "tiers");
    take_list(options.levels, "levels");
    if (!options.mastery_score) options.mastery_score = number(*document, "mastery_score");
    const auto base = fs::path(options.settings).parent_path();
    for (const auto& from : document->value("parts", json::array())) {
        PartOptions part;
        if (const auto content = get_string(from, "content"); !content.empty()) part.content = base / content;
        if (const auto lesson = get_string(from, "text"); !lesson.empty()) part.text = base / lesson;
        if (part.content.empty() == part.text.empty()) {
            return fail("part_content",
                        "Each part needs \"content\" (a folder) or \"text\" (a file), one of them.",
                        options.settings);
        }
        part.name = get_string(from, "name");
        part.title = get_string(from, "title");
        part.description = get_string(from, "description");
        part.launch = get_string(from, "launch");
        part.requirements = strings(from, "requirements");
        part.mastery_score = number(from, "mastery_score");
        part.minutes = from.value("minutes", 0);
        options.parts.push_back(std::move(part));
    }
    return {};
}

bool has_file(const std::vector<scorm::ContentFile>& files, const std::string& path) {
    return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.path == path; });
}

Result<scorm::BuildPart> from_lesson(const fs::path& file, scorm::Lesson& lesson) {
    CAPBRIDGE_LET(const std::string text, read_file(file, 16u << 20));
    CAPBRIDGE_LET(lesson, scorm::read_lesson(text, file.string()));
    return scorm::lesson_part(lesson);
}

// A folder without a first page of its own, but with a lesson.md or lesson.json, is that lesson with its
// pictures.
Result<scorm::BuildPart> from_folder(const PartOptions& options, scorm::Lesson& lesson) {
    CAPBRIDGE_LET(auto files, read_content(options.content));
    const std::string launch = options.launch.empty() ? "index.html" : options.launch;
    for (const char* name : {"lesson.md", "lesson.json"}) {
        if (has_file(files, launch) || !has_file(files, name)) continue;
        CAPBRIDGE_LET(auto part, from_lesson(options.content / name, lesson));
        std::erase_if(files, [&](const auto& file) { return file.path == name; });
        part.content.insert(part.content.end(), files.begin(), files.end());
        return part;
    }
    const auto page = has_file(files, launch) ? read_file(options.content / launch) : Result<std::string>("");
    const bool own_api =
        page && has_file(files, launch) && page->find(scorm::wrapper_file) == std::string::npos;
    if (own_api) {
        std::cerr << "note: " << (options.content / launch).string() << " does not load "
                  << scorm::wrapper_file
                  << "; without it (or an API of its own) the content reports nothing.\n";
    }
    scorm::BuildPart part;
    part.content = std::move(files);
    part.own_api = own_api;
    return part;
}

Result<scorm::BuildPart> read_part(const PartOptions& options, const BuildOptions& all, bool only,
                                   scorm::BuildRequest& request) {
    scorm::Lesson lesson;
    CAPBRIDGE_LET(auto part,
                  options.text.empty() ? from_folder(options, lesson) : from_lesson(options.text, lesson));
    const bool is_lesson = !lesson.title.empty();
    const bool can_be_passed = !is_lesson || !lesson.questions.empty();
    auto score = options.mastery_score;
    if (!score && can_be_passed) score = all.mastery_score;
    if (score && !can_be_passed) {
        return fail(
            "mastery_score_useless",
            "This lesson has no questions, so nobody could reach a mastery score. Leave the score out, or "
            "add questions.",
            (options.text.empty() ? options.content : options.text).string());
    }
    if (score) part.mastery_score = score;
    if (!options.title.empty()) part.title = options.title;
    if (!options.description.empty()) part.description = options.description;
    if (options.minutes > 0) part.minutes = options.minutes;
    part.launch = options.launch;
    if (!options.requirements.empty()) {
        part.requirements = options.requirements;
        for (const auto& question : lesson.questions)
            part.requirements.insert(part.requirements.end(), question.requirements.begin(),
                                     question.requirements.end());
    }
    part.name = options.name;
    if (part.name.empty() && !only) {
        const auto path =
            fs::absolute(options.text.empty() ? options.content : options.text).lexically_normal();
        const auto last = path.has_filename() ? path : path.parent_path();
        part.name = scorm::part_name(options.text.empty() ? last.filename().string() : last.stem().string());
    }
    if (only && is_lesson) {
        if (request.title.empty()) request.title = part.title;
        if (request.description.empty()) request.description = part.description;
    }
    if (is_lesson && all.language.empty() && !lesson.language.empty()) request.language = lesson.language;
    return part;
}

Result<scorm::BuiltPackage> build_to_file(BuildOptions options) {
    CAPBRIDGE_TRY(read_settings(options));
    for (const auto& [value, option] :
         {std::pair{&options.framework, "--framework"}, {&options.version, "--version"}}) {
        if (value->empty())
            return fail("option_missing",
                        std::string("Give ") + option + ", or say it in the settings file.");
    }
    CAPBRIDGE_LET(const framework::Framework framework, find_framework(options.framework));
    for (const auto& folder : options.content) {
        auto& part = options.parts.emplace_back();
        part.content = folder;
        part.launch = options.launch;
    }
    for (const auto& file : options.text) options.parts.emplace_back().text = file;

    scorm::BuildRequest request;
    request.framework = &framework;
    request.version = options.version;
    request.title = options.title;
    request.description = options.description;
    if (!options.language.empty()) request.language = options.language;
    request.identifier = options.identifier;
    request.requirements = options.requirements;
    request.archetypes = options.archetypes;
    request.factors = options.factors;
    request.tiers = options.tiers;
    request.levels = options.levels;
    for (const auto& part : options.parts) {
        CAPBRIDGE_LET(auto read, read_part(part, options, options.parts.size() == 1, request));
        request.parts.push_back(std::move(read));
    }
    CAPBRIDGE_LET(const auto target, TargetFile::open(options.out));
    CAPBRIDGE_LET(auto built, scorm::build_package(request, *target));
    CAPBRIDGE_TRY(target->keep());
    return built;
}

void print(const scorm::BuiltPackage& built, const BuildOptions& options) {
    if (options.as_json) {
        std::cout << ordered_json{{"file", options.out},
                                  {"identifier", built.identifier},
                                  {"iri", built.iri},
                                  {"parts", built.parts},
                                  {"requirements", built.requirements},
                                  {"files", built.files},
                                  {"sha256", built.sha256}}
                         .dump(2)
                  << '\n';
        return;
    }
    const auto count = [](std::size_t n, const char* what) {
        return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
    };
    std::cout << "wrote " << options.out << " ("
              << count(built.parts, options.version == "cmi5" ? "AU" : "SCO") << ", "
              << count(built.requirements, "requirement") << ", identifier " << built.identifier << ")\n";
}

}  // namespace

void add_package_build(CLI::App& package, Run& run) {
    auto* build =
        package.add_subcommand("build", "Make a SCORM or cmi5 package whose objectives are requirements");
    auto options = std::make_shared<BuildOptions>();
    build->add_option("--framework", options->framework, "id of a shipped framework, or a JSON file");
    build->add_option("--requirements", options->requirements, "ids of requirements")->delimiter(',');
    build->add_option("--archetype", options->archetypes, "all requirements of these archetypes")
        ->delimiter(',');
    build->add_option("--factor", options->factors, "... and of these factors")->delimiter(',');
    build
        ->add_option("--tier", options->tiers,
                     "... and of these tiers: foundational, advanced, product-specific")
        ->delimiter(',');
    build->add_option("--level", options->levels, "... and of these levels, such as awareness")
        ->delimiter(',');
    build
        ->add_option("--content", options->content,
                     "folder of pages, or of a lesson.md with its pictures: one SCO or AU")
        ->type_name("DIR");
    build->add_option("--text", options->text, "a lesson in one Markdown or JSON file: one SCO or AU")
        ->type_name("FILE");
    build
        ->add_option("--settings", options->settings,
                     "a JSON file that says all of this, and more of each SCO or AU")
        ->type_name("FILE");
    build->add_option("--version", options->version, "1.2, 2004-3, 2004-4 or cmi5");
    build->add_option("-o,--out", options->out, "the package to write")->required()->type_name("OUT.zip");
    build->add_option("--title", options->title,
                      "title of the course; by default the lesson's or the framework's");
    build->add_option("--description", options->description, "what it is about, in a sentence or two");
    build->add_option("--language", options->language,
                      "language of its texts, such as en-GB (the default) or cy");
    build->add_option(
        "--identifier", options->identifier,
        "an IRI of yours or a name, kept from version to version; made of the title by default");
    build->add_option("--mastery-score", options->mastery_score,
                      "share that has to be right to pass, from 0 to 1");
    build->add_option("--launch", options->launch,
                      "first page of the content folders; index.html by default");
    build->add_flag("--json", options->as_json, "print what was built as JSON");
    build->footer(
        "Requirements are those of --requirements and those that fit all of --archetype, --factor, --tier "
        "and "
        "--level.\ndocs/building-packages.md describes lessons and the settings file.");
    build->callback([options, &run] {
        const auto built = build_to_file(*options);
        if (!built) return run.failed(built.error());
        print(*built, *options);
    });
}

}  // namespace capbridge::cli
