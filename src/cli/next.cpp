// capbridge next, journey publish|list|show|withdraw
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
    std::string person, unit, staff_group, job_role, archetype, team, deployment, as_of, known_at, file,
        journey;
    std::size_t limit = 20;
    bool only_unit = false;
};
using Shared = std::shared_ptr<State>;

void put(json& params, const char* name, const std::string& value) {
    if (!value.empty()) params[name] = value;
}

void print_next(const ordered_json& a) {
    const auto& needs = a["needs"];
    const bool one = a["for"].contains("person");
    std::cout << "As of " << text_of(a, "as_of") << (one ? ", lacking: " : ", cases lacking: ")
              << with_thousands(count_of(needs, "foundation")) << " of the foundation, "
              << with_thousands(count_of(needs, "expiring")) << " about to run out, "
              << with_thousands(count_of(needs, "team_gap")) << " that too few hold together, "
              << with_thousands(count_of(needs, "rest")) << " others, "
              << with_thousands(count_of(needs, "said_known")) << " said to be known";
    if (!one) std::cout << "; " << with_thousands(count_of(a, "people")) << " people";
    std::cout << ".\n\n";
    std::size_t number = 0;
    for (const auto& step : a["steps"]) {
        std::cout << ++number << ". " << text_of(step, "title") << " (" << text_of(step, "learning_item")
                  << ", "
                  << (step["minutes"].is_null() ? std::string("length not known")
                                                : text_of(step, "minutes") + " min")
                  << (text_of(step, "needs") == "passed" ? ", to be passed" : "");
        if (!one) std::cout << ", " << with_thousands(count_of(step, "people")) << " people";
        std::cout << ")\n";
        print_wrapped(text_of(step, "why"), 3);
        for (const auto& c : step["closes"]) {
            std::cout << "   - " << text_of(c, "requirement");
            if (!c["context"].is_null()) std::cout << " in " << text_of(c, "context");
            if (!one) std::cout << ", " << with_thousands(count_of(c, "cases"));
            std::cout << "\n";
        }
    }
    if (a["steps"].empty()) std::cout << "No mapped learning closes anything that is lacking.\n";
    if (a.value("more", false)) std::cout << "There is more that learning could close (--limit).\n";
    const auto& left = a["left"];
    if (count_of(left, "cases") == 0) return;
    std::cout << "\nNo learning of today closes " << with_thousands(count_of(left, "cases")) << " of it:\n";
    Table table({"needs at least", one ? "items" : "cases"});
    for (const auto& [least, n] : left["by_least_evidence"].items())
        table.add({least == "by_lead" ? "an assessor with a lead role" : least, n.dump()});
    table.print();
}

void next_command(const State& s, Run& run) {
    json params = {{"limit", s.limit}};
    put(params, "person", s.person);
    put(params, "unit", s.unit);
    put(params, "staff_group", s.staff_group);
    put(params, "job_role", s.job_role);
    put(params, "archetype", s.archetype);
    put(params, "team", s.team);
    put(params, "deployment", s.deployment);
    put(params, "as_of", s.as_of);
    put(params, "known_at", s.known_at);
    if (s.only_unit) params["descendants"] = false;
    Session session(s.options.data);
    const auto answer = session.run("next.learning", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_next(*answer);
}

void publish_command(const State& s, Run& run) {
    const auto text = read_input(s.file);
    if (!text) return run.failed(text.error());
    Session session(s.options.data);
    const auto done = session.run("journey.publish", {{"text", *text}, {"name", s.file}});
    if (!done) return run.failed(done.error());
    if (s.options.json) return print_json(*done);
    std::cout << "journey " << text_of(*done, "id") << " " << text_of(*done, "version")
              << (done->value("changed", false) ? " is in force\n" : " was in force already\n");
}

void list_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("journey.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    Table table({"id", "version", "steps", "title"});
    for (const auto& j : (*answer)["journeys"])
        table.add({text_of(j, "id"), text_of(j, "version"), text_of(j, "steps"), text_of(j, "title")});
    table.print();
}

void show_command(const State& s, Run& run) {
    json params = {{"journey", s.journey}};
    put(params, "person", s.person);
    put(params, "as_of", s.as_of);
    Session session(s.options.data);
    const auto answer = session.run("journey.show", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    std::cout << text_of(*answer, "title") << " (" << text_of(*answer, "id") << " "
              << text_of(*answer, "version") << ")\n";
    if (answer->contains("person"))
        std::cout << of_total(count_of(*answer, "done"), count_of(*answer, "needed"))
                  << " steps done; next: " << text_of(*answer, "next", "nothing") << "\n";
    Table table({"step", "state", "min", "requirements", "title"});
    std::size_t number = 0;
    for (const auto& step : (*answer)["steps"])
        table.add({std::to_string(++number) + (step.value("optional", false) ? " (optional)" : ""),
                   text_of(step, "state"), text_of(step, "minutes"),
                   std::to_string(step["requirements"].size()),
                   text_of(step, "title", text_of(step, "learning_item"))});
    table.print();
}

void withdraw_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("journey.withdraw", {{"journey", s.journey}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    std::cout << "journey " << s.journey << " is out of force\n";
}

template <class Command>
void on(CLI::App& command, const Shared& state, Run& run, Command work) {
    add_data_option(command, state->options);
    add_json_option(command, state->options);
    command.callback([state, &run, work] { work(*state, run); });
}

}  // namespace

void add_next(CLI::App& root, Run& run) {
    const auto s = std::make_shared<State>();
    auto* next = root.add_subcommand(
        "next", "Which learning next: for a person, a team, or everybody in a unit, with what it closes");
    next->add_option("person", s->person, "uuid or SCHEME:ISSUER:VALUE; left out: everybody in the scope");
    next->add_option("--team", s->team, "For this team: its gaps too");
    next->add_option("--unit", s->unit, "People of this unit and all below it");
    next->add_flag("--only-unit", s->only_unit, "Without the units below it");
    next->add_option("--staff-group", s->staff_group, "People of this staff group");
    next->add_option("--job-role", s->job_role, "People in this job role");
    next->add_option("--archetype", s->archetype, "People confirmed for this archetype");
    next->add_option("--deployment", s->deployment, "People who work with this deployment");
    next->add_option("--as-of", s->as_of, "Day, YYYY-MM-DD; today if left out");
    next->add_option("--known-at", s->known_at,
                     "By what was known then: a day, an instant, or the number of a journal entry");
    next->add_option("--limit", s->limit, "Steps")->capture_default_str();
    on(*next, s, run, next_command);

    auto* journey = root.add_subcommand("journey", "Curated journeys: learning items in a chosen order");
    journey->require_subcommand(1);
    const auto j = std::make_shared<State>();
    auto* publish = journey->add_subcommand("publish", "Put a journey in force");
    publish->add_option("file", j->file, "Journey file")->required();
    on(*publish, j, run, publish_command);
    on(*journey->add_subcommand("list", "Journeys in force"), j, run, list_command);
    auto* show = journey->add_subcommand("show", "A journey, and how far a person has come along it");
    show->add_option("journey", j->journey, "Its id")->required();
    show->add_option("--person", j->person, "uuid or SCHEME:ISSUER:VALUE");
    show->add_option("--as-of", j->as_of, "Day, YYYY-MM-DD; today if left out");
    on(*show, j, run, show_command);
    auto* withdraw = journey->add_subcommand("withdraw", "Take a journey out of force");
    withdraw->add_option("journey", j->journey, "Its id")->required();
    on(*withdraw, j, run, withdraw_command);
}

}  // namespace capbridge::cli
