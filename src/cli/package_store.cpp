// capbridge package add|list|show|findings|structure|activities|diff|replace|remove|download
#include "cli/package_store.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/output.hpp"
#include "cli/package_print.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "core/store/package_files.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

struct State {
    Options options;
    std::string package, file, key, kind, text, output;
    int version = 0;
    std::size_t limit = 0;
    bool dry_run = false, purge = false, force = false;
};

int exit_code_of(const Error& error) {
    const bool ours = error.code.starts_with("store_") || error.code == "unwritable" ||
                      error.code == "daemon_lost" || error.code == "stopping";
    return ours ? 1 : 2;
}

// The file goes into the data directory first, under a name that nobody chose, and the operation takes it
// from there: a daemon of another user need not be able to read where the file was.
Result<std::unique_ptr<store::StagedPackage>> stage(const State& state) {
    CAPBRIDGE_LET(const auto source, store::open_file_source(state.file));
    CAPBRIDGE_LET(auto staged, store::stage_package(state.options.data));
    ProgressLine progress;
    std::vector<char> block(1u << 20);
    for (std::uint64_t at = 0; at < source->size();) {
        CAPBRIDGE_LET(const auto got, source->read(at, std::span(block)));
        if (got == 0) break;
        CAPBRIDGE_TRY(staged->write({block.data(), got}));
        at += got;
        progress.show("bytes copied", static_cast<std::size_t>(at), static_cast<std::size_t>(source->size()));
    }
    CAPBRIDGE_TRY(staged->finish());
    return staged;
}

bool has_data(const State& state) {
    std::error_code ec;
    return fs::exists(fs::path(state.options.data) / "capbridge.db", ec);
}

// Runs an operation on the file that the command names.
Result<ordered_json> run_with_file(const State& state, const char* operation, json params) {
    Session session(state.options.data);
    if (!has_data(state)) return session.run(operation, params);  // says so
    CAPBRIDGE_LET(const auto staged, stage(state));
    params["staged"] = staged->name();
    params["file_name"] = fs::path(state.file).filename().string();
    return session.run(operation, params);
}

json asked(const State& state) {
    json out{{"package", state.package}};
    if (state.version > 0) out["version"] = state.version;
    return out;
}

// A question's answer: as JSON, or as `print` has it.
void ask(const State& state, Run& run, const char* operation, const json& params,
         void (*print)(const ordered_json&)) {
    Session session(state.options.data);
    const auto answer = session.run(operation, params);
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (state.options.json) return print_package_json(*answer);
    print(*answer);
}

bool is_refused(const ordered_json& answer, const State& state, Run& run) {
    if (answer.value("accepted", true)) return false;
    run.exit_code = 2;
    if (state.options.json) {
        print_package_json(answer);
    } else {
        std::cout << "refused\n";
        print_findings(answer.at("findings"), false);
    }
    return true;
}

void add(const State& state, Run& run) {
    json params{{"dry_run", state.dry_run}};
    if (!state.key.empty()) params["key"] = state.key;
    const auto answer = run_with_file(state, "package.add", params);
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (is_refused(*answer, state, run)) return;
    if (state.options.json) return print_package_json(*answer);
    print_kept(*answer, "added");
}

void replace(const State& state, Run& run) {
    const auto answer =
        run_with_file(state, "package.replace", {{"package", state.package}, {"dry_run", state.dry_run}});
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (is_refused(*answer, state, run)) return;
    if (state.options.json) return print_package_json(*answer);
    print_kept(*answer, "replaced");
    if (!answer->contains("changes")) return;
    print_changes(answer->at("changes"));
    print_effects(answer->at("mappings"));
}

// Of a file with what is kept under its identifier, or of two versions of what is kept.
void diff(State& state, Run& run) {
    std::error_code ec;
    const bool is_file = fs::is_regular_file(state.package, ec);
    json params = json::object();
    if (is_file) {
        state.file = state.package;
        if (!state.key.empty()) params["key"] = state.key;
    } else {
        params = asked(state);
    }
    const auto answer = is_file ? run_with_file(state, "package.diff", params)
                                : Session(state.options.data).run("package.diff", params);
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (is_refused(*answer, state, run)) return;
    if (state.options.json) return print_package_json(*answer);
    std::cout << printable(*answer, "key") << ": version " << text_of(answer->at("before"), "version")
              << " and " << (is_file ? "the file" : "version " + text_of(answer->at("after"), "version"))
              << (answer->value("same_bytes", false) ? ", the same bytes" : "") << '\n';
    print_changes(*answer);
    print_effects(answer->at("mappings"));
}

void remove(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run(
        "package.remove", {{"package", state.package}, {"purge", state.purge}, {"dry_run", state.dry_run}});
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (state.options.json) return print_package_json(*answer);
    std::cout << (state.dry_run ? "would be removed: " : "removed: ") << printable(*answer, "key");
    if (answer->contains("run")) std::cout << " (run " << text_of(*answer, "run") << ')';
    std::cout << '\n';
    if (answer->contains("files_kept_until"))
        std::cout << "its files stay until " << text_of(*answer, "files_kept_until")
                  << ", so that 'capbridge run revert' can bring it back; --purge removes them at once\n";
    if (answer->contains("mappings")) print_effects(answer->at("mappings"));
}

