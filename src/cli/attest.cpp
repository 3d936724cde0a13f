// capbridge attest, attest withdraw, self-assess, waive
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
    std::string person, assessor, kind = "attested", method, document, reviewer, on, until, from, context, id,
                                  why;
    std::vector<std::string> requirements;
    bool not_met = false, not_applicable = false, end = false;
};

using Shared = std::shared_ptr<State>;

json items_of(const State& s) {
    json params = {{"person", s.person}, {"requirements", s.requirements}};
    if (!s.context.empty()) params["context"] = s.context;
    return params;
}

void put(json& params, const char* name, const std::string& value) {
    if (!value.empty()) params[name] = value;
}

// Runs the operation and says in one line what was done; the run's number is what takes it back.
void ask(const State& s, Run& run, const char* operation, const json& params, const std::string& done) {
    Session session(s.options.data);
    const auto answer = session.run(operation, params);
    if (!answer) return run.failed(answer.error(), 1);
    if (s.options.json) return print_json(*answer);
    std::cout << done;
    if (const auto id = text_of(*answer, "id"); !id.empty()) std::cout << ", id " << id;
    if (const auto number = text_of(*answer, "run"); !number.empty())
        std::cout << " (take it back: capbridge run revert " << number << ")";
    std::cout << '\n';
}

void attest_command(const State& s, Run& run) {
    auto params = items_of(s);
    params["kind"] = s.kind;
    params["outcome"] = s.not_met ? "not_met" : "met";
    put(params, "assessor", s.assessor);
    put(params, "method", s.method);
    put(params, "document", s.document);
    put(params, "reviewer", s.reviewer);
    put(params, "on", s.on);
    put(params, "valid_to", s.until);
    ask(s, run, "attestation.add", params, "attested: " + std::to_string(s.requirements.size()) + " item(s)");
}

void self_command(const State& s, Run& run) {
    auto params = items_of(s);
    put(params, "on", s.on);
    ask(s, run, "attestation.self", params, "noted beside the record; it does not count");
}

void waive_command(const State& s, Run& run) {
    auto params = items_of(s);
    if (s.end) return ask(s, run, "override.end", params, "asked again");
    params["kind"] = s.not_applicable ? "not_applicable" : "waived";
    put(params, "why", s.why);
    put(params, "from", s.from);
    put(params, "until", s.until);
    ask(s, run, "override.set", params, s.not_applicable ? "marked as not applicable" : "waived");
}

void add_items(CLI::App& command, State& s) {
    command.add_option("person", s.person, "uuid or SCHEME:ISSUER:VALUE")->required();
    command.add_option("requirements", s.requirements, "Ids of requirements (capbridge framework export)")
        ->required();
    command.add_option("--context", s.context, "Deployment, of product-specific items");
    add_data_option(command, s.options);
    add_json_option(command, s.options);
}

}  // namespace

void add_attest(CLI::App& root, Run& run) {
    const auto attest_state = std::make_shared<State>();
    auto* attest = root.add_subcommand(
        "attest", "Vouch for what somebody can do, as an assessor of the register (capbridge assessor list)");
    auto& s = *attest_state;
    add_items(*attest, s);
    attest->add_option("--assessor", s.assessor, "Id in the register")->required();
    attest->add_option("--kind", s.kind, "attested or observed")->capture_default_str();
    attest->add_option("--method", s.method,
                       "How: assessment, simulation, supervised_practice, prior_learning ...");
    attest->add_option("--document", s.document, "What was seen, of prior learning");
    attest->add_option("--reviewer", s.reviewer, "Who looked at the document, as a role");
    attest->add_option("--on", s.on, "Day, YYYY-MM-DD; today if left out");
    attest->add_option("--until", s.until, "Last day it holds; else the policy says");
    attest->add_flag("--not-met", s.not_met, "Found not (yet) competent");
    attest->callback([attest_state, &run] { attest_command(*attest_state, run); });

    const auto withdraw_state = std::make_shared<State>();
    auto* withdraw =
        root.add_subcommand("attest-withdraw", "Withdraw an attestation: it takes back what it gave");
    withdraw->add_option("id", withdraw_state->id, "Id of the attestation")->required();
    withdraw->add_option("--why", withdraw_state->why, "Reason")->required();
    add_data_option(*withdraw, withdraw_state->options);
    add_json_option(*withdraw, withdraw_state->options);
    withdraw->callback([withdraw_state, &run] {
        ask(*withdraw_state, run, "attestation.withdraw",
            {{"id", withdraw_state->id}, {"why", withdraw_state->why}}, "withdrawn");
    });

    const auto self_state = std::make_shared<State>();
    auto* self = root.add_subcommand("self-assess", "Note what a person says of themselves; it never counts");
    add_items(*self, *self_state);
    self->add_option("--on", self_state->on, "Day, YYYY-MM-DD; today if left out");
    self->callback([self_state, &run] { self_command(*self_state, run); });

    const auto waive_state = std::make_shared<State>();
    auto* waive = root.add_subcommand("waive", "Take items out of what is asked of somebody");
    add_items(*waive, *waive_state);
    waive->add_option("--why", waive_state->why, "Reason (needed, but with --end)");
    waive->add_option("--from", waive_state->from, "First day, YYYY-MM-DD");
    waive->add_option("--until", waive_state->until, "Last day, YYYY-MM-DD; for good if left out");
    waive->add_flag("--not-applicable", waive_state->not_applicable,
                    "The item does not apply to this person");
    waive->add_flag("--end", waive_state->end, "Ask for the items again");
    waive->callback([waive_state, &run] { waive_command(*waive_state, run); });
}

}  // namespace capbridge::cli
