// capbridge matrix, person, record, explain
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/sync.hpp"
#include "core/competency/answers.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string as_of, known_at, rules, unit, staff_group, job_role, archetype, factor, person, requirement,
        context, group, team, deployment;
    bool csv = false, only_unit = false;
};

json scope_of(const State& s) {
    json params = json::object();
    const auto put = [&](const char* name, const std::string& value) {
        if (!value.empty()) params[name] = value;
    };
    put("as_of", s.as_of);
    put("known_at", s.known_at);
    put("rules", s.rules);
    put("unit", s.unit);
    put("staff_group", s.staff_group);
    put("job_role", s.job_role);
    put("archetype", s.archetype);
    put("team", s.team);
    put("deployment", s.deployment);
    if (s.only_unit) params["descendants"] = false;
    return params;
}

json about(const State& s) {
    auto params = scope_of(s);
    params["person"] = s.person;
    return params;
}

// "35 % !": the share of what is asked that is met, and the cell's status; "-" where nothing is asked.
std::string met_share(const ordered_json& cell) {
    if (!cell.value("applicable", true)) return "";
    std::size_t required = 0, met = 0;
    for (const auto& [kind, split] : cell["kind_split"].items()) {
        required += count_of(split, "required");
        met += count_of(split, "met");
    }
    if (required == 0) return "-";
    const auto status = text_of(cell, "status");
    return std::to_string(met * 100 / required) + " % " +
           (status == "green"   ? "+"
            : status == "amber" ? "~"
                                : "!");
}

// People, items and teams are three ways to look at the same cells.
void print_teams(const ordered_json& m) {
    if (count_of(m, "teams") == 0) return;
    std::cout << "\nTeams in scope: " << with_thousands(count_of(m, "teams"))
              << ". Items that a team needs, and a team covers with enough members:";
    const char* before = " ";
    for (const auto& row : m["rows"]) {
        if (count_of(row, "teams") == 0) continue;
        std::size_t covered = 0, total = 0;
        for (const auto& cell : row["cells"]) {
            if (cell["items_covered_by_teams"].is_null()) continue;
            covered += count_of(cell, "items_covered_by_teams");
            total += count_of(cell, "items_needed_by_teams");
        }
        std::cout << before << text_of(row, "archetype") << " " << covered << " of " << total;
        before = ", ";
    }
    std::cout << "; capbridge team show ID tells of one\n";
}

// Advanced items before the foundation is complete count, and are marked.
void print_ahead(const ordered_json& m) {
    const char* before = "\nAhead of their foundation: ";
    for (const auto& row : m["rows"]) {
        const auto ahead = count_of(row["foundation"], "people_ahead");
        if (ahead == 0) continue;
        std::cout << before << with_thousands(ahead) << " of " << with_thousands(count_of(row, "people"))
                  << " " << text_of(row, "archetype");
        before = ", ";
    }
    if (*before == ',') std::cout << "\n";
}

void print_matrix(const ordered_json& m) {
    std::cout << text_of(m["scope"], "organisation") << ", as of " << text_of(m, "as_of") << " ("
              << text_of(m["framework"], "id") << " " << text_of(m["framework"], "version") << ")\n";
    std::cout << with_thousands(count_of(m, "people")) << " people; "
              << with_thousands(count_of(m, "unassigned")) << " without a confirmed archetype, "
              << with_thousands(count_of(m, "proposed")) << " with proposals only\n\n";
    std::cout << "Each figure is the share of (person x requirement) cases that are met. Its mark: + all "
                 "that is asked is held "
                 "(in a role: by somebody), ~ at least half, or something runs out soon, ! less than half. "
                 "Blank: does not "
                 "apply.\n\n";
    std::vector<std::string> header{"factor"};
    std::vector<std::string> people{"people"};
    for (const auto& row : m["rows"]) {
        header.push_back(text_of(row, "archetype"));
        people.push_back(with_thousands(count_of(row, "people")));
    }
    header.emplace_back("everyone (foundation)");
    people.push_back(with_thousands(count_of(m["foundation"], "people")));
    Table table(header);
    table.add(people);
    if (m["rows"].empty()) return;
    for (std::size_t f = 0; f < m["rows"][0]["cells"].size(); ++f) {
        const auto factor = text_of(m["rows"][0]["cells"][f], "factor");
        std::vector<std::string> line{factor};
        for (const auto& row : m["rows"]) line.push_back(met_share(row["cells"][f]));
        std::string foundation;
        for (const auto& cell : m["foundation"]["cells"]) {
            if (text_of(cell, "factor") == factor) foundation = met_share(cell);
        }
        line.push_back(foundation);
        table.add(std::move(line));
    }
    table.print();
    print_ahead(m);
    print_teams(m);
    for (const auto& product : m["products"]) {
        std::cout << "\n"
                  << text_of(product, "product") << " " << text_of(product, "version") << " in "
                  << text_of(product, "unit") << ", " << with_thousands(count_of(product, "people"))
                  << " users:";
        for (std::size_t i = 0; i < product["cells"].size(); ++i) {
            const auto& cell = product["cells"][i];
            std::cout << (i > 0 ? ", " : " ") << text_of(cell, "group") << " " << met_share(cell);
        }
        std::cout << "\n";
    }
    std::cout << "\nWhy a cell is what it is: capbridge explain --archetype A --factor F (without "
                 "--archetype: the foundation), or "
                 "--context DEPLOYMENT --group G for a product\n";
}

