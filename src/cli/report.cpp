// capbridge report publish|list|show|verify
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
    std::string title, question = "matrix", id;
    std::vector<std::string> params;  // NAME=VALUE
};

Result<json> params_of(const std::vector<std::string>& pairs) {
    json out = json::object();
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail("bad_parameter", "'" + pair + "' should be NAME=VALUE, such as unit=Radiology");
        const auto value = pair.substr(equals + 1);
        const bool is_flag = value == "true" || value == "false";
        out[pair.substr(0, equals)] = is_flag ? json(value == "true") : json(value);
    }
    return out;
}

void publish_command(const State& s, Run& run) {
    const auto params = params_of(s.params);
    if (!params) return run.failed(params.error());
    Session session(s.options.data);
    const auto answer =
        session.run("report.publish", {{"title", s.title}, {"question", s.question}, {"params", *params}});
    if (!answer) return run.failed(answer.error(), 1);
    if (s.options.json) return print_json(*answer);
    std::cout << "report " << text_of(*answer, "id") << " is published, up to journal entry "
              << with_thousands(count_of(*answer, "seq")) << "\nSHA-256 " << text_of(*answer, "sha256")
              << '\n';
}

void list_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("report.list", json::object());
    if (!answer) return run.failed(answer.error(), 1);
    if (s.options.json) return print_json(*answer);
    Table table({"id", "published", "question", "entry", "title"});
    for (const auto& r : (*answer)["reports"])
        table.add({text_of(r, "id"), text_of(r, "published_at"), text_of(r, "question"), text_of(r, "seq"),
                   text_of(r, "title")});
    table.print();
}

void show_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("report.show", {{"id", s.id}});
    if (!answer) return run.failed(answer.error(), 1);
    print_json(s.options.json ? *answer : (*answer)["answer"]);
    if (!(*answer)["intact"].get<bool>()) {
        std::cerr << "capbridge: the report is not what its digest says\n";
        run.exit_code = 1;
    }
}

void verify_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("report.verify", {{"id", s.id}});
    if (!answer) return run.failed(answer.error(), 1);
    const bool good = (*answer)["intact"].get<bool>() && (*answer)["equal"].get<bool>();
    if (!good) run.exit_code = 1;
    if (s.options.json) return print_json(*answer);
    if (!(*answer)["intact"].get<bool>())
        std::cout << "The report was altered: it is not what its digest says.\n";
    if (good) {
        std::cout << "Equal: the journal up to entry " << with_thousands(count_of(*answer, "seq"))
                  << " gives the same answer, byte for byte.\n";
        return;
    }
    std::cout << "The journal up to entry " << with_thousands(count_of(*answer, "seq"))
              << " gives another answer now. It was made by " << text_of(*answer, "folded_by") << ".\n";
    for (const auto& d : (*answer)["differences"])
        std::cout << "  " << text_of(d, "at") << ": was " << d["frozen"].dump() << ", is "
                  << d["again"].dump() << '\n';
}

}  // namespace

void add_report(CLI::App& root, Run& run) {
    auto* group = root.add_subcommand(
        "report", "Published reports: answers that are frozen with their digest, and can be checked");
    group->require_subcommand(1);
    auto s = std::make_shared<State>();
    const auto add = [&](const char* name, const char* help, void (*command)(const State&, Run&)) {
        auto* one = group->add_subcommand(name, help);
        add_data_option(*one, s->options);
        add_json_option(*one, s->options);
        one->callback([s, &run, command] { command(*s, run); });
        return one;
    };
    auto* publish = add("publish", "Freeze the answer to a question as it is now", publish_command);
    publish->add_option("--title", s->title, "What it is called")->required();
    publish->add_option("--question", s->question, "matrix, team.coverage, coverage.show, brief.show ...")
        ->capture_default_str();
    publish->add_option("--param", s->params, "What the question takes, NAME=VALUE; may be given often");
    add("list", "Reports, the newest first", list_command);
    auto* show = add("show", "A report's answer", show_command);
    auto* verify = add("verify", "Ask the journal as it was again, and compare", verify_command);
    for (auto* one : {show, verify}) one->add_option("id", s->id, "Id of the report")->required();
}

}  // namespace capbridge::cli
