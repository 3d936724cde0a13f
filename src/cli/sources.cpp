// capbridge source add|check|list|show|accept|resume
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/configured_sources.hpp"
#include "cli/findings.hpp"
#include "cli/output.hpp"
#include "cli/sync.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string name, adapter, preset, folder, activity_base, settings, more, yes;
    bool check = false;
    int timeout = 0;
};

Result<json> json_file(const std::string& path) {
    CAPBRIDGE_LET(const auto text, read_input(path));
    auto document = parse_json(text);
    if (document) return std::move(*document);
    auto error = document.error();
    error.where = path;
    return fail(std::move(error));
}

Result<json> source_of(const State& state) {
    json params = json::object();
    if (!state.more.empty()) {
        CAPBRIDGE_LET(params, json_file(state.more));
        if (!params.is_object()) return fail("bad_parameter", "must be an object", state.more);
        resolve_service_paths(params, std::filesystem::absolute(state.more).parent_path());
    }
    params["name"] = state.name;
    if (!state.adapter.empty()) params["adapter"] = state.adapter;
    if (!state.preset.empty()) params["preset"] = state.preset;
    if (!state.activity_base.empty()) params["activity_base"] = state.activity_base;
    if (!state.folder.empty()) {
        if (!std::filesystem::is_directory(state.folder))
            return fail("no_folder", "there is no such folder", state.folder);
        params["folder"] = std::filesystem::canonical(state.folder).string();
    }
    if (!state.settings.empty()) {
        CAPBRIDGE_LET(params["settings"], json_file(state.settings));
    }
    return params;
}

void add_command(const State& state, Run& run) {
    auto params = source_of(state);
    if (!params) return run.failed(params.error());
    if (state.check) (*params)["check"] = true;
    Session session(state.options.data);
    const auto done = session.run("source.put", *params);
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    if (text_of(*done, "adapter") == "none") {
        std::cout << "source " << state.name << " (" << text_of(*done, "uuid")
                  << ") is posted to; next: capbridge credential add NAME --scope statements/write --source "
                  << state.name << "\n";
        return;
    }
    std::cout << "source " << state.name << " (" << text_of(*done, "uuid") << ") reads with adapter "
              << text_of(*done, "adapter") << "\n";
    if (done->contains("checked")) {
        print_findings((*done)["checked"]);
        std::cout << "next: capbridge sync " << state.name << "\n";
    } else {
        std::cout << "it was not tried; next: capbridge source check " << state.name
                  << ", then capbridge sync " << state.name << "\n";
    }
}

void check_command(const State& state, Run& run) {
    Session session(state.options.data);
    json params{{"source", state.name}};
    if (state.timeout > 0) params["timeout_seconds"] = state.timeout;
    const auto checked = session.run("source.check", params);
    if (!checked) return run.failed(checked.error(), sync_exit_code(checked.error()));
    if (!checked->value("ok", false)) run.exit_code = 1;
    if (state.options.json) return print_json(*checked);
    print_findings(*checked);
}

// Where this machine cannot lock adapters in.
void print_sandbox(const ordered_json& sandbox) {
    if (!sandbox.is_object()) return;
    if (const auto why = text_of(sandbox, "refusal", ""); !why.empty()) {
        std::cout << "  " << why << "\n";
        return;
    }
    for (const auto& one : sandbox.value("lacking", ordered_json::array()))
        std::cout << "  its adapter is not locked in: " << one.get<std::string>() << "\n";
}

