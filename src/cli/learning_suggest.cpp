// capbridge learning suggest|duplicates
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/package_print.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::vector<std::string> activities;
    std::string triage;
    double min_score = -1;
    std::size_t limit = 0;
    bool draft = false;
};
using Shared = std::shared_ptr<State>;

json asked(const State& s) {
    json params = json::object();
    if (!s.activities.empty()) params["activities"] = s.activities;
    if (!s.triage.empty()) params["triage"] = s.triage;
    if (s.min_score >= 0) params["min_score"] = s.min_score;
    if (s.limit > 0) params["limit"] = s.limit;
    return params;
}

// Titles come from other systems: no control character of theirs reaches the terminal.
std::string shown(const ordered_json& object, const char* member) {
    return object.at(member).is_string() ? printable(object, member) : "-";
}

std::string joined(const ordered_json& list) {
    std::string out;
    for (const auto& each : list) out += (out.empty() ? "" : ", ") + each.get<std::string>();
    return out;
}

void print_suggestion(const ordered_json& s) {
    std::cout << "  " << s["score"].dump() << "  " << joined(s["requirements"]) << " (" << text_of(s, "level")
              << ", if " << text_of(s, "needs") << ")\n";
    print_wrapped(printable(s, "reason"), 8);
}

void suggest_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("learning.suggest", asked(s));
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    if (s.draft) return print_json((*answer)["draft"]);
    std::cout
        << "Of " << with_thousands(count_of(*answer, "looked_at")) << " activities that no mapping has ("
        << with_thousands(count_of(*answer, "waiting")) << " in all) "
        << with_thousands(count_of(*answer, "total"))
        << " have suggestions. Nothing counts by them before a person accepts and publishes it (--draft).\n";
    for (const auto& piece : (*answer)["learning"]) {
        std::cout << "\n"
                  << shown(piece, "title") << "  " << with_thousands(count_of(piece, "people"))
                  << " people\n  " << printable({{"id", piece["activities"][0]}}, "id") << "\n";
        for (const auto& each : piece["suggestions"]) print_suggestion(each);
        for (const auto& w : piece["withheld"]) {
            std::cout << "  withheld: " << text_of(w, "topic") << " (" << text_of(w, "level") << ")\n";
            print_wrapped(printable(w, "because"), 8);
        }
    }
}

void duplicates_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("learning.duplicates", asked(s));
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    std::cout << with_thousands(count_of(*answer, "total"))
              << " groups of ids that are likely one piece of learning, of "
              << with_thousands(count_of((*answer)["counts"], "learning")) << "\n";
    for (const auto& group : (*answer)["duplicates"]) {
        std::cout << "\n" << group["score"].dump() << "  " << printable(group["draft"], "title") << "\n";
        print_wrapped(printable(group, "reason"), 6);
        Table table({"people", "learning item", "title", "activity"});
        for (const auto& a : group["activities"])
            table.add({with_thousands(count_of(a, "people")), text_of(a, "learning_item"), shown(a, "title"),
                       printable(a, "id")});
        table.print();
        if (s.draft) std::cout << group["draft"].dump(2) << "\n";
    }
    if (count_of(*answer, "total") > (*answer)["duplicates"].size()) std::cout << "\nmore with --limit\n";
}

void add_common(CLI::App& command, const Shared& s, Run& run, void (*work)(const State&, Run&)) {
    command.add_option("--activity", s->activities,
                       "Only about this activity id; may be given several times");
    command.add_option("--min-score", s->min_score, "Least score, 0 to 1")->check(CLI::Range(0.0, 1.0));
    command.add_option("--limit", s->limit, "At most so many; 50 if left out");
    add_data_option(command, s->options);
    add_json_option(command, s->options);
    command.callback([s, &run, work] { work(*s, run); });
}

}  // namespace

void add_learning_suggest(CLI::App& root, Run& run) {
    auto* learning = root.get_subcommand("learning");
    const auto suggested = std::make_shared<State>();
    auto* suggest = learning->add_subcommand(
        "suggest", "Which requirements learning that no mapping has may be evidence of, and why");
    suggest->add_option("--triage", suggested->triage,
                        "not_yet (what nobody has looked at, the default), relevant or all");
    suggest->add_flag("--draft", suggested->draft, "Print a draft of a mapping file instead");
    add_common(*suggest, suggested, run, suggest_command);

    const auto doubled = std::make_shared<State>();
    auto* duplicates = learning->add_subcommand(
        "duplicates", "Ids that are likely the same learning: candidates for one learning item");
    duplicates->add_flag("--draft", doubled->draft, "With the text of the learning item");
    add_common(*duplicates, doubled, run, duplicates_command);
}

}  // namespace capbridge::cli
