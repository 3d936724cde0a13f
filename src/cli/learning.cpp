// capbridge learning list|triage, coverage, brief, mapping export|import
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
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
    std::string triage, text, pattern, relevance, why, as_of, known_at, list, unit, staff_group, job_role,
        archetype, team, deployment, by, format = "text", mapping, file, table, id, out;
    std::vector<std::string> activities;
    std::size_t limit = 50;
    bool dry_run = false, only_unit = false, csv = false, nothing_exists = false, match_titles = false;
};
using Shared = std::shared_ptr<State>;

void put(json& params, const char* name, const std::string& value) {
    if (!value.empty()) params[name] = value;
}

std::string in_words(std::string text) {
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

void list_command(const State& s, Run& run) {
    json params = {{"limit", s.limit}};
    put(params, "triage", s.triage);
    put(params, "text", s.text);
    Session session(s.options.data);
    const auto answer = session.run("learning.list", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    const auto& counts = (*answer)["counts"];
    std::cout << with_thousands(count_of(counts, "learning_items")) << " learning items are mapped ("
              << with_thousands(count_of(counts, "learning_items_never_seen")) << " never seen); "
              << with_thousands(count_of(counts, "not_yet_looked_at")) << " activities not yet looked at, "
              << with_thousands(count_of(counts, "relevant_not_mapped")) << " relevant and not mapped, "
              << with_thousands(count_of(counts, "irrelevant")) << " irrelevant\n\n";
    Table table({"people", "statements", "triage", "learning item", "title", "activity"});
    for (const auto& line : (*answer)["learning"]) {
        const auto& activities = line["activities"];
        auto activity = activities.empty() ? std::string("-") : text_of(activities[0], "id");
        if (activities.size() > 1) activity += " and " + std::to_string(activities.size() - 1) + " more";
        auto item = text_of(line, "learning_item");
        if (const auto same = line.find("same_title_as"); same != line.end() && !same->empty())
            item = "as " + text_of((*same)[0], "learning_item") + "?";
        table.add({with_thousands(count_of(line, "people")), with_thousands(count_of(line, "statements")),
                   in_words(text_of(line, "triage")), item, text_of(line, "title"), activity});
    }
    if (!table.empty()) table.print();
    if (count_of(*answer, "total") > (*answer)["learning"].size())
        std::cout << "\n" << with_thousands(count_of(*answer, "total")) << " in all (--limit)\n";
}

void triage_command(const State& s, Run& run) {
    json params = {{"relevance", s.relevance}, {"dry_run", s.dry_run}};
    if (!s.activities.empty()) params["activities"] = s.activities;
    put(params, "pattern", s.pattern);
    put(params, "why", s.why);
    Session session(s.options.data);
    const auto answer = session.run("learning.triage", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    const auto& counts = (*answer)["counts"];
    std::cout << with_thousands(count_of(counts, "fit")) << " activities fit; "
              << with_thousands(count_of(counts, "changed")) << (s.dry_run ? " would be " : " are now ")
              << (s.relevance == "none" ? "not yet looked at" : s.relevance) << ", "
              << with_thousands(count_of(counts, "same")) << " were so already\n";
    Table table({"people", "title", "activity"});
    for (const auto& c : (*answer)["changes"])
        table.add({with_thousands(count_of(c, "people")), text_of(c, "title"), text_of(c, "activity")});
    if (!table.empty()) table.print();
    if (count_of(counts, "mapped") > 0 && s.relevance == "irrelevant")
        std::cerr << with_thousands(count_of(counts, "mapped"))
                  << " of them are mapped, and go on counting: take them out of the mapping too\n";
    if (const auto number = text_of(*answer, "run"); number != "-")
        std::cout << "take it back: capbridge run revert " << number << "\n";
}

void print_figures(const char* title, const char* axis, const ordered_json& rows) {
    Table table({title, "items", "given", "by one only", "claimed above cap", "an assessor could",
                 "no learning", "no assessor", "nothing could"});
    for (const auto& row : rows) {
        if (count_of(row, "items") == 0) continue;
        const auto& lacking = row["not_given"];
        const auto number = [](const ordered_json& o, const char* member) {
            return with_thousands(count_of(o, member));
        };
        table.add({text_of(row, axis), number(row, "items"), number(row, "given"), number(row, "by_one_only"),
                   number(row, "claimed_above_cap"), number(lacking, "an_assessor_could"),
                   number(lacking, "no_learning"), number(lacking, "no_assessor_registered"),
                   number(lacking, "nothing_could")});
    }
    if (table.empty()) return;
    table.print();
    std::cout << "\n";
}

void coverage_command(const State& s, Run& run) {
    json params = json::object();
    put(params, "as_of", s.as_of);
    put(params, "known_at", s.known_at);
    put(params, "list", s.list);
    if (s.csv) params["format"] = "csv";
    Session session(s.options.data);
    const auto answer = session.run("coverage.show", params);
    if (!answer) return run.failed(answer.error());
    if (s.csv) {
        std::cout << (*answer)["csv"].get<std::string>();
        return;
    }
    if (s.options.json) return print_json(*answer);
    const auto& items = (*answer)["items"];
    std::cout << "Of " << with_thousands(count_of(items, "items")) << " requirements that count (as of "
              << text_of(*answer, "as_of") << ", policy " << text_of(*answer, "policy")
              << ") mapped learning gives " << of_total(count_of(items, "given"), count_of(items, "items"))
              << ".\n\n";
    print_figures("tier", "tier", (*answer)["by_tier"]);
    print_figures("archetype", "archetype", (*answer)["by_archetype"]);
    print_figures("factor", "factor", (*answer)["by_factor"]);
    print_figures("level", "level", (*answer)["by_level"]);
    print_figures("deployment", "deployment", (*answer)["deployments"]);
    for (const auto& r : (*answer)["requirements"]) {
        std::cout << text_of(r, "requirement");
        if (!r["context"].is_null()) std::cout << " in " << text_of(r, "context");
        std::cout << " (" << text_of(r, "level") << ", " << in_words(text_of(r, "state")) << ")\n";
        print_wrapped(text_of(r, "title"), 4);
        for (const auto& use : r["given_by"])
            std::cout << "    by " << text_of(use, "title") << " (" << text_of(use, "mapping") << ")\n";
        for (const auto& use : r["claimed_above_cap_by"])
            std::cout << "    above its cap: " << text_of(use, "title") << " (" << text_of(use, "mapping")
                      << ")\n";
    }
}

json scope_of(const State& s) {
    json params = json::object();
    put(params, "as_of", s.as_of);
    put(params, "known_at", s.known_at);
    put(params, "unit", s.unit);
    put(params, "staff_group", s.staff_group);
    put(params, "job_role", s.job_role);
    put(params, "archetype", s.archetype);
    put(params, "team", s.team);
    put(params, "deployment", s.deployment);
    if (s.only_unit) params["descendants"] = false;
    return params;
}

void brief_command(const State& s, Run& run) {
    auto params = scope_of(s);
    put(params, "by", s.by);
    params["limit"] = s.limit;
    params["nothing_exists"] = s.nothing_exists;
    const bool as_text = !s.options.json;
    if (as_text) params["format"] = s.csv ? "csv" : "markdown";
    Session session(s.options.data);
    const auto answer = session.run("brief.show", params);
    if (!answer) return run.failed(answer.error());
    if (!as_text) return print_json(*answer);
    std::cout << (*answer)[s.csv ? "csv" : "markdown"].get<std::string>();
}

void export_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("mapping.export", {{"mapping", s.mapping}});
    if (!answer) return run.failed(answer.error());
    const auto text = (*answer)["pack"].dump(2) + "\n";
    if (s.out.empty()) {
        std::cout << text;
        return;
    }
    std::ofstream file(s.out, std::ios::binary);
    if (!(file << text) || !file.flush())
        return run.failed({"unwritable", "cannot write the file", s.out, 0}, 1);
    std::cout << "wrote " << s.out << "\n";
}

void print_import(const ordered_json& answer, bool dry_run) {
    std::cout << "mapping " << text_of(answer, "id") << " " << text_of(answer, "version") << " of "
              << text_of(answer["origin"], "organisation") << ": "
              << of_total(count_of(answer["learning_items"], "matched"),
                          count_of(answer["learning_items"], "all"))
              << " learning items have an activity here, "
              << of_total(count_of(answer["mappings"], "kept"), count_of(answer["mappings"], "all"))
              << " mappings stay\n";
    Table left({"left out", "mappings", "title"});
    for (const auto& item : answer["left_out"])
        left.add({text_of(item, "learning_item"), text_of(item, "mappings"), text_of(item, "title")});
    if (!left.empty()) left.print();
    for (const auto& row : answer["unused_rows"])
        std::cout << "line " << text_of(row, "line")
                  << " of the table names no learning item of the pack: " << text_of(row, "learning_item")
                  << "\n";
    for (const auto& iri : answer["not_seen"])
        std::cout << "nothing was ever seen of " << iri.get<std::string>() << "\n";
    if (dry_run) {
        std::cout << "nothing was written (--dry-run)\n";
    } else {
        std::cout << (answer.value("changed", false) ? "it is in force\n" : "it was in force already\n");
    }
}

void import_command(const State& s, Run& run) {
    const auto text = read_input(s.file);
    if (!text) return run.failed(text.error());
    json params = {
        {"text", *text}, {"name", s.file}, {"match_titles", s.match_titles}, {"dry_run", s.dry_run}};
    put(params, "id", s.id);
    if (!s.table.empty()) {
        const auto table = read_input(s.table);
        if (!table) return run.failed(table.error());
        params["table"] = *table;
    }
    Session session(s.options.data);
    const auto answer = session.run("mapping.import", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_import(*answer, s.dry_run);
}

template <class Command>
void on(CLI::App& command, const Shared& state, Run& run, Command work) {
    add_data_option(command, state->options);
    add_json_option(command, state->options);
    command.callback([state, &run, work] { work(*state, run); });
}

void add_packs(CLI::App& mapping, const Shared& s, Run& run) {
    auto* out = mapping.add_subcommand("export", "A mapping in force as a pack for another organisation");
    out->add_option("mapping", s->mapping, "Its id (capbridge mapping list)")->required();
    out->add_option("--out,-o", s->out, "File; standard output if left out");
    on(*out, s, run, export_command);
    auto* in = mapping.add_subcommand(
        "import", "Put a pack of another organisation in force, under the activity ids of this one");
    in->add_option("file", s->file, "Pack")->required();
    in->add_option("--table", s->table,
                   "CSV with the columns learning_item (its id, title or code in the pack) and activity (its "
                   "id here)");
    in->add_flag("--match-titles", s->match_titles, "Activities here with the very title of an item are it");
    in->add_option("--id", s->id, "Id of the mapping here; as in the pack if left out");
    in->add_flag("--dry-run", s->dry_run, "Only show what would match, and what nothing");
    on(*in, s, run, import_command);
}

void add_scope(CLI::App& command, State& s) {
    command.add_option("--unit", s.unit, "People of this unit and all below it");
    command.add_flag("--only-unit", s.only_unit, "Without the units below it");
    command.add_option("--staff-group", s.staff_group, "People of this staff group");
    command.add_option("--job-role", s.job_role, "People in this job role");
    command.add_option("--archetype", s.archetype, "People confirmed for this archetype");
    command.add_option("--team", s.team, "Members of this team");
    command.add_option("--deployment", s.deployment, "People who work with this deployment");
    command.add_option("--as-of", s.as_of, "Day, YYYY-MM-DD; today if left out");
    command.add_option("--known-at", s.known_at,
                       "By what was known then: a day, an instant, or the number of a journal entry");
}

}  // namespace

void add_learning(CLI::App& root, Run& run) {
    auto* learning = root.add_subcommand("learning", "What learning there is, and whether it matters here");
    learning->require_subcommand(1);
    const auto list_state = std::make_shared<State>();
    auto* list = learning->add_subcommand(
        "list", "Learning items and activities seen, those that most people took first");
    list->add_option("--triage", list_state->triage, "relevant, irrelevant or not_yet (not yet looked at)");
    list->add_option("--text", list_state->text, "Part of a title, an item or an activity id");
    list->add_option("--limit", list_state->limit, "Lines")->capture_default_str();
    on(*list, list_state, run, list_command);

    const auto triage_state = std::make_shared<State>();
    auto* triage = learning->add_subcommand("triage", "Say whether activities matter here");
    triage->add_option("relevance", triage_state->relevance, "relevant, irrelevant, or none to take it back")
        ->required();
    triage->add_option("activities", triage_state->activities, "Activity ids");
    triage->add_option("--pattern", triage_state->pattern,
                       "All whose id or title fits, * for any characters: '*/fire-*'");
    triage->add_option("--why", triage_state->why, "Reason (needed of irrelevant)");
    triage->add_flag("--dry-run", triage_state->dry_run, "Only show what would change");
    on(*triage, triage_state, run, triage_command);

    const auto coverage_state = std::make_shared<State>();
    auto* coverage = root.add_subcommand("coverage", "Which requirements today's mapped learning can give");
    coverage->add_option("--as-of", coverage_state->as_of, "Day, YYYY-MM-DD; today if left out");
    coverage->add_option("--known-at", coverage_state->known_at,
                         "By what was known then: a day, an instant, or the number of a journal entry");
    coverage->add_option("--list", coverage_state->list,
                         "Requirements one by one: not_given, by_one_only, above_cap or all");
    coverage->add_flag("--csv", coverage_state->csv, "A line for each listed requirement (all if not said)");
    on(*coverage, coverage_state, run, coverage_command);

    const auto brief_state = std::make_shared<State>();
    brief_state->limit = 200;
    auto* brief = root.add_subcommand(
        "brief", "What is asked and lacking, for how many, by when: a text to commission learning by");
    add_scope(*brief, *brief_state);
    brief->add_option("--by", brief_state->by,
                      "Look ahead to this day, YYYY-MM-DD; the policy's amber window if left out");
    brief->add_flag("--nothing-exists", brief_state->nothing_exists, "Only what no mapped learning gives");
    brief->add_option("--limit", brief_state->limit, "Lines")->capture_default_str();
    brief->add_flag("--csv", brief_state->csv, "CSV instead of Markdown");
    on(*brief, brief_state, run, brief_command);

    if (auto* mapping = root.get_subcommand("mapping")) add_packs(*mapping, std::make_shared<State>(), run);
}

}  // namespace capbridge::cli
