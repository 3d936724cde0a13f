// capbridge package map: a draft of a mapping from what a package says about itself
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/package_print.hpp"
#include "cli/session.hpp"
#include "core/competency/mapping_draft.hpp"
#include "core/scorm/inspect.hpp"
#include "core/store/package_files.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// A name that can never be looked up (RFC 6761), so that nothing is ever reported under it.
constexpr const char* nowhere = "https://capbridge.invalid";

struct State {
    Options options;
    std::string file, framework = "hee-ai-confidence", key, iri_base;
    std::vector<std::string> activities;
    double min_score = competency::SuggestOptions{}.min_score;
    int version = 0;
    bool framework_given = false;
};

bool has_data(const State& s) {
    std::error_code ec;
    return fs::exists(fs::path(s.options.data) / "capbridge.db", ec);
}

struct Words {
    framework::Framework framework;
    framework::Vocabulary vocabulary;
    competency::Policy policy;
};

Result<Words> words_of(const State& s) {
    std::string text;
    if (const auto shipped = framework::shipped_framework(s.framework)) {
        text = *shipped;
    } else {
        auto read = read_input(s.framework);
        if (!read) return fail(shipped.error());
        text = std::move(*read);
    }
    Words out;
    CAPBRIDGE_LET(out.framework, framework::load_framework(text, s.framework));
    CAPBRIDGE_LET(out.vocabulary, framework::load_vocabulary(text, s.framework));
    CAPBRIDGE_LET(out.policy, competency::default_policy(out.framework));
    return out;
}

// The id of the course here: of the data directory where there is one, else below the base that was given.
Result<std::string> course_of(const State& s, const std::string& key, bool is_cmi5) {
    if (!s.iri_base.empty()) return scorm::course_iri(s.iri_base, key);
    if (has_data(s)) {
        Session session(s.options.data);
        CAPBRIDGE_LET(const auto answer, session.run("package.course", {{"key", key}}));
        return answer.value("course", std::string());
    }
    if (!s.activities.empty()) return std::string();  // then under those ids alone
    if (!is_cmi5) {
        std::cerr
            << "note: without a data directory (--data) or --iri-base the ids of the draft are placeholders; "
               "--activity adds the id that an LMS gives the course\n";
    }
    return scorm::course_iri(nowhere, key);
}

Result<ordered_json> map_file(const State& s) {
    CAPBRIDGE_LET(const auto words, words_of(s));
    CAPBRIDGE_LET(const auto source, store::open_file_source(s.file));
    const auto inspection = scorm::inspect(*source);
    if (!inspection.accepted) {
        for (const auto& finding : inspection.findings) {
            if (finding.severity == scorm::Finding::Severity::error)
                return fail(finding.code, finding.message, s.file);
        }
        return fail("package_refused",
                    "This is no package that is accepted; 'capbridge package inspect' says why.", s.file);
    }
    const auto key = s.key.empty() ? inspection.identifier : s.key;
    if (key.empty())
        return fail("package_key_needed", "The manifest has no identifier: give the package a key (--key).",
                    s.file);
    CAPBRIDGE_LET(const auto course, course_of(s, key, inspection.format == "cmi5"));
    const competency::Suggester suggester(words.framework, words.vocabulary, words.policy);
    const auto list = competency::suggest_for_package(suggester, inspection.structure, course, s.activities,
                                                      {.min_score = s.min_score});
    ordered_json out{{"key", key}, {"title", inspection.title}};
    out.update(competency::suggested_with_draft(words.framework, {key, inspection.title}, list));
    return out;
}

Result<ordered_json> map_kept(const State& s) {
    if (s.framework_given)
        return fail(
            "bad_option",
            "a package that is kept is mapped to the framework in force; --framework goes with a file",
            "--framework");
    json params{{"package", s.file}, {"activities", s.activities}, {"min_score", s.min_score}};
    if (s.version > 0) params["version"] = s.version;
    if (!s.key.empty()) params["id"] = s.key;
    Session session(s.options.data);
    return session.run("package.map", params);
}

void map(const State& s, Run& run) {
    for (const auto& iri : s.activities) {
        if (iri.find(':') == std::string::npos)
            return run.failed({"bad_option",
                               "an activity id is an absolute IRI, such as https://lms.example/course/7",
                               "--activity", 0});
    }
    std::error_code ec;
    const bool is_file = fs::exists(s.file, ec);
    if (!is_file && !has_data(s))
        return run.failed(
            {"not_found", "there is no such file, and no data directory with packages (--data)", s.file, 0});
    const auto answer = is_file ? map_file(s) : map_kept(s);
    if (!answer) return run.failed(answer.error());
    // Titles out of a package are text of strangers: replace what is not UTF-8 rather than throw.
    print_package_json(s.options.json ? *answer : (*answer)["draft"]);
    if (s.options.json) return;
    const auto& counts = (*answer)["counts"];
    if (count_of(counts, "suggestions") == 0) {
        std::cerr << "Nothing that the package says about itself fits well enough (--min-score).\n";
    } else {
        std::cerr << with_thousands(count_of(counts, "suggestions")) << " suggestions for "
                  << of_total(count_of(counts, "with_suggestions"), count_of(counts, "activities"))
                  << " parts. Nothing counts yet: set the status of what is right to \"accepted\", give the "
                     "file a version, then 'capbridge mapping publish'.\n";
    }
    std::size_t withheld = 0;
    for (const auto& part : (*answer)["learning"]) withheld += part["withheld"].size();
    if (withheld > 0)
        std::cerr << with_thousands(withheld)
                  << " more fit by their words and are withheld; --json says why.\n";
    if (count_of(counts, "left_out") > 0)
        std::cerr << with_thousands(count_of(counts, "left_out")) << " weaker ones were left out.\n";
}

}  // namespace

void add_package_map(CLI::App& root, Run& run) {
    auto* package = root.get_subcommand("package");
    auto* command = package->add_subcommand(
        "map", "Suggest what a package is evidence of: prints a draft of a mapping file");
    const auto s = std::make_shared<State>();
    command->add_option("package", s->file, "The package (.zip), or the key of one that is kept")
        ->required()
        ->type_name("FILE|KEY");
    auto* framework = command->add_option("--framework", s->framework,
                                          "Of a file: id of a shipped framework, or a JSON file");
    framework->capture_default_str();
    command->add_option("--activity", s->activities,
                        "Id under which an LMS reports the whole package; may be given several times");
    command->add_option("--min-score", s->min_score, "Least score of a suggestion, 0 to 1")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command->add_option(
        "--key", s->key,
        "Of a file: the key under which the package is added, if not the manifest's identifier");
    command->add_option("--version", s->version, "Of a package that is kept: which version");
    command->add_option("--iri-base", s->iri_base,
                        "Of a file: base of the ids here, where there is no data directory");
    add_data_option(*command, s->options);
    add_json_option(*command, s->options);
    command->callback([s, framework, &run] {
        s->framework_given = framework->count() > 0;
        map(*s, run);
    });
}

}  // namespace capbridge::cli
