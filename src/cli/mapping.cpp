// capbridge mapping publish|check|list; policy, profile, product, deployment, team publish; assessor
// publish|list|end
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/output.hpp"
#include "cli/product.hpp"
#include "cli/session.hpp"
#include "cli/team.hpp"
#include "core/competency/mapping.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string file, framework = "hee-ai-confidence", id, why, to;
    bool dry_run = false;
    std::size_t list = 10;
};

void preview(const State& state, json params, Session& session, Run& run) {
    params["list"] = state.list;
    const auto answer = session.run("preview", params);
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    print_comparison(*answer);
}

void withdraw_command(const State& state, Run& run) {
    Session session(state.options.data);
    if (state.dry_run)
        return preview(state, {{"kind", "mapping"}, {"id", state.id}, {"withdraw", true}}, session, run);
    const auto done = session.run("mapping.withdraw", {{"id", state.id}, {"why", state.why}});
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    std::cout << "mapping " << state.id << " is out of force (take it back: capbridge run revert "
              << text_of(*done, "run") << ")\n";
}

void publish_command(const State& state, const std::string& kind, Run& run) {
    const auto text = read_input(state.file);
    if (!text) return run.failed(text.error());
    Session session(state.options.data);
    if (state.dry_run) {
        return preview(state, {{"kind", kind}, {"text", *text}, {"name", state.file}}, session, run);
    }
    const auto done = session.run(kind + ".publish", {{"text", *text}, {"name", state.file}});
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    for (const auto& warning : done->value("warnings", ordered_json::array()))
        std::cerr << warning.get<std::string>() << '\n';
    std::cout << kind << " " << text_of(*done, "id") << " " << text_of(*done, "version")
              << (done->value("changed", false) ? " is in force\n" : " was in force already\n");
}

void check_command(const State& state, Run& run) {
    const auto text = read_input(state.file);
    if (!text) return run.failed(text.error());
    auto framework_text = framework::shipped_framework(state.framework);
    std::string from_file;
    if (!framework_text) {
        auto read = read_input(state.framework);
        if (!read) return run.failed(framework_text.error());
        from_file = std::move(*read);
        framework_text = from_file;
    }
    const auto framework = framework::load_framework(*framework_text, state.framework);
    if (!framework) return run.failed(framework.error());
    const auto document = parse_json(*text);
    if (!document) {
        auto error = document.error();
        error.where = state.file;
        return run.failed(error);
    }
    const auto problems = competency::check_mapping(*document, *framework, *text);
    if (!problems.empty()) std::cerr << problems_text(problems, state.file) << '\n';
    if (has_errors(problems)) {
        run.exit_code = 2;
    } else {
        std::cout << state.file << ": no errors\n";
    }
}

void list_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("mapping.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"id", "version", "learning items", "mappings", "title"});
    for (const auto& m : (*answer)["mappings"])
        table.add({text_of(m, "id"), text_of(m, "version"), text_of(m, "learning_items"),
                   text_of(m, "mappings"), text_of(m, "title")});
    table.print();
}

void assessors_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("assessor.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"id", "lead", "from", "to", "title"});
    for (const auto& a : (*answer)["assessors"])
        table.add({text_of(a, "id"), a.value("lead", false) ? "yes" : "", text_of(a, "from"),
                   text_of(a, "to"), text_of(a, "title")});
    table.print();
}

void end_command(const State& state, Run& run) {
    json params{{"id", state.id}, {"why", state.why}};
    if (!state.to.empty()) params["to"] = state.to;
    if (state.dry_run) params.update({{"dry_run", true}, {"list", state.list}});
    Session session(state.options.data);
    const auto done = session.run("assessor.end", params);
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    const auto lost = count_of(*done, "attestations_lost");
    const auto id = text_of(*done, "id");
    if (state.dry_run) return print_comparison((*done)["effect"]);
    std::cout << "the assessor " << id << (done->value("changed", false) ? " stands" : " stood already")
              << " in the register until " << text_of(*done, "to") << "; " << with_thousands(lost)
              << " attestations of a later day do not count\n";
}

