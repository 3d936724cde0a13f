// capbridge retention publish|show|preview|apply
#include <unistd.h>

#include <CLI/CLI.hpp>
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
    std::string file;
    bool yes = false, clock_is_right = false;
};

void print_preview(const ordered_json& answer) {
    std::cout << "rules version " << text_of(answer, "version") << ", "
              << (answer.value("daily", false) ? "applied by the daemon once a day"
                                               : "applied by 'capbridge retention apply' only")
              << "\n";
    Table table({"class", "kept for", "over since", "would go"});
    for (const auto& one : answer["classes"])
        table.add({text_of(one, "class"), text_of(one, "keep"), text_of(one, "before"),
                   with_thousands(count_of(one, "rows"))});
    table.print();
    for (const auto& one : answer["classes"]) {
        if (!one.contains("units") || one["units"].empty()) continue;
        std::cout << "\nleavers by their last unit\n";
        Table units({"unit", "people"});
        for (const auto& unit : one["units"])
            units.add({text_of(unit, "unit"), with_thousands(count_of(unit, "people"))});
        units.print();
    }
}

void preview_command(const State& s, Run& run) {
    json params = json::object();
    if (!s.file.empty()) {
        const auto text = read_input(s.file);
        if (!text) return run.failed(text.error());
        params = {{"text", *text}, {"name", s.file}};
    }
    Session session(s.options.data);
    const auto answer = session.run("retention.preview", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_preview(*answer);
    std::cout << "nothing was removed\n";
}

void publish_command(const State& s, Run& run) {
    const auto text = read_input(s.file);
    if (!text) return run.failed(text.error());
    Session session(s.options.data);
    const auto answer = session.run("retention.publish", {{"text", *text}, {"name", s.file}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_preview(*answer);
    std::cout << "published as run " << (*answer)["run"] << "; nothing was removed yet\n";
}

// By typing back what cannot be typed by mistake.
bool confirmed(const std::string& version) {
    if (::isatty(STDIN_FILENO) == 0) return false;
    std::cerr
        << "This cannot be taken back: leavers are erased for good. Type the version of the rules to go "
           "on\n  "
        << version << "\n> ";
    std::string typed;
    std::getline(std::cin, typed);
    return !version.empty() && typed == version;
}

void apply_command(const State& s, Run& run) {
    Session session(s.options.data);
    if (!s.yes) {
        const auto would = session.run("retention.preview", json::object());
        if (!would) return run.failed(would.error());
        print_preview(*would);
        if (!confirmed(text_of(*would, "version")))
            return run.failed({"not_confirmed", "nothing was removed (a script says --yes)", {}, 0});
    }
    const auto answer = session.run("retention.apply", {{"clock_is_right", s.clock_is_right}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    std::cout << "rules version " << text_of(*answer, "version") << " applied as run " << (*answer)["run"]
              << "; what went cannot be brought back\n";
    Table table({"class", "gone"});
    for (const auto& [name, count] : (*answer)["counts"].items())
        table.add({name, with_thousands(count.get<std::size_t>())});
    table.print();
}

void show_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("retention.show", json::object());
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    if (!answer->value("published", false)) {
        std::cout
            << "no retention rules are published: everything is kept (docs/privacy.md has an example)\n";
        return;
    }
    std::cout << "published by " << text_of(*answer, "who") << " at " << text_of(*answer, "recorded")
              << " as run " << (*answer)["run"] << "\n"
              << (*answer)["rules"].dump(2) << "\n";
}

}  // namespace

void add_retention(CLI::App& root, Run& run) {
    auto* retention = root.add_subcommand("retention", "How long what is kept is kept, by class");
    retention->require_subcommand(1);
    const auto add = [&](const char* name, const char* says, void (*work)(const State&, Run&)) {
        auto state = std::make_shared<State>();
        auto* command = retention->add_subcommand(name, says);
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
        command->callback([state, work, &run] { work(*state, run); });
        return std::pair(command, state);
    };
    {
        const auto [command, state] =
            add("preview", "What would go by the rules, by class and unit, nobody named", preview_command);
        command->add_option("file", state->file, "Rules that are not published; left out: those in force");
    }
    {
        const auto [command, state] =
            add("publish", "Set the rules; nothing goes before they are applied", publish_command);
        command->add_option("file", state->file, "Rules (config/schemas/retention.schema.json)")->required();
    }
    add("show", "The rules in force, and who set them", show_command);
    {
        const auto [command, state] =
            add("apply", "Remove what is over its time; it cannot be brought back", apply_command);
        command->add_flag("--yes", state->yes, "Do not ask");
        command->add_flag("--clock-is-right", state->clock_is_right,
                          "Nothing was written here for a quarter, and the day is right all the same");
    }
}

}  // namespace capbridge::cli
