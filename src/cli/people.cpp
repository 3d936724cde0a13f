// capbridge people import|list, assign propose|import|confirm|reject|status
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/people_identity.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string file, issuer, by, text, unit, staff_group, job_role, archetype, person, team, deployment,
        rule;
    bool all = false, unassigned = false, dry_run = false, only_unit = false;
    std::size_t limit = 50, offset = 0;
};

void print_counts(const ordered_json& answer) {
    const auto counts = answer.value("counts", ordered_json::object());
    for (const auto& [name, count] : counts.items()) {
        std::string label = name;
        std::replace(label.begin(), label.end(), '_', ' ');
        std::cout << "  " << label << ": " << with_thousands(count.get<std::size_t>()) << '\n';
    }
    if (answer.contains("run"))
        std::cout << "  as run " << answer["run"] << " (take it back with: capbridge run revert "
                  << answer["run"] << ")\n";
}

void print_states(const ordered_json& answer) {
    if (!answer.contains("states")) return;
    const auto& s = answer["states"];
    std::cout << "  now: " << with_thousands(count_of(s, "confirmed")) << " confirmed, "
              << with_thousands(count_of(s, "proposed")) << " proposed, "
              << with_thousands(count_of(s, "rejected")) << " rejected; "
              << with_thousands(count_of(s, "people_unassigned"))
              << " people without a confirmed archetype\n";
}

void print_exceptions(const ordered_json& answer, const std::string& file) {
    const auto exceptions = answer.value("exceptions", ordered_json::array());
    for (const auto& e : exceptions)
        std::cerr << file << ":" << e["line"] << ":"
                  << (e.contains("column") ? text_of(e, "column") + ":" : "") << " " << text_of(e, "message")
                  << " [" << text_of(e, "code") << "]\n";
    const auto all = count_of(answer.value("counts", ordered_json::object()), "exceptions");
    if (all > exceptions.size())
        std::cerr << "... and " << with_thousands(all - exceptions.size()) << " more\n";
}

// What a change does, or would do, per unit and archetype.
void print_places(const ordered_json& answer) {
    if (!answer.contains("places") || answer["places"]["list"].empty()) return;
    const auto& places = answer["places"]["list"];
    std::vector<std::string> header;
    for (const auto& [name, value] : places.front().items()) header.push_back(name);
    Table table(header);
    for (const auto& place : places) {
        std::vector<std::string> row;
        for (const auto& [name, value] : place.items())
            row.push_back(value.is_number() ? with_thousands(value.get<std::size_t>())
                                            : text_of(place, name));
        table.add(std::move(row));
    }
    table.print();
    if (const auto total = count_of(answer["places"], "total"); total > places.size())
        std::cout << "... and " << with_thousands(total - places.size()) << " more places\n";
}

void show(const State& state, const Result<ordered_json>& done, const std::string& headline, Run& run) {
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    std::cout << headline << '\n';
    print_counts(*done);
    print_places(*done);
    print_states(*done);
    if (done->value("dry_run", false)) std::cout << "  a dry run: nothing was written\n";
    print_exceptions(*done, state.file);
}

void import_command(const State& state, const std::string& operation, const std::string& headline, Run& run) {
    const auto csv = read_input(state.file);
    if (!csv) return run.failed(csv.error());
    json params{{"csv", *csv}, {"issuer", state.issuer}, {"name", state.file}};
    if (!state.by.empty()) params["by"] = state.by;
    Session session(state.options.data);
    show(state, session.run(operation, params), headline + state.file, run);
}

void propose_command(const State& state, Run& run) {
    const auto rules = read_input(state.file);
    if (!rules) return run.failed(rules.error());
    Session session(state.options.data);
    show(state,
         session.run("assign.propose", {{"rules", *rules}, {"name", state.file}, {"dry_run", state.dry_run}}),
         "archetypes proposed by " + state.file, run);
}

void decide_command(const State& state, const std::string& decision, Run& run) {
    json params{{"state", decision},
                {"all", state.all},
                {"archetype", state.archetype},
                {"unit", state.unit},
                {"descendants", !state.only_unit},
                {"staff_group", state.staff_group},
                {"job_role", state.job_role},
                {"team", state.team},
                {"deployment", state.deployment},
                {"rule", state.rule},
                {"person", state.person},
                {"dry_run", state.dry_run}};
    if (!state.by.empty()) params["by"] = state.by;
    Session session(state.options.data);
    show(state, session.run("assign.decide", params), "proposals " + decision, run);
}

void status_command(const State& state, Run& run) {
    Session session(state.options.data);
    show(state, session.run("assign.status", json::object()), "archetype assignments", run);
}

