// capbridge deployment list|show|users
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/product.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string deployment, as_of, state, file, issuer, add, take_out, by_rule, from, to;
    bool retrain = false;
    std::size_t limit = 50, offset = 0;
};

void put(json& params, const char* name, const std::string& value) {
    if (!value.empty()) params[name] = value;
}

json params_of(const State& s) {
    json params = json::object();
    put(params, "deployment", s.deployment);
    put(params, "as_of", s.as_of);
    return params;
}

void list_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("deployment.list", params_of(s));
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    Table table({"id", "product", "version", "go-live", "after", "users", "questions answered", "unit"});
    for (const auto& d : (*answer)["deployments"]) {
        const auto& questions = d["assurance"];
        table.add({text_of(d, "id"), text_of(d, "product"), text_of(d, "version"), text_of(d, "go_live"),
                   text_of(d, "version_before"), text_of(d, "users"),
                   of_total(count_of(questions, "answered"), count_of(questions, "questions")),
                   text_of(d, "unit")});
    }
    table.print();
}

void print_trained(const ordered_json& a) {
    const auto& trained = a["trained"];
    if (trained.is_null()) {
        std::cout << "No day of go-live is given, so nobody can be said to be trained before it.\n";
        return;
    }
    const auto asked = count_of(trained, "asked");
    std::cout << (a.value("live", false) ? "Trained before go-live on " : "Will be trained on go-live, ")
              << text_of(trained, "on") << ": " << of_total(count_of(trained, "by_go_live"), asked)
              << " users; since: " << with_thousands(count_of(trained, "since"))
              << "; not yet: " << with_thousands(count_of(trained, "not_yet")) << ".\n";
    if (const auto people = count_of(trained, "people"); people > asked)
        std::cout << with_thousands(people - asked)
                  << " more worked with it and were asked nothing (no confirmed User, or waived).\n";
}

void show_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("deployment.show", params_of(s));
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    const auto& a = *answer;
    const auto& d = a["deployment"];
    const auto& users = a["users"];
    std::cout << text_of(d, "product") << " " << text_of(d, "version") << " in " << text_of(d, "unit") << " ("
              << text_of(d, "id") << "), as of " << text_of(a, "as_of") << "\n";
    if (a["product"].is_null()) std::cout << "Nothing is known of the product (capbridge product publish).\n";
    std::cout << with_thousands(count_of(users, "people")) << " users, "
              << with_thousands(count_of(users, "by_name"))
              << " of them by name: " << with_thousands(count_of(users, "trained")) << " trained, "
              << with_thousands(count_of(users, "in_grace")) << " in grace, "
              << with_thousands(count_of(users, "to_retrain")) << " to retrain, "
              << with_thousands(count_of(users, "untrained")) << " untrained, "
              << with_thousands(count_of(users, "not_asked")) << " asked nothing.\n";
    if (const auto& next = a["version_after"]; !next.is_null())
        std::cout << "Replaced by version " << text_of(next, "version") << " on " << text_of(next, "go_live")
                  << " (" << text_of(next, "deployment") << ").\n";
    print_trained(a);
    if (const auto& again = a["retraining"]; !again.is_null()) {
        std::cout << "After version " << text_of(again["version_before"], "version")
                  << ", whose training counts until "
                  << text_of(again, "grace_ends", "no day (the policy gives no grace)") << ": "
                  << with_thousands(count_of(again, "to_retrain")) << " must retrain, "
                  << with_thousands(count_of(again, "in_grace")) << " of them still in grace"
                  << (again["first_on"].is_null() ? "" : ", the first until " + text_of(again, "first_on"))
                  << " (capbridge deployment users " << text_of(d, "id") << " --retrain).\n";
    }
    const auto& questions = a["assurance"];
    std::cout << "Questions answered: "
              << of_total(count_of(questions, "answered"), count_of(questions, "questions"))
              << " (capbridge assurance " << text_of(d, "id") << ").\n\n";
    Table items({"requirement", "level", "asked", "by go-live", "since", "held now", "in grace", "title"});
    for (const auto& item : a["items"]) {
        const auto of = [&](const char* part, const char* member) {
            return item[part].is_null() ? std::string("-") : with_thousands(count_of(item[part], member));
        };
        items.add({text_of(item, "requirement"), text_of(item, "level"), of("trained", "asked"),
                   of("trained", "by_go_live"), of("trained", "since"),
                   of("now", "held") + "/" + of("now", "asked"), of("now", "in_grace"),
                   text_of(item, "title")});
    }
    if (!items.empty()) items.print();
}

