// capbridge assertions show|on|off|send|backfill
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
    std::vector<std::string> tiers, archetypes, factors, actor;
    std::string since;
    bool yes = false, dry_run = false;
};

std::string join_names(const ordered_json& list, const char* none) {
    std::string out;
    for (const auto& name : list) out += (out.empty() ? "" : ", ") + name.get<std::string>();
    return out.empty() ? none : out;
}

void print_settings(const ordered_json& s) {
    if (!s.value("on", false)) {
        std::cout << "Competencies are not said to others.\n";
        return;
    }
    std::cout << "Competencies achieved from " << text_of(s, "since") << " on are said to others.\n"
              << "  tiers:       " << join_names(s["tiers"], "both")
              << "\n  archetypes:  " << join_names(s["archetypes"], "all")
              << "\n  factors:     " << join_names(s["factors"], "all")
              << "\n  people are named by: " << join_names(s["actor"], "-") << '\n';
}

void print_round(const ordered_json& answer, bool would) {
    const auto& counts = answer["counts"];
    std::cout << (would ? "Would say: " : "Said: ") << with_thousands(count_of(counts, "achieved"))
              << " achieved, " << with_thousands(count_of(counts, "renewed")) << " achieved again, "
              << with_thousands(count_of(counts, "expired")) << " expired, "
              << with_thousands(count_of(counts, "revoked")) << " revoked\n";
    if (const auto none = count_of(counts, "no_identifier"); none > 0)
        std::cout << "Not said of " << with_thousands(none)
                  << ", for the person has no identifier of the schemes chosen\n";
    if (const auto none = count_of(counts, "not_in_framework"); none > 0)
        std::cout << "Not said of " << with_thousands(none)
                  << ", for the framework in force has no such competency any more\n";
    if (answer["by"].empty()) return;
    Table table({"archetype", "factor", "said", "statements"});
    for (const auto& one : answer["by"]) {
        table.add({text_of(one, "archetype", "(everyone)"), text_of(one, "factor"), text_of(one, "said"),
                   std::to_string(count_of(one, "statements"))});
    }
    table.print();
}

void show_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("assertions.show", json::object());
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_settings((*answer)["settings"]);
    if ((*answer)["by"].empty()) {
        std::cout << "Nothing was said so far.\n";
        return;
    }
    Table table({"archetype", "factor", "achieved", "expired", "revoked"});
    for (const auto& one : (*answer)["by"]) {
        table.add({text_of(one, "archetype", "(everyone)"), text_of(one, "factor"),
                   std::to_string(count_of(one, "achieved")), std::to_string(count_of(one, "expired")),
                   std::to_string(count_of(one, "revoked"))});
    }
    table.print();
}

void set_command(const State& s, Run& run, const CLI::App& given, bool on) {
    json params = {{"on", on}};
    const auto was_given = [&](const char* option) { return on && given.count(option) > 0; };
    if (was_given("--tier")) params["tiers"] = s.tiers;
    if (was_given("--archetype")) params["archetypes"] = s.archetypes;
    if (was_given("--factor")) params["factors"] = s.factors;
    if (was_given("--actor")) params["actor"] = s.actor;
    if (was_given("--since")) params["since"] = s.since;
    Session session(s.options.data);
    const auto answer = session.run("assertions.set", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_settings((*answer)["settings"]);
    if (!answer->value("changed", false)) std::cout << "It was so already.\n";
}

void send_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("assertions.send", {{"dry_run", s.dry_run}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_round(*answer, s.dry_run);
}

void back_fill_command(const State& s, Run& run) {
    json params = {{"dry_run", !s.yes}};
    if (!s.since.empty()) params["since"] = s.since;
    Session session(s.options.data);
    const auto answer = session.run("assertions.backfill", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_round(*answer, !s.yes);
    if (!s.yes) std::cout << "Nothing was said; --yes says it.\n";
}

}  // namespace

void add_assertions(CLI::App& root, Run& run) {
    auto* group = root.add_subcommand(
        "assertions", "Competencies said to others: achieved, expired and revoked, as xAPI statements");
    group->require_subcommand(1);
    auto state = std::make_shared<State>();
    const auto command = [&](const char* name, const char* help) {
        auto* sub = group->add_subcommand(name, help);
        add_data_option(*sub, state->options);
        add_json_option(*sub, state->options);
        return sub;
    };
    command("show", "The settings, and of how many what was said last")->callback([state, &run] {
        show_command(*state, run);
    });
    auto* on = command("on", "Say them from now on, and change what is said of whom");
    on->add_option("--actor", state->actor,
                   "How people are named: schemes in order, such as esr-employee, or uuid (our own number)")
        ->delimiter(',');
    on->add_option("--since", state->since, "Only what was achieved on this day or later (default: today)");
    on->add_option("--tier", state->tiers, "foundational, advanced (default: both)")->delimiter(',');
    on->add_option("--archetype", state->archetypes, "Of the advanced tier (default: all)")->delimiter(',');
    on->add_option("--factor", state->factors, "Factors (default: all)")->delimiter(',');
    on->callback([state, &run, on] { set_command(*state, run, *on, true); });
    auto* off = command("off", "Say nothing any more; what was said stays said");
    off->callback([state, &run, off] { set_command(*state, run, *off, false); });
    auto* send = command("send", "Say now what is due; a daemon does it by itself");
    send->add_flag("--dry-run", state->dry_run, "Only count");
    send->callback([state, &run] { send_command(*state, run); });
    auto* fill = command("backfill", "Say also what was achieved before; counts first");
    fill->add_option("--since", state->since, "Only what was achieved on this day or later (default: all)");
    fill->add_flag("--yes", state->yes, "Say it, after you have seen the counts");
    fill->callback([state, &run] { back_fill_command(*state, run); });
}

}  // namespace capbridge::cli