void matrix_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("matrix", scope_of(state));
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    if (state.csv) {
        std::cout << competency::matrix_csv(*answer);
        return;
    }
    print_matrix(*answer);
}

void person_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("person", about(state));
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    std::cout << text_of(*answer, "name") << " (" << text_of(*answer, "id") << ")\n";
    for (const auto& e : (*answer)["employments"]) {
        std::cout << "  " << text_of(e, "job_role") << ", " << text_of(e, "unit") << ", "
                  << text_of(e, "staff_group") << ", " << text_of(e, "from") << " to "
                  << text_of(e, "to", "now") << "\n";
    }
    for (const auto& a : (*answer)["archetypes"])
        std::cout << "  archetype " << text_of(a, "archetype") << ": " << text_of(a, "state") << " ("
                  << text_of(a, "origin") << ")\n";
}

// A self-assessment stands beside and never counts.
bool says_of_themselves(const ordered_json& item) {
    for (const auto& e : item.value("evidence", ordered_json::array())) {
        if (text_of(e, "kind") == "self") return true;
    }
    return false;
}

// The last who counts: role, method and document.
std::string vouched_by(const ordered_json& item) {
    std::string out;
    for (const auto& e : item.value("evidence", ordered_json::array())) {
        if (!e.contains("assessor") || !e.value("counts", false)) continue;
        out = text_of(e, "assessor_title", text_of(e, "assessor"));
        for (const char* more : {"method", "document"}) {
            if (const auto text = text_of(e, more, ""); !text.empty()) out += ", " + text;
        }
    }
    return out;
}

void print_items(const ordered_json& part, Table& table, const std::string& where) {
    for (const auto& item : part.value("items", ordered_json::array())) {
        const auto overriding = text_of(item, "override");
        table.add({where, text_of(item, "requirement"), text_of(item, "level"), text_of(item, "attainment"),
                   overriding == "none" ? text_of(item, "demand") : overriding, text_of(item, "reason"),
                   text_of(item, "valid_to"), vouched_by(item), says_of_themselves(item) ? "yes" : ""});
    }
}

void record_command(const State& state, Run& run) {
    auto params = scope_of(state);
    params["person"] = state.person;
    Session session(state.options.data);
    const auto answer = session.run("record", params);
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    const auto& r = *answer;
    std::cout << "person "
              << (r["person"].is_object()
                      ? text_of(r["person"], "name") + " (" + text_of(r["person"], "id") + ")"
                      : text_of(r, "person"))
              << ", as of " << text_of(r, "as_of") << "\n";
    std::cout << "foundation: "
              << of_total(count_of(r["foundation"], "met"), count_of(r["foundation"], "required"))
              << " requirements met\n\n";
    Table table({"for", "requirement", "level", "attainment", "demand", "reason", "valid to",
                 "vouched for by", "says so"});
    for (const auto& factor : r["factors"]) {
        const auto archetype =
            text_of(factor, "archetype", "foundation") +
            (factor.value("ahead_of_foundation", false) ? " (ahead of the foundation)" : "");
        print_items(factor, table, archetype + ": " + text_of(factor, "factor"));
    }
    for (const auto& product : r.value("products", ordered_json::array())) {
        for (const auto& group : product.value("groups", ordered_json::array()))
            print_items(group, table, text_of(product, "product") + ": " + text_of(group, "group"));
    }
    if (const auto held = r.value("held", ordered_json::array()); !held.empty()) {
        print_items({{"items", held}}, table, "held, not asked");
    }
    table.print();
}

