// capbridge attest, attest-withdraw, self-assess, waive: of one person, or of a cohort by a file
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/attest.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string person, csv, issuer, assessor, kind, method, document, reviewer, on, until, from, context, id,
        why;
    std::vector<std::string> requirements;
    bool not_met = false, not_applicable = false, end = false, dry_run = false;
    std::size_t list = 10;
};

void put(json& params, const char* name, const std::string& value) {
    if (!value.empty()) params[name] = value;
}

// Of one person, or what holds for all rows of the file.
Result<json> items_of(const State& s) {
    json params = json::object();
    put(params, "context", s.context);
    if (s.dry_run) params.update({{"dry_run", true}, {"list", s.list}});
    if (s.csv.empty()) {
        if (s.person.empty() || s.requirements.empty())
            return fail("bad_parameter", "say of whom and which requirements, or --csv FILE");
        params["person"] = s.person;
        params["requirements"] = s.requirements;
        return params;
    }
    if (!s.person.empty())
        return fail("bad_parameter",
                    "the file says of whom; give what all its rows have in common as options");
    CAPBRIDGE_LET(params["csv"], read_input(s.csv));
    params["name"] = s.csv;
    put(params, "issuer", s.issuer);
    return params;
}

// The run's number is what takes it back.
void ask(const State& s, Run& run, const std::string& operation, const json& params,
         const std::string& done) {
    Session session(s.options.data);
    const auto answer = session.run(operation, params);
    if (!answer) return run.failed(answer.error(), 1);
    if (!s.options.json) return print_said(*answer, done, s.csv, run);
    print_json(*answer);
    if (!s.csv.empty() && count_of((*answer)["counts"], "left_out") > 0) run.exit_code = 2;
}

void attest_command(const State& s, Run& run) {
    auto params = items_of(s);
    if (!params) return run.failed(params.error());
    put(*params, "kind", s.kind);
    if (s.not_met) (*params)["outcome"] = "not_met";
    put(*params, "assessor", s.assessor);
    put(*params, "method", s.method);
    put(*params, "document", s.document);
    put(*params, "reviewer", s.reviewer);
    put(*params, "on", s.on);
    put(*params, "valid_to", s.until);
    ask(s, run, s.csv.empty() ? "attestation.add" : "attestation.import", *params, "attested");
}

void self_command(const State& s, Run& run) {
    auto params = items_of(s);
    if (!params) return run.failed(params.error());
    put(*params, "on", s.on);
    ask(s, run, "attestation.self", *params, "noted beside the record; it does not count");
}

void waive_command(const State& s, Run& run) {
    auto params = items_of(s);
    if (!params) return run.failed(params.error());
    if (s.end) {
        if (!s.csv.empty() || s.dry_run)
            return run.failed({"bad_parameter", "--end is of one person, and not tried first", ""});
        return ask(s, run, "override.end", *params, "asked again");
    }
    if (s.not_applicable) (*params)["kind"] = "not_applicable";
    put(*params, "why", s.why);
    put(*params, "from", s.from);
    put(*params, "until", s.until);
    ask(s, run, s.csv.empty() ? "override.set" : "override.import", *params,
        s.not_applicable ? "marked as not applicable" : "waived");
}

void add_items(CLI::App& command, State& s) {
    command.add_option("person", s.person, "uuid or SCHEME:ISSUER:VALUE");
    command.add_option("requirements", s.requirements, "Ids of requirements (capbridge framework export)");
    command.add_option("--context", s.context, "Deployment, of product-specific items");
    add_data_option(command, s.options);
    add_json_option(command, s.options);
}

void add_cohort(CLI::App& command, State& s, const std::string& columns) {
    command.add_option("--csv", s.csv, "A row for each of many people, instead of PERSON: " + columns);
    command.add_option("--issuer", s.issuer, "With --csv: who gives out its employee numbers");
    command.add_option("--requirement", s.requirements, "With --csv: of rows that do not name any")
        ->delimiter(',');
    command.add_flag("--dry-run", s.dry_run, "Show what it would do; write nothing");
    command.add_option("--list", s.list, "With --dry-run: how many people to list")->capture_default_str();
}

void add_attest_one(CLI::App& root, Run& run) {
    const auto state = std::make_shared<State>();
    auto& s = *state;
    auto* attest = root.add_subcommand(
        "attest", "Vouch for what somebody can do, as an assessor of the register (capbridge assessor list)");
    add_items(*attest, s);
    add_cohort(*attest, s,
               "person or employee_number, requirements (separated by ;), assessor, kind, outcome, method, "
               "document, reviewer, on, valid_to, context");
    attest->add_option("--assessor", s.assessor, "Id in the register");
    attest->add_option("--kind", s.kind, "attested (if left out) or observed");
    attest->add_option("--method", s.method,
                       "How: assessment, simulation, supervised_practice, prior_learning ...");
    attest->add_option("--document", s.document, "What was seen, of prior learning");
    attest->add_option("--reviewer", s.reviewer, "Who looked at the document, as a role");
    attest->add_option("--on", s.on, "Day, YYYY-MM-DD; today if left out");
    attest->add_option("--until", s.until, "Last day it holds; else the policy says");
    attest->add_flag("--not-met", s.not_met, "Found not (yet) competent");
    attest->callback([state, &run] { attest_command(*state, run); });
}

void add_withdraw(CLI::App& root, Run& run) {
    const auto state = std::make_shared<State>();
    auto* withdraw =
        root.add_subcommand("attest-withdraw", "Withdraw an attestation: it takes back what it gave");
    withdraw->add_option("id", state->id, "Id of the attestation (capbridge attest-list)")->required();
    withdraw->add_option("--why", state->why, "Reason")->required();
    add_data_option(*withdraw, state->options);
    add_json_option(*withdraw, state->options);
    withdraw->callback([state, &run] {
        ask(*state, run, "attestation.withdraw", {{"id", state->id}, {"why", state->why}}, "withdrawn");
    });
}

void add_waive(CLI::App& root, Run& run) {
    const auto state = std::make_shared<State>();
    auto* waive = root.add_subcommand("waive", "Take items out of what is asked of somebody");
    add_items(*waive, *state);
    add_cohort(*waive, *state,
               "person or employee_number, requirements (separated by ;), kind, why, from, until, context");
    waive->add_option("--why", state->why, "Reason (needed, but with --end)");
    waive->add_option("--from", state->from, "First day, YYYY-MM-DD");
    waive->add_option("--until", state->until, "Last day, YYYY-MM-DD; for good if left out");
    waive->add_flag("--not-applicable", state->not_applicable, "The item does not apply to this person");
    waive->add_flag("--end", state->end, "Ask for the items again");
    waive->callback([state, &run] { waive_command(*state, run); });
}

}  // namespace

void add_attest(CLI::App& root, Run& run) {
    add_attest_one(root, run);
    add_withdraw(root, run);
    add_waive(root, run);
    add_said(root, run);

    const auto state = std::make_shared<State>();
    auto* self = root.add_subcommand("self-assess", "Note what a person says of themselves; it never counts");
    add_items(*self, *state);
    self->add_option("--on", state->on, "Day, YYYY-MM-DD; today if left out");
    self->callback([state, &run] { self_command(*state, run); });
}

}  // namespace capbridge::cli
