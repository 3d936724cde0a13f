// capbridge lint
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
    std::string rules;
    bool strict = false;
    std::size_t each = 20;
};

void lint_command(const State& s, Run& run) {
    json params = {{"each", s.each}};
    if (!s.rules.empty()) {
        const auto text = read_input(s.rules);
        if (!text) return run.failed(text.error());
        params["rules"] = *text;
        params["name"] = s.rules;
    }
    Session session(s.options.data);
    const auto answer = session.run("lint.show", params);
    if (!answer) return run.failed(answer.error());
    const auto& counts = (*answer)["counts"];
    if (s.strict && count_of(counts, "error") + count_of(counts, "warning") > 0) run.exit_code = 1;
    if (s.options.json) return print_json(*answer);
    std::string code, todo;
    for (const auto& f : (*answer)["findings"]) {
        if (text_of(f, "code") != code) {
            code = text_of(f, "code");
            const auto all = count_of((*answer)["by_code"], code);
            std::cout << text_of(f, "severity") << ": " << code << " (" << with_thousands(all)
                      << (all > s.each ? ", the first " + std::to_string(s.each) + " are shown" : "")
                      << ")\n";
            todo.clear();
        }
        if (text_of(f, "todo") != todo) {
            todo = text_of(f, "todo");
            print_wrapped("what to do: " + todo, 2);
        }
        print_wrapped(text_of(f, "where") + ": " + text_of(f, "says"), 4);
    }
    std::cout << with_thousands(count_of(counts, "error")) << " errors, "
              << with_thousands(count_of(counts, "warning")) << " warnings, "
              << with_thousands(count_of(counts, "info")) << " notes\n";
}

}  // namespace

void add_lint(CLI::App& root, Run& run) {
    const auto s = std::make_shared<State>();
    auto* lint = root.add_subcommand(
        "lint", "What in the rules does nothing, contradicts itself, or waits for somebody");
    lint->add_option("--rules", s->rules, "Archetype rules (as of assign propose) to look at too");
    lint->add_option("--each", s->each, "Findings of one code at most")->capture_default_str();
    lint->add_flag("--strict", s->strict, "Exit code 1 where there is an error or a warning");
    add_data_option(*lint, s->options);
    add_json_option(*lint, s->options);
    lint->callback([s, &run] { lint_command(*s, run); });
}

}  // namespace capbridge::cli
