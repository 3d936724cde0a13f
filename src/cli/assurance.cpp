// capbridge answer, assurance
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
    std::string deployment, question, answer, document, note, on, as_of, archetype, factor, state;
};

void put(json& params, const char* name, const std::string& value) {
    if (!value.empty()) params[name] = value;
}

void answer_command(const State& s, Run& run) {
    json params = {{"deployment", s.deployment}, {"question", s.question}, {"answer", s.answer}};
    put(params, "document", s.document);
    put(params, "note", s.note);
    put(params, "on", s.on);
    Session session(s.options.data);
    const auto answer = session.run("assurance.answer", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    if (!answer->value("changed", false)) {
        std::cout << "that was the answer already\n";
        return;
    }
    std::cout << s.question << ": " << s.answer << " (before: " << text_of(*answer, "before")
              << "; take it back: capbridge run revert " << text_of(*answer, "run") << ")\n";
}

void print_counts(const ordered_json& a) {
    const auto& c = a["counts"];
    std::cout << of_total(count_of(a, "answered"), count_of(a, "questions"))
              << " questions answered: " << text_of(c, "open") << " open, " << text_of(c, "no") << " no, "
              << text_of(c, "partly") << " partly, " << text_of(c, "yes") << " yes, "
              << text_of(c, "not_applicable") << " not applicable\n";
}

void print_question(const State& s, const ordered_json& q) {
    std::cout << "  [" << text_of(q, "state") << "] " << text_of(q, "question") << " ("
              << text_of(q, "archetype_name") << ", table " << text_of(q, "table") << ")\n";
    print_wrapped(text_of(q, "title"), 6);
    if (q.contains("who")) {
        std::string line = text_of(q, "on") + ", " + text_of(q, "who");
        if (!q["document"].is_null()) line += "; " + text_of(q, "document");
        if (!q["note"].is_null()) line += "; " + text_of(q, "note");
        print_wrapped(line, 6);
    }
    if (const auto& before = q["version_before"]; !before.is_null() && text_of(q, "state") == "open")
        print_wrapped("of version " + text_of(before, "version") + " it was: " + text_of(before, "state"), 6);
    if (count_of(q, "answers") > 1)
        print_wrapped("answered " + text_of(q, "answers") + " times (capbridge assurance " + s.deployment +
                          " " + text_of(q, "question") + ")",
                      6);
}

void show_all(const ordered_json& answer) {
    Table table({"deployment", "answered", "open", "no", "partly", "go-live", "product", "unit"});
    for (const auto& d : answer["deployments"]) {
        const auto& c = d["counts"];
        table.add({text_of(d, "id"), of_total(count_of(d, "answered"), count_of(d, "questions")),
                   text_of(c, "open"), text_of(c, "no"), text_of(c, "partly"), text_of(d, "go_live"),
                   text_of(d, "product") + " " + text_of(d, "version"), text_of(d, "unit")});
    }
    table.print();
}

void show_history(const ordered_json& a) {
    const auto& q = a["question"];
    std::cout << text_of(q, "question") << " (" << text_of(q, "archetype_name") << ", table "
              << text_of(q, "table") << "): " << text_of(a, "state") << "\n";
    print_wrapped(text_of(q, "title"), 2);
    Table table({"on", "answer", "recorded", "who", "run", "document", "note"});
    for (const auto& h : a["history"])
        table.add({text_of(h, "on"), text_of(h, "answer"), text_of(h, "recorded_at"), text_of(h, "who"),
                   text_of(h, "run"), text_of(h, "document"), text_of(h, "note")});
    if (table.empty()) {
        std::cout << "Nobody has answered it yet.\n";
    } else {
        table.print();
    }
}

void assurance_command(const State& s, Run& run) {
    json params = json::object();
    put(params, "deployment", s.deployment);
    put(params, "question", s.question);
    put(params, "as_of", s.as_of);
    put(params, "archetype", s.archetype);
    put(params, "factor", s.factor);
    put(params, "state", s.state);
    Session session(s.options.data);
    const auto answer = session.run(s.question.empty() ? "assurance.list" : "assurance.show", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    if (s.deployment.empty()) return show_all(*answer);
    if (!s.question.empty()) return show_history(*answer);
    const auto& a = *answer;
    const auto& d = a["deployment"];
    std::cout << text_of(d, "product") << " " << text_of(d, "version") << " in " << text_of(d, "unit") << " ("
              << text_of(d, "id") << "), as of " << text_of(a, "as_of") << "\n";
    print_counts(a);
    if (!a["answered_by_go_live"].is_null())
        std::cout << "by go-live on " << text_of(d, "go_live") << ": "
                  << of_total(count_of(a, "answered_by_go_live"), count_of(a, "questions")) << "\n";
    for (const auto& factor : a["factors"]) {
        std::cout << "\n"
                  << text_of(factor, "name") << ": " << text_of(factor, "answered") << " of "
                  << text_of(factor, "questions") << " answered\n";
        for (const auto& q : factor["items"]) print_question(s, q);
    }
    if (const auto former = count_of(a, "former"); former > 0)
        std::cout << "\n" << former << " answered questions are none of this version of the framework.\n";
}

}  // namespace

void add_assurance(CLI::App& root, Run& run) {
    const auto said = std::make_shared<State>();
    auto* answer = root.add_subcommand(
        "answer", "Answer a question of a deployment's assurance checklist (tables A3 and A6)");
    answer->add_option("deployment", said->deployment, "Id (capbridge deployment list)")->required();
    answer->add_option("question", said->question, "Id (capbridge assurance DEPLOYMENT)")->required();
    answer->add_option("answer", said->answer, "yes, no, partly, not_applicable, or open: ask it again")
        ->required();
    answer->add_option("--document", said->document, "What shows it: a title and where it is kept");
    answer->add_option("--note", said->note, "In words (needed with not_applicable and open)");
    answer->add_option("--on", said->on, "Day as of which it is so, YYYY-MM-DD; today if left out");
    answer->callback([said, &run] { answer_command(*said, run); });

    const auto asked = std::make_shared<State>();
    auto* assurance = root.add_subcommand(
        "assurance",
        "The assurance checklist of a deployment, per factor, what is open first; without one, "
        "of each how much is answered; with a question, its history");
    assurance->add_option("deployment", asked->deployment, "Id of the deployment");
    assurance->add_option("question", asked->question, "Id of a question: who said what, and when");
    assurance->add_option("--as-of", asked->as_of, "Day; default: today");
    assurance->add_option("--archetype", asked->archetype, "Only the questions of driver or embedder");
    assurance->add_option("--factor", asked->factor, "Only of this factor");
    assurance->add_option("--state", asked->state, "Only these: open, no, partly, yes, not_applicable");
    assurance->callback([asked, &run] { assurance_command(*asked, run); });
    for (auto [command, options] : {std::pair{answer, &said->options}, {assurance, &asked->options}}) {
        add_data_option(*command, *options);
        add_json_option(*command, *options);
    }
}

}  // namespace capbridge::cli