void list_command(const State& state, const std::string& operation, const std::string& member,
                  const std::vector<std::string>& columns, Run& run) {
    const auto answer = ask_about_sources(state.options, operation, json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table(columns);
    for (const auto& row : (*answer)[member]) {
        std::vector<std::string> cells;
        for (const auto& column : columns) cells.push_back(text_of(row, column));
        table.add(std::move(cells));
    }
    table.print();
}

void print_error(const ordered_json& holder) {
    if (!holder["error"].is_object()) return;
    std::cout << "  last error: " << text_of(holder["error"], "message") << " ["
              << text_of(holder["error"], "code") << "]\n";
}

void print_write_back(const ordered_json& source) {
    const auto& state = source["write_back"];
    if (!state.is_object()) return;
    const auto& counts = source["written_back"];
    std::cout << "  writes back: last done " << text_of(state, "last_ok") << ", "
              << with_thousands(count_of(counts, "pushed")) << " in the ledger, "
              << with_thousands(count_of(counts, "rejected")) << " refused, "
              << with_thousands(count_of(state, "unmet")) << " not met here any more"
              << (state.value("stopped", false) ? "; stopped" : "") << "\n";
    print_error(state);
    for (const auto& one : source["push_rejected"])
        std::cout << "    refused: " << text_of(one, "kind") << " " << text_of(one, "key") << ": "
                  << text_of(one, "message") << " (again " << text_of(one, "next_try") << ")\n";
}

void show_command(const State& state, Run& run) {
    const auto source = ask_about_sources(state.options, "source.show", {{"source", state.name}});
    if (!source) return run.failed(source.error());
    const auto& s = *source;
    if (state.options.json) return print_json(s);
    std::cout << "source " << state.name << ": " << text_of(s, "state")
              << "\n  adapter: " << text_of(s, "adapter") << "\n  folder: " << text_of(s, "folder")
              << "\n  read well: " << text_of(s, "last_ok") << ", wholly " << text_of(s, "last_full")
              << "\n  last brought something new: " << text_of(s, "last_new")
              << "\n  next: " << text_of(s, "next_due") << "\n";
    if (count_of(s, "failures") > 0) std::cout << "  failures in a row: " << count_of(s, "failures") << "\n";
    print_error(s);
    if (s["held"].is_object()) {
        std::cout << "  held: " << text_of(s["held"], "code");
        if (const auto details = s["held"].value("details", ordered_json());
            details.is_object() && details.contains("missing"))
            std::cout << ", " << with_thousands(count_of(details, "missing")) << " of "
                      << with_thousands(count_of(details, "of"));
        std::cout << "; your yes: capbridge source accept " << state.name << " --yes "
                  << text_of(s["held"], "yes") << "\n";
    }
    if (s["stopped"].is_string())
        std::cout << "  " << text_of(s, "stopped") << ": not run until mended and capbridge source resume "
                  << state.name << "\n";
    print_sandbox(s.value("sandbox", ordered_json()));
    print_write_back(s);
    Table runs({"run", "kind", "began", "outcome"});
    for (const auto& r : s["runs"])
        runs.add({r["id"].dump(), text_of(r, "kind"), text_of(r, "began"), text_of(r, "outcome")});
    if (!runs.empty()) runs.print();
}

void accept_command(const State& state, Run& run) {
    Session session(state.options.data);
    json params{{"source", state.name}};
    if (!state.yes.empty()) params["yes"] = state.yes;
    const auto done = session.run("source.accept", params);
    print_syncs(state.options, done, run);
}

}  // namespace

void add_sources(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* source = root.add_subcommand("source", "Learning systems to read from");
    source->require_subcommand(1);
    auto* add = source->add_subcommand("add", "Add a source, or change its settings");
    add->add_option("--adapter", state->adapter, "Adapter (capbridge adapter list)");
    add->add_option("--preset", state->preset, "Adapter and settings that come with capbridge");
    add->add_option("--folder", state->folder, "Drop folder that the adapter may read");
    add->add_option("--activity-base", state->activity_base, "IRI before an activity's id");
    add->add_option("--settings", state->settings, "JSON file with the adapter's settings");
    add->add_option("--options", state->more,
                    "JSON file with the other members that a source of a configuration has: http, fetch, "
                    "schedule, guards, write_back, ...");
    add->add_flag("--check", state->check,
                  "Try it first, as 'source check' does, and change nothing when it would not work");
    add->callback([state, &run] { add_command(*state, run); });
    auto* check = source->add_subcommand("check",
                                         "Would a sync work? Asks the adapter, with its settings, "
                                         "credentials and folder; exit code 1 when not");
    check->add_option("--timeout", state->timeout, "Seconds to wait at most; 60 by default")
        ->check(CLI::Range(1, 60));
    check->callback([state, &run] { check_command(*state, run); });
    auto* list = source->add_subcommand("list", "Sources and how they go");
    list->callback([state, &run] {
        list_command(*state, "source.list", "sources",
                     {"name", "adapter", "state", "last_ok", "next_due", "failures", "folder"}, run);
    });
    auto* show = source->add_subcommand("show", "One source: what it waits for, its last runs");
    show->callback([state, &run] { show_command(*state, run); });
    auto* accept = source->add_subcommand(
        "accept", "Say yes to what holds a source (a fall, leavers, a gap), and sync it with that");
    accept->add_option("--yes", state->yes, "To these numbers only, as 'source show' names them");
    add_reason_option(*accept);
    accept->callback([state, &run] { accept_command(*state, run); });
    auto* resume =
        source->add_subcommand("resume", "Schedule a source again that was stopped, quarantined or held");
    resume->callback([state, &run] { resume_source(state->options, "source.resume", state->name, run); });
    for (auto* command : {add, check, show, accept, resume})
        command->add_option("name", state->name, "Short name of the source")->required();

    for (auto* command : {add, check, list, show, accept, resume}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
