// capbridge people review|matches|crosswalk|link|unlink|ignore|rule|merge|unmerge|merges
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/people_identity.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string file, issuer, pattern, rule, because, source, person, into, identifier, why, by;
    std::string id, from, to, domain, value = "{value}";
    bool dry_run = false, undo = false, automatic = false, preview = false, remove = false;
    std::size_t limit = 50, offset = 0;
};

void print_counts(const ordered_json& answer) {
    const auto counts = answer.value("counts", ordered_json::object());
    for (const auto& [name, count] : counts.items()) {
        std::string label = name;
        std::replace(label.begin(), label.end(), '_', ' ');
        std::cout << "  " << label << ": " << with_thousands(count.get<std::size_t>()) << '\n';
    }
    if (answer.value("dry_run", false)) std::cout << "  nothing was written (--dry-run)\n";
    if (answer.contains("run"))
        std::cout << "  as run " << answer["run"] << " (take it back with: capbridge run revert "
                  << answer["run"] << ")\n";
}

// Runs a change and prints its counts below `headline`.
void change(const State& state, const std::string& operation, json params, const std::string& headline,
            Run& run) {
    if (!state.by.empty()) params["by"] = state.by;
    if (state.dry_run) params["dry_run"] = true;
    Session session(state.options.data);
    const auto answer = session.run(operation, params);
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    std::cout << headline << '\n';
    print_counts(*answer);
    const auto exceptions = answer->value("exceptions", ordered_json::array());
    for (const auto& e : exceptions)
        std::cerr << state.file << ":" << e["line"] << ":"
                  << (e.contains("column") ? text_of(e, "column") + ":" : "") << " " << text_of(e, "message")
                  << " [" << text_of(e, "code") << "]\n";
    const auto all = count_of(answer->value("counts", ordered_json::object()), "exceptions");
    if (all > exceptions.size())
        std::cerr << "... and " << with_thousands(all - exceptions.size()) << " more\n";
}

std::string reason_text(const ordered_json& candidate) {
    const auto because = text_of(candidate, "because");
    auto text = because.starts_with("rule:") ? "rule " + because.substr(5) : because;
    std::replace(text.begin(), text.end(), '_', ' ');
    if (candidate.contains("says")) text += " (" + text_of(candidate, "says") + ")";
    return text;
}

void review_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run(
        "identity.review", {{"pattern", state.pattern}, {"limit", state.limit}, {"offset", state.offset}});
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"who is it", "statements", "perhaps", "person", "because"});
    for (const auto& actor : (*answer)["actors"]) {
        const auto& candidates = actor["candidates"];
        auto first = candidates.empty() ? ordered_json::object() : candidates[0];
        table.add({text_of(actor, "text"), with_thousands(count_of(actor, "statements")),
                   text_of(first, "name"), text_of(first, "person"),
                   candidates.empty() ? "-" : reason_text(first)});
        for (std::size_t i = 1; i < candidates.size(); ++i) {
            table.add({"", "", text_of(candidates[i], "name"), text_of(candidates[i], "person"),
                       reason_text(candidates[i])});
        }
    }
    if (!table.empty()) table.print();
    std::cout << with_thousands((*answer)["actors"].size()) << " of "
              << with_thousands(count_of(*answer, "total")) << " actors whom nobody is known by, with "
              << with_thousands(count_of(*answer, "statements")) << " statements; "
              << with_thousands(count_of(*answer, "with_one_candidate")) << " may be one person only; "
              << with_thousands(count_of((*answer)["ignored"], "actors")) << " are ignored\n";
    for (const auto& each : (*answer)["contested"]) {
        std::cout << text_of(each, "text") << " is claimed by " << each["claimed_by"].size()
                  << " people at the same time";
        std::cout << (each["held_by"].empty() ? " and given to nobody:" : ":");
        for (const auto& one : each["claimed_by"]) std::cout << ' ' << text_of(one, "person");
        std::cout << '\n';
    }
}

