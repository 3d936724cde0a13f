// capbridge config apply: publishes what a configuration file names, the same file again changes nothing; and
// what its members mean: config schema, config explain.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/apply.hpp"
#include "cli/check_tries.hpp"
#include "cli/commands.hpp"
#include "cli/config_schema.hpp"
#include "cli/output.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string file;
    std::vector<std::string> folders;
};

void apply_command(const State& state, Run& run) {
    const auto folders = folders_of(state.folders);
    if (!folders) return run.failed(folders.error());
    auto checked = check_configuration(state.file, *folders, installed_adapters);
    auto tries = begin_tries(state.file);
    forgive_unreadable(checked, tries);
    for (const auto& what : tries.not_tried) std::cerr << "not tried: " << what << '\n';
    if (!checked.findings.empty()) std::cerr << findings_text(checked.findings) << '\n';
    if (!checked.ok) {
        run.exit_code = 2;
        return;
    }
    Session session(state.options.data, checked.configuration.plugins, checked.configuration.iri_base,
                    checked.configuration.require_sandbox);
    const auto done =
        apply_configuration(checked.configuration,
                            [&](std::string_view op, const json& params) { return session.run(op, params); });
    if (!done) return run.failed(done.error());
    for (const auto& line : *done) std::cout << line << '\n';
}

void add_apply(CLI::App& group, Run& run) {
    auto state = std::make_shared<State>();
    auto* apply = group.add_subcommand(
        "apply",
        "Put what a configuration names in force, all or nothing: framework, mappings, deployments, sources, "
        "forwarding");
    apply->add_option("file", state->file, "Configuration file")->required();
    apply->add_option("--folder", state->folders, "SOURCE=FOLDER: another drop folder for a source");
    add_data_option(*apply, state->options);
    apply->callback([state, &run] { apply_command(*state, run); });
}

void add_schema(CLI::App& group) {
    auto markdown = std::make_shared<bool>(false);
    auto* schema = group.add_subcommand(
        "schema", "Print the JSON Schema of the file, for editors: name it in the file's \"$schema\"");
    schema->add_flag("--markdown", *markdown, "Print a reference of all members instead");
    schema->callback([markdown] {
        if (*markdown) {
            std::cout << configuration_reference();
        } else {
            print_json(configuration_schema());
        }
    });
}

void add_explain(CLI::App& group, Run& run) {
    auto place = std::make_shared<std::string>();
    auto* explain = group.add_subcommand(
        "explain",
        "Say what a member means, its default, and whether a reload applies it; without one, list them");
    explain->add_option("member", *place,
                        "Pointer or names: /sources/0/schedule/cron, sources.schedule.cron");
    explain->callback([place, &run] {
        const auto said = explain_member(*place);
        if (!said) return run.failed(said.error());
        std::cout << *said;
    });
}

}  // namespace

void add_config(CLI::App& root, Run& run) {
    auto* group = root.add_subcommand("config", "The configuration file");
    group->require_subcommand(1);
    add_apply(*group, run);
    add_schema(*group);
    add_explain(*group, run);
}

}  // namespace capbridge::cli
