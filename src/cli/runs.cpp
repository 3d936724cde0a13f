// capbridge run list|show|revert
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
    std::int64_t id = 0;
    std::size_t limit = 20;
    std::string source;
    bool dry_run = false;
};

std::string counts_line(const ordered_json& run) {
    std::string out;
    const auto counts = run.value("counts", ordered_json::object());
    for (const auto& [name, count] : counts.items()) {
        if (count.is_number() && count.get<std::int64_t>() != 0)
            out += (out.empty() ? "" : ", ") + count.dump() + " " + name;
    }
    return out;
}

void list_command(const State& state, Run& run) {
    Session session(state.options.data);
    json params{{"limit", state.limit}};
    if (!state.source.empty()) params["source"] = state.source;
    const auto answer = session.run("run.list", params);
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"run", "began", "outcome", "what", "counts"});
    for (const auto& r : (*answer)["runs"])
        table.add(
            {r["id"].dump(), text_of(r, "began"), text_of(r, "outcome"), text_of(r, "what"), counts_line(r)});
    table.print();
}

void show_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto r = session.run("run.show", {{"run", state.id}});
    if (!r) return run.failed(r.error());
    if (state.options.json) return print_json(*r);
    std::cout << "run " << state.id << ": " << text_of(*r, "what")
              << "\n  outcome: " << text_of(*r, "outcome") << "\n  by: " << text_of(*r, "who")
              << "\n  began: " << text_of(*r, "began") << "\n  ended: " << text_of(*r, "ended")
              << "\n  counts: " << counts_line(*r)
              << "\n  journal: " << with_thousands(count_of(*r, "statements")) << " statements, "
              << with_thousands(count_of(*r, "decisions")) << " decisions\n";
    if ((*r)["adapter"].is_object()) {
        const auto& a = (*r)["adapter"];
        std::cout << "  adapter: " << text_of(a, "id") << " " << text_of(a, "version") << " (sha256 "
                  << text_of(a, "sha256") << ")\n";
    }
    if (!(*r)["error"].is_null()) std::cout << "  error: " << text_of(*r, "error") << "\n";
    if (!(*r)["reverted_by"].is_null()) std::cout << "  taken back by run " << (*r)["reverted_by"] << "\n";
    for (const auto& [code, count] : (*r)["reasons"].items())
        std::cout << "  " << with_thousands(count.get<std::size_t>()) << " rejected as " << code << "\n";
    for (const auto& rejected : (*r)["rejected"])
        std::cout << "  rejected: " << text_of(rejected, "where") << ": " << text_of(rejected, "message")
                  << " [" << text_of(rejected, "code") << "]\n";
    for (const auto& one : (*r)["left_out"])
        std::cout << "  left out of a record that was taken: " << text_of(one, "message") << " ("
                  << text_of(one, "where") << ")\n";
}

std::string kept_words(const ordered_json& facts) {
    const auto kept = count_of(facts, "kept");
    return kept == 0 ? "" : ", " + with_thousands(kept) + " stay, for a later run has revised them";
}