void list_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("people.list", {{"text", state.text},
                                                    {"unit", state.unit},
                                                    {"staff_group", state.staff_group},
                                                    {"job_role", state.job_role},
                                                    {"archetype", state.archetype},
                                                    {"unassigned", state.unassigned},
                                                    {"limit", state.limit},
                                                    {"offset", state.offset}});
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"id", "name", "unit", "job role", "archetypes (? = proposed)"});
    for (const auto& p : (*answer)["people"]) {
        std::string archetypes;
        for (const auto& a : p["archetypes"]) {
            if (text_of(a, "state") == "rejected") continue;
            archetypes += (archetypes.empty() ? "" : " ") + text_of(a, "archetype") +
                          (text_of(a, "state") == "proposed" ? "?" : "");
        }
        const auto employments = p["employments"];
        const auto last = employments.empty() ? ordered_json::object() : employments.back();
        table.add({text_of(p, "id"), text_of(p, "name"), text_of(last, "unit"), text_of(last, "job_role"),
                   archetypes});
    }
    table.print();
    std::cout << with_thousands((*answer)["people"].size()) << " of "
              << with_thousands(count_of(*answer, "total")) << " people\n";
}

}  // namespace

void add_people(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* people = root.add_subcommand("people", "People: import, look up, and who is who");
    people->require_subcommand(1);
    add_people_identity(*people, run);
    auto* import =
        people->add_subcommand("import", "Import people from CSV; the same file again changes nothing");
    import
        ->add_option(
            "file", state->file,
            "CSV: employee_number, name, email, other_ids, unit, staff_group, job_role, position, from, to")
        ->required();
    import
        ->add_option("--issuer", state->issuer,
                     "Who gives out the employee numbers, e.g. the trust's short name")
        ->required();
    import->callback([state, &run] { import_command(*state, "people.import", "people of ", run);
});
auto* list = people->add_subcommand("list", "Find people");
list->add_option("text", state->text, "Part of a name or identifier");
list->add_option("--unit", state->unit, "Unit");
list->add_option("--staff-group", state->staff_group, "Staff group");
list->add_option("--job-role", state->job_role, "Job role");
list->add_option("--archetype", state->archetype, "Confirmed archetype");
list->add_flag("--unassigned", state->unassigned, "Only people without a confirmed archetype");
list->add_option("--limit", state->limit, "At most so many")->capture_default_str();
list->add_option("--offset", state->offset, "Leave out the first so many");
list->callback([state, &run] { list_command(*state, run); });

auto* assign = root.add_subcommand("assign", "Archetypes of people: rules propose, people confirm");
assign->require_subcommand(1);
auto* propose = assign->add_subcommand(
    "propose", "Propose archetypes by rules over unit, staff group, job role, position, team, deployment");
propose->add_option("--rules", state->file, "Rule file")->required();
propose->add_flag("--dry-run", state->dry_run,
                  "Only tell who would be newly proposed and who no longer, per unit and archetype");
propose->callback([state, &run] { propose_command(*state, run); });
auto* assign_import = assign->add_subcommand(
    "import", "Import decisions from CSV: employee_number, archetype, state, from, to");
assign_import->add_option("file", state->file, "CSV file")->required();
assign_import->add_option("--issuer", state->issuer, "Who gives out the employee numbers")->required();
assign_import->callback([state, &run] { import_command(*state, "assign.import", "assignments of ", run); });
auto* status = assign->add_subcommand("status", "How many are proposed, confirmed, rejected, unassigned");
status->callback([state, &run] { status_command(*state, run); });
std::vector<CLI::App*> with_data{import, list, propose, assign_import, status};
for (const std::string decision : {"confirm", "reject"}) {
    auto* decide =
        assign->add_subcommand(decision, decision == "confirm" ? "Confirm proposals" : "Reject proposals");
    decide->add_flag("--all", state->all, "All proposals");
    decide->add_option("--archetype", state->archetype, "Only proposals of this archetype");
    decide->add_option("--unit", state->unit, "Only of people now in this unit, or below it");
    decide->add_flag("--only-unit", state->only_unit, "Without the units below --unit");
    decide->add_option("--staff-group", state->staff_group, "Only of people now in this staff group");
    decide->add_option("--job-role", state->job_role, "Only of people now in this job role");
    decide->add_option("--team", state->team, "Only of members of this team");
    decide->add_option("--deployment", state->deployment, "Only of people who work with this deployment");
    decide->add_option("--rule", state->rule, "Only what this rule proposed: SET, or SET/RULE");
    decide->add_flag("--dry-run", state->dry_run, "Only tell how many, per unit and archetype");
    decide->add_option("--person", state->person, "Only of this person (uuid)");
    decide->callback([state, decision, &run] {
        decide_command(*state, decision == "confirm" ? "confirmed" : "rejected", run);
    });
    decide->add_option("--by", state->by, "Who decided (a role or user name; default: you)");
    with_data.push_back(decide);
}
assign_import->add_option("--by", state->by, "Who decided (a role or user name; default: you)");
for (auto* command : with_data) {
    add_data_option(*command, state->options);
    add_json_option(*command, state->options);
}
}  // namespace capbridge::cli

}  // namespace capbridge::cli