void matches_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("identity.matches", {{"source", state.source}});
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table(
        {"source", "scheme", "statements", "resolved", "unresolved", "ambiguous", "actors unresolved"});
    const auto add = [&](const std::string& source, const std::string& scheme, const ordered_json& counts) {
        const auto& s = counts["statements"];
        const auto all = count_of(s, "resolved") + count_of(s, "unresolved") + count_of(s, "ambiguous");
        table.add({source, scheme, with_thousands(all), of_total(count_of(s, "resolved"), all),
                   with_thousands(count_of(s, "unresolved")), with_thousands(count_of(s, "ambiguous")),
                   with_thousands(count_of(counts["actors"], "unresolved"))});
    };
    for (const auto& source : (*answer)["sources"]) {
        const auto owner = text_of(source, "owner");
        const auto name = source["source"].is_string() ? text_of(source, "source")
                          : owner.empty()              ? "(imported)"
                                                       : owner;
        for (const auto& scheme : source["schemes"]) add(name, text_of(scheme, "scheme"), scheme);
    }
    add("all", "", (*answer)["all"]);
    table.print();
}

void crosswalk_command(const State& state, Run& run) {
    const auto csv = read_input(state.file);
    if (!csv) return run.failed(csv.error());
    change(state, "identity.crosswalk", {{"csv", *csv}, {"issuer", state.issuer}, {"name", state.file}},
           "crosswalk of " + state.file, run);
}

// One identifier of one person, or all that have one candidate only.
void link_command(const State& state, Run& run) {
    if (!state.identifier.empty()) {
        if (state.person.empty())
            return run.failed({"bad_parameter", "say whose it is: people link IDENTIFIER PERSON", {}, 0});
        return change(state, "identity.link",
                      {{"links", {{{"person", state.person}, {"identifier", state.identifier}}}}},
                      "identifiers linked", run);
    }
    change(state, "identity.accept",
           {{"pattern", state.pattern}, {"rule", state.rule}, {"because", state.because}},
           "actors linked to their one candidate", run);
}

void rule_command(const State& state, Run& run) {
    Session session(state.options.data);
    if (state.id.empty()) {
        const auto answer = session.run("identity.rule.list", json::object());
        if (!answer) return run.failed(answer.error());
        if (state.options.json) return print_json(*answer);
        Table table({"rule", "from", "to", "value", "state"});
        for (const auto& rule : (*answer)["rules"]) {
            const auto end = [](const ordered_json& side) {
                return text_of(side, "scheme") +
                       (side.contains("issuer") ? ":" + text_of(side, "issuer") : "") +
                       (side.contains("domain") ? " @" + text_of(side, "domain") : "");
            };
            table.add({text_of(rule, "id"), end(rule["from"]), end(rule["to"]), text_of(rule, "value"),
                       text_of(rule, "state")});
        }
        table.print();
        for (const auto& pattern : (*answer)["ignored"])
            std::cout << "ignored: " << pattern.get<std::string>() << '\n';
        return;
    }
    if (state.remove)
        return change(state, "identity.rule.remove", {{"id", state.id}}, "identity rule removed", run);
    // SCHEME or SCHEME:ISSUER; the issuer comes last, for account:HOMEPAGE has colons of its own.
    const auto side = [](const std::string& text) {
        const bool has_issuer = text.starts_with("esr-") && text.find(':') != std::string::npos;
        const auto colon = has_issuer ? text.find(':') : std::string::npos;
        json out{{"scheme", text.substr(0, colon)}};
        if (has_issuer) out["issuer"] = text.substr(colon + 1);
        return out;
    };
    json rule{{"id", state.id},
              {"from", side(state.from)},
              {"to", side(state.to)},
              {"value", state.value},
              {"state", state.automatic ? "automatic" : "propose"}};
    if (!state.domain.empty()) rule["from"]["domain"] = state.domain;
    if (!state.preview)
        return change(state, "identity.rule.put", {{"rule", rule}}, "identity rule " + state.id, run);
    const auto answer = session.run("identity.rule.preview", {{"rule", rule}});
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    const auto& would = (*answer)["would_resolve"];
    std::cout << with_thousands(count_of(*answer, "people")) << " people get an identifier; "
              << with_thousands(count_of(*answer, "ambiguous")) << " would be two people's and nobody's; "
              << with_thousands(count_of(would, "actors")) << " actors with "
              << with_thousands(count_of(would, "statements")) << " statements would be known\n";
}

void merges_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("person.merges", json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"merged", "into", "counts for", "why", "run"});
    for (const auto& m : (*answer)["merges"])
        table.add({text_of(m, "from"), text_of(m, "into"), text_of(m, "person"), text_of(m, "why"),
                   m["run"].dump()});
    table.print();
}

}  // namespace

