#include "cli/team.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/competency/team_coverage.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string id, as_of;
    std::optional<int> days;
    bool csv = false, all = false;
};

json params_of(const State& state) {
    json params = json::object();
    if (!state.id.empty()) params["team"] = state.id;
    if (!state.as_of.empty()) params["as_of"] = state.as_of;
    if (state.days) params["days"] = *state.days;
    return params;
}

void list_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("team.list", params_of(state));
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"id", "version", "members", "left", "unknown", "quorum", "items", "covered", "by one alone",
                 "runs out", "gap", "name"});
    for (const auto& t : (*answer)["teams"]) {
        const auto of = [&](const char* part, const char* member) {
            return with_thousands(count_of(t[part], member));
        };
        table.add({text_of(t, "id"), text_of(t, "version"), of("members", "in_team"), of("members", "left"),
                   of("members", "unknown"), text_of(t, "quorum"), of("counts", "items"),
                   of("counts", "covered"), of("counts", "single_holder"), of("counts", "expiring"),
                   of("counts", "gap"), text_of(t, "name")});
    }
    table.print();
}

std::string words(std::string code) {
    for (auto& c : code) {
        if (c == '_') c = ' ';
    }
    return code;
}

// "Person 7: AI basics, 30 min, begun"; who could close it soonest.
std::string soonest(const ordered_json& item, const std::map<std::string, std::string>& names) {
    if (!item.contains("closes")) return "";
    if (item["closes"].empty()) {
        const auto by = text_of(item, "closed_by");
        return by == "learning"      ? "no member who could take the learning"
               : by == "attestation" ? "no learning; an assessor may vouch for somebody"
                                     : "nothing that is mapped or allowed gives it";
    }
    const auto& way = item["closes"].front();
    const auto person = text_of(way, "person");
    const auto name = names.find(person);
    std::string out = (name == names.end() ? person : name->second) + ": " + text_of(way, "title");
    if (!way["minutes"].is_null()) out += ", " + text_of(way, "minutes") + " min";
    if (way.value("begun", false)) out += ", begun";
    return out;
}

void show_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("team.coverage", params_of(state));
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    if (state.csv) {
        std::cout << competency::team_csv(*answer);
        return;
    }
    const auto& a = *answer;
    const auto& c = a["counts"];
    std::cout << text_of(a["team"], "name") << " (" << text_of(a["team"], "id") << " "
              << text_of(a["team"], "version") << "), as of " << text_of(a, "as_of") << "; quorum "
              << text_of(a["team"], "quorum") << "\n"
              << "covered: " << of_total(count_of(c, "covered"), count_of(c, "items")) << " items, "
              << with_thousands(count_of(c, "single_holder")) << " of them by one member alone, "
              << with_thousands(count_of(c, "expiring")) << " run out within " << text_of(a, "days")
              << " days; gaps: " << with_thousands(count_of(c, "gap")) << "\n\n";
    for (const auto& problem : a["problems"]) std::cerr << problem.get<std::string>() << "\n";
    std::map<std::string, std::string> names;
    Table members({"member", "name", "state", "archetypes", "last day", "items held"});
    for (const auto& m : a["members"]) {
        std::string archetypes;
        for (const auto& id : m["archetypes"])
            archetypes += (archetypes.empty() ? "" : " ") + id.get<std::string>();
        if (m["name"].is_string() && !text_of(m, "name").empty())
            names[text_of(m, "person")] = text_of(m, "name");
        members.add({text_of(m, "person"), text_of(m, "name"), words(text_of(m, "state")), archetypes,
                     text_of(m, "last_day"), text_of(m, "holds")});
    }
    members.print();
    std::cout << "\n";
    Table factors({"factor or group", "items", "covered", "by one alone", "runs out", "gap"});
    for (const auto& f : a["factors"]) {
        factors.add({text_of(f, f.contains("factor") ? "factor" : "group"), text_of(f, "items"),
                     text_of(f, "covered"), text_of(f, "single_holder"), text_of(f, "expiring"),
                     text_of(f, "gap")});
    }
    factors.print();
    std::cout << "\n";
    Table items({"requirement", "level", "state", "held by", "until", "soonest"});
    for (const auto& item : a["items"]) {
        if (!state.all && text_of(item, "state") == "covered") continue;
        items.add({text_of(item, "requirement"), text_of(item, "level"), words(text_of(item, "state")),
                   text_of(item, "held_by"), text_of(item, "covered_until"), soonest(item, names)});
    }
    if (!items.empty()) items.print();
    if (!state.all) std::cout << "What several hold for longer is left out; --all shows it.\n";
}

void withdraw_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("team.withdraw", params_of(state));
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    std::cout << "team " << state.id << " is out of force, as run " << (*answer)["run"]
              << " (take it back with: capbridge run revert " << (*answer)["run"] << ")\n";
}

}  // namespace

void add_team(CLI::App& team, Run& run) {
    auto state = std::make_shared<State>();
    const auto ahead = [&](CLI::App& command) {
        command.add_option("--as-of", state->as_of, "Day; default: today");
        command.add_option("--days", state->days,
                           "What runs out within so many days is told; default: the policy's amber window");
    };
    auto* list = team.add_subcommand("list", "Teams in force, and how much of what they need is covered");
    ahead(*list);
    list->callback([state, &run] { list_command(*state, run); });
    auto* show = team.add_subcommand(
        "show", "One team: who holds what, where one member alone does, gaps, and what closes them soonest");
    show->add_option("team", state->id, "Id of the team")->required();
    ahead(*show);
    show->add_flag("--all", state->all, "Also the items that several members hold");
    show->add_flag("--csv", state->csv, "Answer in CSV: a line for each item");
    show->callback([state, &run] { show_command(*state, run); });
    auto* withdraw = team.add_subcommand("withdraw", "Take a team out of force");
    withdraw->add_option("team", state->id, "Id of the team")->required();
    withdraw->callback([state, &run] { withdraw_command(*state, run); });
    for (auto* command : {list, show, withdraw}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