void add_dry_run(CLI::App& command, State& state) {
    command.add_flag("--dry-run", state.dry_run, "Show who would gain and who would lose; change nothing");
    command.add_option("--list", state.list, "With --dry-run: how many people to list")
        ->capture_default_str();
}

CLI::App* add_publish(CLI::App& group, const std::string& kind, const std::string& help,
                      const std::shared_ptr<State>& state, Run& run) {
    auto* publish = group.add_subcommand("publish", help);
    publish->add_option("file", state->file, "File")->required();
    add_data_option(*publish, state->options);
    add_json_option(*publish, state->options);
    add_dry_run(*publish, *state);
    publish->callback([state, kind, &run] { publish_command(*state, kind, run); });
    return publish;
}

}  // namespace

void add_mapping(CLI::App& root, Run& run) {
    auto* mapping =
        root.add_subcommand("mapping", "Mappings: which learning is evidence of which requirements");
    mapping->require_subcommand(1);
    auto state = std::make_shared<State>();
    add_publish(*mapping, "mapping",
                "Put a mapping file in force (its id's former version goes out of force)", state, run);
    auto* check =
        mapping->add_subcommand("check", "Check a mapping file: every problem with its pointer and line");
    check->add_option("file", state->file, "Mapping file")->required();
    check->add_option("--framework", state->framework, "Framework id or file")->capture_default_str();
    check->callback([state, &run] { check_command(*state, run); });
    auto* withdraw =
        mapping->add_subcommand("withdraw", "Take a mapping out of force: it takes back what it gave");
    withdraw->add_option("id", state->id, "Id of the mapping (capbridge mapping list)")->required();
    withdraw->add_option("--why", state->why, "Reason (needed, but with --dry-run)");
    add_dry_run(*withdraw, *state);
    add_data_option(*withdraw, state->options);
    add_json_option(*withdraw, state->options);
    withdraw->callback([state, &run] { withdraw_command(*state, run); });
    auto* list = mapping->add_subcommand("list", "Mappings in force");
    add_data_option(*list, state->options);
    add_json_option(*list, state->options);
    list->callback([state, &run] { list_command(*state, run); });

    auto* policy = root.add_subcommand("policy", "The policy: what each kind of evidence may claim at most");
    policy->require_subcommand(1);
    add_publish(*policy, "policy", "Put a policy file in force", state, run);

    auto* deployment = root.add_subcommand(
        "deployment", "Deployments: a product in a unit, whose users need product training");
    deployment->require_subcommand(1);
    add_publish(*deployment, "deployment", "Put a deployment in force", state, run);
    add_deployment(*deployment, run);

    const auto group = [&](const char* kind, const char* help, const char* publish_help) {
        auto* command = root.add_subcommand(kind, help);
        command->require_subcommand(1);
        add_publish(*command, kind, publish_help, state, run);
        return command;
    };
    add_profile(*group("profile", "The requirement profile: who needs what", "Put a profile in force"), run);
    add_product(*group("product", "Products: what they are for, their risk, what is known of them",
                       "Put a product in force"),
                run);
    add_team(*group("team", "Teams that meet requirements together", "Put a team in force"), run);
    auto* assessor = group("assessor", "The register of assessors: who may vouch for what others can do",
                           "Put an assessor into the register, or change one");
    auto* assessors = assessor->add_subcommand("list", "Who stands in the register");
    add_data_option(*assessors, state->options);
    add_json_option(*assessors, state->options);
    assessors->callback([state, &run] { assessors_command(*state, run); });
    auto* ended = assessor->add_subcommand(
        "end", "The last day of an assessor: what was vouched for up to that day stays");
    ended->add_option("id", state->id, "Id in the register")->required();
    ended->add_option("--to", state->to, "Last day, YYYY-MM-DD; today if left out");
    ended->add_option("--why", state->why, "Reason (needed, but with --dry-run)");
    add_data_option(*ended, state->options);
    add_json_option(*ended, state->options);
    add_dry_run(*ended, *state);
    ended->callback([state, &run] { end_command(*state, run); });
}

}  // namespace capbridge::cli