void add_people_identity(CLI::App& people, Run& run) {
    auto state = std::make_shared<State>();
    std::vector<CLI::App*> all;
    const auto add = [&](const char* name, const char* says, void (*work)(const State&, Run&)) {
        auto* command = people.add_subcommand(name, says);
        command->callback([state, work, &run] { work(*state, run); });
        all.push_back(command);
        return command;
    };
    auto* review = add("review", "Actors whom nobody is known by, and who they may be", review_command);
    review->add_option("--pattern", state->pattern, "Only identifiers like this, e.g. '*@nhs.net'");
    review->add_option("--limit", state->limit, "At most so many")->capture_default_str();
    review->add_option("--offset", state->offset, "Leave out the first so many");
    auto* matches = add("matches", "How many statements of each source are somebody's", matches_command);
    matches->add_option("source", state->source, "Only this source");
    auto* crosswalk =
        add("crosswalk", "Link identifiers of two systems from CSV; the same file again changes nothing",
            crosswalk_command);
    crosswalk
        ->add_option(
            "file", state->file,
            "CSV: scheme, issuer, value, valid_from, valid_to; and employee_number, or known_scheme, "
            "known_issuer, known_value")
        ->required();
    crosswalk->add_option("--issuer", state->issuer, "Who gives out numbers that name no issuer")->required();
    auto* link =
        add("link", "Say whose an identifier is, or accept the candidates of many at once", link_command);
    link->add_option("identifier", state->identifier,
                     "SCHEME:ISSUER:VALUE, e.g. account:https://lms.example:17");
    link->add_option("person", state->person, "uuid or SCHEME:ISSUER:VALUE");
    link->add_option("--pattern", state->pattern, "All that look like this and have one candidate");
    link->add_option("--rule", state->rule, "All for whom this rule has one candidate");
    link->add_option(
        "--because", state->because,
        "All with one candidate for this reason: same_number, same_local_part, same_name, proposal");
    auto* unlink = add("unlink", "Take back whom an identifier was linked to", [](const State& s, Run& r) {
        change(s, "identity.unlink", {{"identifier", s.identifier}}, "identifiers unlinked", r);
    });
    unlink->add_option("identifier", state->identifier, "SCHEME:ISSUER:VALUE")->required();
    auto* ignore = add("ignore", "Leave actors like this out of the review", [](const State& s, Run& r) {
        change(s, "identity.ignore", {{"pattern", s.pattern}, {"undo", s.undo}},
               s.undo ? "no longer ignored" : "ignored from now on", r);
    });
    ignore->add_option("--pattern", state->pattern, "e.g. 'test*'")->required();
    ignore->add_flag("--undo", state->undo, "Look at them again");
    auto* rule =
        add("rule", "Rules that make one identifier of another; without a name: list them", rule_command);
    rule->add_option("id", state->id, "Name of the rule");
    rule->add_option("--from", state->from, "SCHEME or SCHEME:ISSUER, e.g. esr-employee:nymouth");
    rule->add_option("--domain", state->domain, "Only e-mail addresses of this domain");
    rule->add_option("--to", state->to, "SCHEME or SCHEME:ISSUER, e.g. account:https://lms.example");
    rule->add_option("--value", state->value, "With {value}, {local}, {domain}; e.g. '{local}@nhs.net'")
        ->capture_default_str();
    rule->add_flag("--automatic", state->automatic, "In force for everybody at once, not only proposed");
    rule->add_flag("--preview", state->preview, "Say what it would do, change nothing");
    rule->add_flag("--remove", state->remove, "Remove it");
    auto* merge = add("merge", "Two people are one", [](const State& s, Run& r) {
        change(s, "person.merge", {{"from", s.person}, {"into", s.into}, {"why", s.why}}, "merged", r);
    });
    merge->add_option("from", state->person, "uuid or SCHEME:ISSUER:VALUE")->required();
    merge->add_option("into", state->into, "Who they are: uuid or SCHEME:ISSUER:VALUE")->required();
    merge->add_option("--why", state->why, "Why; kept with the decision");
    auto* unmerge = add("unmerge", "They are two after all", [](const State& s, Run& r) {
        change(s, "person.unmerge", {{"person", s.person}}, "no longer merged", r);
    });
    unmerge->add_option("person", state->person, "uuid of the one who was merged (people merges)")
        ->required();
    add("merges", "Who was merged into whom, and why", merges_command);
    for (auto* command : {crosswalk, link})
        command->add_flag("--dry-run", state->dry_run, "Say what it would do, change nothing");
    for (auto* command : {crosswalk, link, merge})
        command->add_option("--by", state->by, "Who decided (a role or user name; default: you)");
    for (auto* command : all) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