// Whose records changed, where, and how: the part that an education lead reads.
void print_effects(const ordered_json& answer, bool dry_run) {
    const auto* would = dry_run ? "would change" : "changed";
    const auto& changed = answer["people_changed"];
    if (changed.is_null()) {
        std::cout
            << "  people whose records " << would
            << ": perhaps anybody's, for rules or a directory's withdrawals are taken back, or very many "
               "people are touched\n";
        return;
    }
    std::cout << "  people touched: " << with_thousands(count_of(answer, "people_touched"))
              << ", whose records " << would << ": " << with_thousands(changed.get<std::size_t>()) << "\n";
    const auto& effects = answer["effects"];
    if (!effects.is_object()) return;
    const auto& items = effects["items"];
    std::cout << "  items (person x requirement): " << with_thousands(count_of(items, "lost"))
              << (dry_run ? " would no longer be met, " : " are no longer met, ")
              << with_thousands(count_of(items, "gained")) << (dry_run ? " would be met" : " are met")
              << " again\n";
    for (const auto& state : effects["states"])
        std::cout << "    " << with_thousands(count_of(state, "items")) << " from " << text_of(state, "from")
                  << (dry_run ? " would go to " : " back to ") << text_of(state, "to") << "\n";
    if (const auto gone = count_of(effects, "gone"); gone > 0)
        std::cout << "  people that the run had brought and who are not there any more: "
                  << with_thousands(gone) << "\n";
    constexpr std::size_t most_units = 30;
    std::size_t left = most_units + 1;
    Table table({"unit", "people", "items lost", "items back", "gaps opened", "gaps closed"});
    for (const auto& unit : effects["by_unit"]) {
        if (--left == 0) break;
        const auto name = text_of(unit, "unit", "");
        const auto number = [&](const char* member) { return with_thousands(count_of(unit, member)); };
        table.add({name.empty() ? "(none)" : name, number("people"), number("lost"), number("gained"),
                   number("gaps_opened"), number("gaps_closed")});
    }
    if (table.empty()) return;
    std::cout << "\n";
    table.print();
    if (effects["by_unit"].size() > most_units)
        std::cout << "  and " << effects["by_unit"].size() - most_units
                  << " more units (--json has them all)\n";
}

void print_preview(const State& state, const ordered_json& preview) {
    std::cout << "taking back run " << state.id << " (dry run, nothing is changed) would do this:\n";
    for (const auto& [kind, facts] : preview["facts"].items())
        std::cout << "  " << kind << ": " << with_thousands(count_of(facts, "withdrawn")) << " withdrawn, "
                  << with_thousands(count_of(facts, "restored")) << " as they were before"
                  << kept_words(facts) << "\n";
    for (const auto& [kind, count] : preview["decisions"].items())
        std::cout << "  decisions of kind " << kind << ": " << count << " taken back\n";
    std::cout << "  statements voided: " << with_thousands(count_of(preview, "statements_voided")) << "\n";
    print_effects(preview, true);
    if (const auto kept = count_of(preview, "decisions_kept"); kept > 0)
        std::cout << "  decisions that stay, a later run has made others: " << with_thousands(kept) << "\n";
    if (const auto kept = count_of(preview, "catalogue_kept"); kept > 0)
        std::cout << "  courses and competencies: " << with_thousands(kept)
                  << " stay as they are; the catalogue has no history, and the next sync tells them anew\n";
}

void revert_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done = session.run("run.revert", {{"run", state.id}, {"dry_run", state.dry_run}});
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    if (state.dry_run) return print_preview(state, *done);
    const auto& c = (*done)["counts"];
    std::cout << "run " << state.id << " is taken back by run " << (*done)["run"] << ":\n";
    for (const auto& [kind, facts] : (*done)["facts"].items())
        std::cout << "  " << kind << ": " << with_thousands(count_of(facts, "withdrawn")) << " withdrawn, "
                  << with_thousands(count_of(facts, "restored")) << " as they were before"
                  << kept_words(facts) << "\n";
    std::cout << "  statements voided: " << with_thousands(count_of(c, "voided"))
              << "; decisions taken back: " << with_thousands(count_of(c, "decisions_taken_back")) << "\n";
    print_effects(*done, false);
}

}  // namespace

void add_runs(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group =
        root.add_subcommand("run", "Runs: every sync, import and decision, listed, shown, taken back");
    group->require_subcommand(1);
    auto* list = group->add_subcommand("list", "Runs, newest first");
    list->add_option("--limit", state->limit, "At most so many")->capture_default_str();
    list->add_option("--source", state->source, "Of this source only");
    list->callback([state, &run] { list_command(*state, run); });
    auto* show = group->add_subcommand("show", "One run with its counts and what it rejected");
    show->add_option("run", state->id, "Number of the run")->required();
    show->callback([state, &run] { show_command(*state, run); });
    auto* revert = group->add_subcommand("revert", "Take a whole run back");
    revert->add_option("run", state->id, "Number of the run")->required();
    revert->add_flag("--dry-run", state->dry_run, "Tell what that would change, and change nothing");
    add_reason_option(*revert);
    revert->callback([state, &run] { revert_command(*state, run); });
    for (auto* command : {list, show, revert}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
