// capbridge forward add|list|show|retry|drop|pause|resume|remove
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/engine/forward/settings.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string name, kind, settings;
    std::int64_t seq = 0;
    bool has_seq = false, all = false, from_start = false, from_now = false;
};

int exit_code_of(const Error& error) {
    return error.code == "not_found" || error.code == "bad_parameter" || error.code == "no_data" ||
                   error.code == "bad_kind" || error.code == "invalid_document"
               ? 2
               : 1;
}

// A question about forwarding: of the daemon when there is one, for only it knows how it goes.
Result<ordered_json> ask(const State& state, std::string_view operation, const json& params) {
    auto answer = ask_daemon(std::filesystem::path(state.options.data) / "admin.sock", operation, params,
                             who_am_i(), [](std::string_view, std::size_t, std::size_t) {});
    if (answer || answer.error().code != "no_daemon") return answer;
    return Session(state.options.data).run(operation, params);
}

void add_command(const State& state, Run& run) {
    const auto text = read_input(state.settings);
    if (!text) return run.failed(text.error());
    auto settings = parse_json(*text);
    if (!settings) {
        auto error = settings.error();
        error.where = state.settings;
        return run.failed(error);
    }
    engine::resolve_target_paths(*settings,
                                 std::filesystem::absolute(state.settings).lexically_normal().parent_path());
    auto problems = engine::check_target(state.kind, *settings);
    locate(problems, *text);
    if (has_errors(problems)) return run.failed(problems_error(problems, state.settings));
    json params{{"name", state.name}, {"kind", state.kind}, {"settings", std::move(*settings)}};
    if (state.from_start) params["from"] = "start";
    Session session(state.options.data);
    const auto done = session.run("forward.put", params);
    if (!done) return run.failed(done.error(), exit_code_of(done.error()));
    for (const auto& warning : (*done)["warnings"])
        std::cerr << "capbridge: warning: " << warning.get<std::string>() << "\n";
    if (state.options.json) return print_json(*done);
    const bool is_new = done->value("new", false);
    std::cout << "target " << state.name << (is_new ? " is added" : " is changed and keeps its place") << ": "
              << with_thousands(count_of(*done, "behind")) << " entries of the journal are before it\n";
}

void list_command(const State& state, Run& run) {
    const auto answer = ask(state, "forward.list", json::object());
    if (!answer) return run.failed(answer.error(), exit_code_of(answer.error()));
    if (state.options.json) return print_json(*answer);
    Table table({"name", "kind", "state", "behind", "lag s", "delivered", "dead", "url"});
    for (const auto& t : (*answer)["targets"]) {
        std::string how = "ok";
        if (t.contains("error") && t["error"].is_object()) how = text_of(t["error"], "code");
        if (!t.value("running", false)) how = "no daemon";
        if (t.value("paused", false)) how = "paused";
        table.add({text_of(t, "name"), text_of(t, "kind"), how, with_thousands(count_of(t, "behind")),
                   with_thousands(count_of(t, "lag_seconds")), text_of(t, "delivered"),
                   with_thousands(count_of(t, "dead_letters")), text_of(t, "url")});
    }
    table.print();
}

void show_command(const State& state, Run& run) {
    const auto t = ask(state, "forward.show", {{"name", state.name}});
    if (!t) return run.failed(t.error(), exit_code_of(t.error()));
    if (state.options.json) return print_json(*t);
    std::cout << text_of(*t, "name") << ": " << text_of(*t, "kind") << " " << text_of(*t, "url")
              << (t->value("paused", false) ? ", paused" : "") << "\n"
              << with_thousands(count_of(*t, "behind")) << " entries behind, "
              << with_thousands(count_of(*t, "dead_letters")) << " dead letters\n";
    if (t->value("running", false)) {
        std::cout << with_thousands(count_of(*t, "delivered")) << " delivered since the daemon started, last "
                  << text_of(*t, "last_delivered", "never") << "\n";
        if ((*t)["error"].is_object())
            std::cout << "trouble: " << text_of((*t)["error"], "message") << " ["
                      << text_of((*t)["error"], "code") << "], " << text_of((*t)["error"], "failures")
                      << " times in a row; next try " << text_of(*t, "next_try") << "\n";
    }
    if ((*t)["dead"].empty()) return;
    Table table({"seq", "statement", "code", "tries", "last", "message"});
    for (const auto& d : (*t)["dead"])
        table.add({text_of(d, "seq"), text_of(d, "statement"), text_of(d, "code"), text_of(d, "tries"),
                   text_of(d, "last"), text_of(d, "message")});
    table.print();
}

