// capbridge source add|list, adapter list, sync, rebuild
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string name, adapter, folder, activity_base, settings;
    std::vector<std::string> names;
    bool all = false, full = false, accept_fall = false;
};

void add_command(const State& state, Run& run) {
    json params{{"name", state.name}, {"adapter", state.adapter}, {"activity_base", state.activity_base}};
    if (!state.folder.empty()) {
        if (!std::filesystem::is_directory(state.folder))
            return run.failed({"no_folder", "there is no such folder", state.folder, 0});
        params["folder"] = std::filesystem::canonical(state.folder).string();
    }
    if (!state.settings.empty()) {
        const auto text = read_input(state.settings);
        if (!text) return run.failed(text.error());
        auto settings = parse_json(*text);
        if (!settings) {
            auto error = settings.error();
            error.where = state.settings;
            return run.failed(error);
        }
        params["settings"] = std::move(*settings);
    }
    Session session(state.options.data);
    const auto done = session.run("source.put", params);
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    std::cout << "source " << state.name << " (" << text_of(*done, "uuid") << ") reads with adapter "
              << state.adapter << "\nnext: capbridge sync " << state.name << "\n";
}

void list_command(const State& state, const std::string& operation, const std::string& member,
                  const std::vector<std::string>& columns, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run(operation, json::object());
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

int exit_code_of(const Error& error) {
    return error.code == "not_found" || error.code == "bad_parameter" || error.code == "no_data" ? 2 : 1;
}

void sync_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done = session.run("sync", {{"sources", state.names},
                                           {"all", state.all},
                                           {"full", state.full},
                                           {"accept_fall", state.accept_fall}});
    if (!done) return run.failed(done.error(), exit_code_of(done.error()));
    if (count_of(*done, "failed") > 0) run.exit_code = 1;
    if (state.options.json) return print_json(*done);
    for (const auto& one : (*done)["syncs"]) {
        if (one.contains("error")) {
            std::cerr << "capbridge: " << text_of(one, "source") << ": " << text_of(one["error"], "message")
                      << " [" << text_of(one["error"], "code") << "]\n";
            continue;
        }
        const auto& c = one["counts"];
        std::cout << text_of(one, "source") << ": " << with_thousands(count_of(c, "read"))
                  << " read: " << with_thousands(count_of(c, "added")) << " new, "
                  << with_thousands(count_of(c, "changed")) << " changed, "
                  << with_thousands(count_of(c, "same")) << " known, "
                  << with_thousands(count_of(c, "withdrawn")) << " withdrawn, "
                  << with_thousands(count_of(c, "rejected")) << " rejected (run " << one["run"] << ")\n";
        for (const auto& r : one["rejected"])
            std::cerr << "  " << text_of(r, "where") << ": " << text_of(r, "message") << " ["
                      << text_of(r, "code") << "]\n";
        if (count_of(c, "rejected") > one["rejected"].size())
            std::cerr << "  ... all of them: capbridge run show " << one["run"] << "\n";
    }
}

void rebuild_command(const State& state, const std::string& operation, Run& run) {
    Session session(state.options.data);
    const auto done = session.run(operation, json::object());
    if (!done) return run.failed(done.error(), exit_code_of(done.error()));
    if (state.options.json) return print_json(*done);
    std::cout << "folded up to entry " << with_thousands(count_of(*done, "folded"))
              << " of the journal; digest of the records " << text_of(*done, "digest") << "\n";
}

}  // namespace

void add_sources(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* source = root.add_subcommand("source", "Learning systems to read from");
    source->require_subcommand(1);
    auto* add = source->add_subcommand("add", "Add a source, or change its settings");
    add->add_option("name", state->name, "Short name")->required();
    add->add_option("--adapter", state->adapter, "Adapter (capbridge adapter list)")->required();
    add->add_option("--folder", state->folder, "Drop folder that the adapter may read");
    add->add_option("--activity-base", state->activity_base, "IRI before an activity's id");
    add->add_option("--settings", state->settings, "JSON file with the adapter's settings");
    add->callback([state, &run] { add_command(*state, run); });
    auto* list = source->add_subcommand("list", "Sources");
    list->callback([state, &run] {
        list_command(*state, "source.list", "sources", {"name", "adapter", "folder", "uuid"}, run);
    });

    auto* adapter = root.add_subcommand("adapter", "Adapters of this installation");
    adapter->require_subcommand(1);
    auto* adapters = adapter->add_subcommand("list", "Adapters, their versions and files");
    adapters->callback([state, &run] {
        list_command(*state, "adapter.list", "adapters", {"id", "version", "vendor", "path"}, run);
    });

    auto* sync = root.add_subcommand("sync", "Read sources; the same again changes nothing");
    sync->add_option("source", state->names, "Names of sources");
    sync->add_flag("--all", state->all, "All sources");
    sync->add_flag("--full", state->full, "From the beginning, not from where the last sync ended");
    sync->add_flag("--accept-fall", state->accept_fall,
                   "Withdraw even when a snapshot lacks more than 30 % of what the source had");
    sync->callback([state, &run] { sync_command(*state, run); });

    auto* rebuild = root.add_subcommand("rebuild", "Fold all records again from the journal alone");
    rebuild->callback([state, &run] { rebuild_command(*state, "rebuild", run); });
    auto* digest = root.add_subcommand("digest", "Digest of the records: equal digests, equal records");
    digest->callback([state, &run] { rebuild_command(*state, "digest", run); });
    for (auto* command : {add, list, adapters, sync, rebuild, digest}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