Status copy_out(const State& state, const ordered_json& answer) {
    const fs::path target =
        state.output.empty() ? fs::path(text_of(answer, "file_name")) : fs::path(state.output);
    std::error_code ec;
    if (!state.force && fs::exists(target, ec))
        return fail("bad_parameter", "there is such a file already; --force replaces it", target.string());
    const fs::path partial = target.string() + ".partial";
    fs::copy_file(text_of(answer, "path"), partial, fs::copy_options::overwrite_existing, ec);
    if (!ec) fs::permissions(partial, fs::perms(0644), ec);
    if (!ec) fs::rename(partial, target, ec);
    if (ec) {
        std::error_code ignored;
        fs::remove(partial, ignored);
        return fail("unwritable", "cannot be written: " + ec.message(), target.string());
    }
    std::cerr << "wrote " << target.string() << " (" << with_thousands(count_of(answer, "bytes"))
              << " bytes)\n";
    return {};
}

void download(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("package.download", asked(state));
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (const auto done = copy_out(state, *answer); !done)
        return run.failed(done.error(), exit_code_of(done.error()));
    if (state.options.json) print_package_json(*answer);
}

json list_parameters(const State& state) {
    json out = json::object();
    if (!state.text.empty()) out["text"] = state.text;
    if (state.limit > 0) out["limit"] = state.limit;
    return out;
}
json activity_parameters(const State& state) {
    auto out = asked(state);
    if (!state.kind.empty()) out["kind"] = state.kind;
    if (state.limit > 0) out["limit"] = state.limit;
    return out;
}

CLI::App* command(CLI::App& package, const char* name, const char* help,
                  const std::shared_ptr<State>& state) {
    auto* out = package.add_subcommand(name, help);
    add_data_option(*out, state->options);
    add_json_option(*out, state->options);
    return out;
}

void add_questions_of(CLI::App& package, Run& run) {
    const auto state = std::make_shared<State>();
    auto* list = command(package, "list", "Packages that are kept", state);
    list->add_option("--text", state->text, "Part of a key or a title");
    list->add_option("--limit", state->limit, "At most so many; 200 by default");
    list->callback(
        [state, &run] { ask(*state, run, "package.list", list_parameters(*state), print_packages); });

    const auto about = [&](const char* name, const char* help) {
        auto* out = command(package, name, help, state);
        out->add_option("package", state->package, "Its key, as 'package list' shows it")->required();
        out->add_option("--version", state->version, "Number of a version; by default the one in force");
        return out;
    };
    about("show", "One package: what it is, where it came from, the versions before")
        ->callback([state, &run] { ask(*state, run, "package.show", asked(*state), print_package); });
    about("findings", "What was found when it was added")->callback([state, &run] {
        ask(*state, run, "package.findings", asked(*state),
            [](const ordered_json& answer) { print_findings(answer.at("findings"), true); });
    });
    about("structure", "The manifest's whole tree, as JSON")->callback([state, &run] {
        ask(*state, run, "package.structure", asked(*state), print_package_json);
    });
    auto* activities = about("activities", "Its activities and their IRIs, which mappings name");
    activities->add_option("--kind", state->kind,
                           "course, block, module, sco, asset, au, objective or interaction");
    activities->add_option("--limit", state->limit, "At most so many; 1,000 by default");
    activities->callback([state, &run] {
        ask(*state, run, "package.activities", activity_parameters(*state), print_activities);
    });
    auto* out = about("download", "Write the package to a file, byte for byte as it was added");
    out->add_option("-o,--output", state->output, "File; by default the key and the version as a name here");
    out->add_flag("--force", state->force, "Replace a file that is there");
    out->callback([state, &run] { download(*state, run); });
}

}  // namespace

void add_package_store(CLI::App& package, Run& run) {
    add_questions_of(package, run);
    const auto state = std::make_shared<State>();

    auto* add_command = command(package, "add", "Keep a package; exit code 2 when it is refused", state);
    add_command->add_option("file", state->file, "The package (.zip)")->required();
    add_command->add_option("--key", state->key,
                            "Key to keep it under; by default the manifest's identifier");
    add_command->callback([state, &run] { add(*state, run); });

    auto* replace_command = command(
        package, "replace", "A new version of a package: what changes, and for which mappings", state);
    replace_command->add_option("package", state->package, "Its key, as 'package list' shows it")->required();
    replace_command->add_option("file", state->file, "The new version (.zip)")->required();
    replace_command->callback([state, &run] { replace(*state, run); });

    auto* diff_command =
        command(package, "diff",
                "What a file would change in the package of its identifier, or a version changed", state);
    diff_command->add_option("what", state->package, "A file, or the key of a package")->required();
    diff_command->add_option("--key", state->key, "Compare the file with the package of this key");
    diff_command->add_option("--version", state->version,
                             "Compare with this version; by default the one before");
    diff_command->callback([state, &run] { diff(*state, run); });

    auto* remove_command =
        command(package, "remove", "Take a package away; 'run revert' brings it back for 30 days", state);
    remove_command->add_option("package", state->package, "Its key, as 'package list' shows it")->required();
    remove_command->add_flag("--purge", state->purge, "Remove its files at once and for good");
    remove_command->callback([state, &run] { remove(*state, run); });

    for (auto* each : {add_command, replace_command, remove_command})
        each->add_flag("--dry-run", state->dry_run, "Only say what it would do");
}

}  // namespace capbridge::cli