void print_explanation(const ordered_json& e) {
    std::cout << "verdict: " << text_of(e, "verdict") << " (" << text_of(e, "reason") << ")\n";
    for (const auto& step : e["steps"]) print_wrapped("- " + text_of(step, "says"), 2);
    if (e["missing"].empty()) return;
    std::cout << "missing:\n";
    for (const auto& missing : e["missing"]) {
        std::string by;
        for (const auto& item : missing["would_be_given_by"]) {
            by += (by.empty() ? "" : "; ") +
                  (item.is_object() ? text_of(item, "title") : item.get<std::string>());
        }
        auto needs = text_of(missing, "needs");
        while (needs.ends_with('.')) needs.pop_back();
        print_wrapped("- " + needs + (by.empty() ? "." : "; would be given by: " + by + "."), 2);
    }
}

void explain_command(const State& state, Run& run) {
    auto params = scope_of(state);
    const bool person = !state.person.empty(), product = !person && !state.group.empty();
    if (person + product + !state.factor.empty() != 1 || person == state.requirement.empty()) {
        return run.failed({"bad_parameter",
                           "give --person with --requirement, or --factor (and --archetype; without one: the "
                           "foundation), or "
                           "--context with --group for a product's cell",
                           {},
                           0});
    }
    const auto put = [&](const char* name, const std::string& value) {
        if (!value.empty()) params[name] = value;
    };
    put("person", state.person);
    put("requirement", state.requirement);
    put("context", state.context);
    put("group", state.group);
    put("factor", state.factor);
    Session session(state.options.data);
    const auto answer = session.run("explain", params);
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    print_explanation(*answer);
}

}  // namespace

void add_questions(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    const auto time = [&](CLI::App& command) {
        command.add_option("--as-of,--valid-at", state->as_of,
                           "What held on a day, e.g. 2026-03-31; default: today");
        command.add_option("--known-at", state->known_at,
                           "By what was known then: a day, an instant, or the number of a journal entry");
        command
            .add_option("--rules", state->rules, "With --known-at: by the rules of then (default) or of now")
            ->check(CLI::IsMember({"then", "now"}));
    };
    const auto scope = [&](CLI::App& command) {
        time(command);
        command.add_option("--unit", state->unit, "Only people of this unit, or below it");
        command.add_option("--staff-group", state->staff_group, "Only people of this staff group");
        command.add_option("--job-role", state->job_role, "Only people of this job role");
        command.add_option("--team", state->team, "Only members of this team");
        command.add_option("--deployment", state->deployment, "Only people who work with this deployment");
        command.add_flag("--only-unit", state->only_unit, "Without the units below --unit");
    };
    auto* matrix = root.add_subcommand("matrix", "Who is competent in what: archetypes by factors");
    scope(*matrix);
    matrix->add_option("--archetype", state->archetype, "Only people who hold this archetype");
    matrix->add_flag("--csv", state->csv, "Answer in CSV");
    matrix->callback([state, &run] { matrix_command(*state, run); });
    auto* person = root.add_subcommand("person", "One person: employments and archetypes");
    person->add_option("person", state->person, "uuid, SCHEME:ISSUER:VALUE, or a whole name or number");
    person->callback([state, person, &run] {
        if (!person->get_subcommands().empty()) return;  // export, erase
        if (state->person.empty())
            return run.failed(
                {"bad_parameter", "say who: a uuid, SCHEME:ISSUER:VALUE, or a whole name", {}, 0});
        person_command(*state, run);
    });
    auto* record = root.add_subcommand("record", "One person's record, requirement by requirement");
    record->add_option("person", state->person, "uuid, SCHEME:ISSUER:VALUE, or a whole name or number")
        ->required();
    time(*record);
    time(*person);
    record->callback([state, &run] { record_command(*state, run); });
    auto* explain =
        root.add_subcommand("explain", "Why: of one person and requirement, or of a cell of the matrix");
    scope(*explain);
    explain->add_option("--person", state->person, "uuid, SCHEME:ISSUER:VALUE, or a whole name or number");
    explain->add_option("--requirement", state->requirement, "Requirement id");
    explain->add_option("--context", state->context, "Deployment id, for product-specific requirements");
    explain->add_option("--group", state->group, "Group of a product's cell");
    explain->add_option("--archetype", state->archetype,
                        "Archetype of the cell; without one: the foundation, which is asked of everyone");
    explain->add_option("--factor", state->factor, "Factor of the cell");
    explain->callback([state, &run] { explain_command(*state, run); });
    for (auto* command : {matrix, person, record, explain}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
