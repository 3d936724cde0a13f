// capbridge framework export|list|check|publish
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/framework/framework.hpp"
#include "core/framework/xapi_profile.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string id = "hee-ai-confidence", format = "json", file;
    bool dry_run = false;
    std::size_t list = 10;
};

// A shipped framework by id, or a file.
Result<framework::Framework> load(const std::string& id_or_file) {
    if (std::filesystem::exists(id_or_file)) {
        CAPBRIDGE_LET(const auto text, read_input(id_or_file));
        return framework::load_framework(text, id_or_file);
    }
    CAPBRIDGE_LET(const auto text, framework::shipped_framework(id_or_file));
    return framework::load_framework(text, id_or_file);
}

void export_command(const State& state, Run& run) {
    const auto framework = load(state.id);
    if (!framework) return run.failed(framework.error());
    if (state.format == "json") return print_json(framework::export_framework(*framework));
    if (state.format == "xapi-profile") return print_json(framework::xapi_profile(*framework));
    Table table({"table", "n", "id", "level", "title"});
    for (const auto& r : framework->requirements)
        table.add({r.table, std::to_string(r.ordinal), r.id, r.level.empty() ? "(lost)" : r.level, r.title});
    table.print();
}

void list_command() {
    Table table({"id", "version", "requirements", "title"});
    for (const auto& id : framework::shipped_frameworks()) {
        if (const auto f = load(id))
            table.add({f->id, f->version, std::to_string(f->requirements.size()), f->title});
    }
    table.print();
}

void check_command(const State& state, Run& run) {
    const auto text = read_input(state.file);
    if (!text) return run.failed(text.error());
    const auto framework = framework::load_framework(*text, state.file);
    if (!framework) return run.failed(framework.error());
    std::cout << state.file << ": " << framework->requirements.size() << " requirements, "
              << framework->questions.size() << " questions, no problems\n";
}

void publish_command(const State& state, Run& run) {
    std::string text;
    if (const auto shipped = framework::shipped_framework(state.file)) {
        text = std::string(*shipped);
    } else if (auto read = read_input(state.file)) {
        text = std::move(*read);
    } else {
        return run.failed(read.error());
    }
    Session session(state.options.data);
    if (state.dry_run) {
        const auto answer = session.run(
            "preview", {{"kind", "framework"}, {"text", text}, {"name", state.file}, {"list", state.list}});
        if (!answer) return run.failed(answer.error());
        return state.options.json ? print_json(*answer) : print_comparison(*answer);
    }
    const auto done = session.run("framework.publish", {{"text", text}, {"name", state.file}});
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    std::cout << "framework " << text_of(*done, "id") << " " << text_of(*done, "version")
              << (done->value("changed", false) ? " is in force\n" : " was in force already\n");
}

}  // namespace

void add_framework(CLI::App& root, Run& run) {
    auto* group = root.add_subcommand("framework", "Capability frameworks: what there is to be competent in");
    group->require_subcommand(1);
    auto state = std::make_shared<State>();

    auto* exporting = group->add_subcommand("export", "Print a framework");
    exporting->add_option("id", state->id, "Id of a shipped framework, or a framework file")
        ->capture_default_str();
    exporting->add_option("--format", state->format, "json, table, or xapi-profile (JSON-LD)")
        ->check(CLI::IsMember({"json", "table", "xapi-profile"}))
        ->capture_default_str();
    exporting->callback([state, &run] { export_command(*state, run); });

    group->add_subcommand("list", "The frameworks that come with capbridge")->callback([] {
        list_command();
    });

    auto* check =
        group->add_subcommand("check", "Check a framework file: every problem with its pointer and line");
    check->add_option("file", state->file, "Framework file")->required();
    check->callback([state, &run] { check_command(*state, run); });

    auto* publish = group->add_subcommand("publish", "Put a framework in force");
    publish->add_option("file", state->file, "Framework file, or the id of a shipped one")->required();
    add_data_option(*publish, state->options);
    add_json_option(*publish, state->options);
    publish->add_flag("--dry-run", state->dry_run,
                      "Show what is removed, added and replaced, and who would gain or lose; change nothing");
    publish->add_option("--list", state->list, "With --dry-run: how many people and requirements to list")
        ->capture_default_str();
    publish->callback([state, &run] { publish_command(*state, run); });
}

}  // namespace capbridge::cli