// The operations that change a target; `said` is what is told of the answer.
void change_command(const State& state, Run& run, std::string_view operation, std::string_view said) {
    json params{{"name", state.name}};
    if (state.has_seq) params["seq"] = state.seq;
    if (state.all) params["all"] = true;
    Session session(state.options.data);
    const auto done = session.run(operation, params);
    if (!done) return run.failed(done.error(), exit_code_of(done.error()));
    const bool trouble = done->contains("trouble") && (*done)["trouble"].is_object();
    if (trouble || (operation == "forward.retry" && count_of(*done, "delivered") < count_of(*done, "tried")))
        run.exit_code = 1;
    if (state.options.json) return print_json(*done);
    if (operation == "forward.retry") {
        std::cout << with_thousands(count_of(*done, "delivered")) << " of "
                  << with_thousands(count_of(*done, "tried")) << " dead letters delivered, "
                  << with_thousands(count_of(*done, "left")) << " left\n";
    } else if (operation == "forward.drop") {
        std::cout << with_thousands(count_of(*done, "dropped")) << " dead letters given up, "
                  << with_thousands(count_of(*done, "left")) << " left\n";
    } else {
        std::cout << "target " << state.name << " " << said << "\n";
    }
    if (trouble)
        std::cerr << "capbridge: " << text_of((*done)["trouble"], "message") << " ["
                  << text_of((*done)["trouble"], "code") << "]\n";
}

}  // namespace

void add_forward(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group = root.add_subcommand("forward", "Other stores and webhooks that get our statements");
    group->require_subcommand(1);
    auto* add = group->add_subcommand("add", "Add a target, or change its settings");
    add->add_option("--kind", state->kind, "lrs or webhook")
        ->required()
        ->check(CLI::IsMember({"lrs", "webhook"}));
    add->add_option("--settings", state->settings, "JSON file with its settings (docs/forwarding.md)")
        ->required();
    auto* start =
        add->add_flag("--from-start", state->from_start, "A new target gets what is stored already");
    add->add_flag("--from-now", state->from_now, "A new target gets what comes from now on (the default)")
        ->excludes(start);
    add->callback([state, &run] { add_command(*state, run); });
    auto* list = group->add_subcommand("list", "Targets, how far they are and what troubles them");
    list->callback([state, &run] { list_command(*state, run); });
    auto* show = group->add_subcommand("show", "One target with its dead letters");
    show->callback([state, &run] { show_command(*state, run); });

    const auto change = [&](const char* name, const char* help, const char* operation, const char* said) {
        auto* command = group->add_subcommand(name, help);
        command->callback([state, &run, command, operation, said] {
            const auto* seq = command->get_option_no_throw("--seq");
            state->has_seq = seq != nullptr && seq->count() > 0;
            change_command(*state, run, operation, said);
        });
        return command;
    };
    auto* retry = change("retry", "Send its dead letters again", "forward.retry", "");
    retry->add_option("--seq", state->seq, "Only this one");
    auto* drop = change("drop", "Give dead letters up; the statements stay here", "forward.drop", "");
    auto* one = drop->add_option("--seq", state->seq, "This one");
    drop->add_flag("--all", state->all, "All of them")->excludes(one);
    auto* pause = change("pause", "Send nothing until it is resumed", "forward.pause", "is paused");
    auto* resume = change("resume", "Go on where it was paused", "forward.resume", "goes on");
    auto* remove =
        change("remove", "Forget a target, its place and its dead letters", "forward.remove", "is removed");
    for (auto* command : {add, show, retry, drop, pause, resume, remove})
        command->add_option("name", state->name, "Its name")->required();
    for (auto* command : {add, list, show, retry, drop, pause, resume, remove}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