void import_command(const State& s, Run& run) {
    const auto text = read_input(s.file);
    if (!text) return run.failed(text.error());
    json params = {{"csv", *text}, {"name", s.file}, {"deployment", s.deployment}};
    put(params, "issuer", s.issuer);
    Session session(s.options.data);
    const auto answer = session.run("deployment.users.import", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    for (const auto& e : (*answer)["exceptions"])
        std::cerr << s.file << ":" << text_of(e, "line") << ": " << text_of(e, "message") << " ["
                  << text_of(e, "code") << "]\n";
    const auto& counts = (*answer)["counts"];
    std::cout << text_of(counts, "rows") << " rows: " << text_of(counts, "changed") << " changed, "
              << text_of(counts, "same") << " as they were, " << text_of(counts, "exceptions")
              << " not taken";
    if (answer->contains("run"))
        std::cout << " (take it back: capbridge run revert " << text_of(*answer, "run") << ")";
    std::cout << "\n";
}

void set_command(const State& s, Run& run) {
    auto params = params_of(s);
    params["person"] = s.add + s.take_out + s.by_rule;
    params["works_with"] = !s.by_rule.empty() ? json() : json(!s.add.empty());
    put(params, "from", s.from);
    put(params, "to", s.to);
    Session session(s.options.data);
    const auto answer = session.run("deployment.users.set", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    std::cout << (!answer->value("changed", false) ? "so it was already"
                  : !s.add.empty()                 ? "works with it, by name"
                  : !s.take_out.empty()            ? "does not work with it, by name"
                                                   : "as the rule says again");
    if (answer->contains("run"))
        std::cout << " (take it back: capbridge run revert " << text_of(*answer, "run") << ")";
    std::cout << "\n";
}

void users_command(const State& s, Run& run) {
    if (!s.file.empty()) return import_command(s, run);
    if (!(s.add + s.take_out + s.by_rule).empty()) return set_command(s, run);
    auto params = params_of(s);
    put(params, "state", s.state);
    if (s.retrain) params["retrain"] = true;
    params["limit"] = s.limit;
    params["offset"] = s.offset;
    Session session(s.options.data);
    const auto answer = session.run("deployment.users", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    Table table({"person", "name", "state", "held", "by go-live", "retrain by", "works with it by", "unit"});
    for (const auto& u : (*answer)["users"]) {
        const auto& then = u["trained_by_go_live"];
        table.add({text_of(u, "person"), text_of(u, "name"), text_of(u, "state"),
                   text_of(u, "held") + "/" + text_of(u, "items"),
                   then.is_null()     ? "-"
                   : then.get<bool>() ? "trained"
                                      : "not",
                   text_of(u, "retrain_by"), text_of(u, "by"), text_of(u, "unit")});
    }
    table.print();
    const auto shown = s.offset + (*answer)["users"].size();
    if (shown < count_of(*answer, "total"))
        std::cout << with_thousands(shown) << " of " << with_thousands(count_of(*answer, "total"))
                  << " (--limit, --offset)\n";
}

}  // namespace

void add_deployment(CLI::App& deployment, Run& run) {
    const auto state = std::make_shared<State>();
    auto& s = *state;
    auto* list = deployment.add_subcommand("list", "Deployments in force: users, questions answered");
    list->add_option("--as-of", s.as_of, "Day; default: today");
    list->callback([state, &run] { list_command(*state, run); });
    auto* show = deployment.add_subcommand(
        "show", "One deployment: users trained before go-live and since, who must retrain, item by item");
    show->add_option("deployment", s.deployment, "Its id")->required();
    show->add_option("--as-of", s.as_of, "Day; default: today");
    show->callback([state, &run] { show_command(*state, run); });
    auto* users = deployment.add_subcommand(
        "users",
        "Who works with it and how they stand; adds people and takes them out, whatever its rule says");
    users->add_option("deployment", s.deployment, "Its id")->required();
    users->add_option("--as-of", s.as_of, "Day; default: today");
    users->add_option("--state", s.state, "Only these: trained, in_grace, to_retrain, untrained, not_asked");
    users->add_flag("--retrain", s.retrain, "Only those who must retrain, and until when");
    users->add_option("--limit", s.limit, "How many at most (1 to 1000)")->capture_default_str();
    users->add_option("--offset", s.offset, "How many to pass over")->capture_default_str();
    auto* file = users->add_option(
        "--import", s.file,
        "CSV: employee_number (or scheme, issuer, value), deployment, works_with (yes, no, rule), from, to");
    users->add_option("--issuer", s.issuer, "Who gives out the numbers in the file")->needs(file);
    auto* add = users->add_option("--add", s.add, "Somebody who works with it (uuid or SCHEME:ISSUER:VALUE)");
    auto* out = users->add_option("--take-out", s.take_out, "Somebody who does not");
    auto* rule = users->add_option("--by-rule", s.by_rule, "Somebody of whom the rule shall decide again");
    file->excludes(add)->excludes(out)->excludes(rule);
    add->excludes(out)->excludes(rule);
    out->excludes(rule);
    users->add_option("--from", s.from, "First day, with --add or --take-out");
    users->add_option("--to", s.to, "Last day");
    users->callback([state, &run] { users_command(*state, run); });
    for (auto* command : {list, show, users}) {
        add_data_option(*command, s.options);
        add_json_option(*command, s.options);
    }
}

}  // namespace capbridge::cli
