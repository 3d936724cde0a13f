// capbridge check: every problem of a configuration file; with --egress what it may connect to, with --online
// whether its sources would work.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/apply.hpp"
#include "cli/commands.hpp"
#include "cli/configured_sources.hpp"
#include "cli/findings.hpp"
#include "cli/output.hpp"

namespace capbridge::cli {
namespace {

struct State {
    std::string config;
    std::vector<std::string> folders;
    bool egress = false, online = false, json = false;
};

// {"egress": [{"host", "sources"}], "sources": [{"name", "hosts"}]}: what a firewall must let out, and for
// whom. Forwarding targets are told by their addresses.
Result<ordered_json> egress(const Configuration& configuration) {
    const auto adapters = installed_adapters(configuration.plugins, configuration.require_sandbox);
    std::map<std::string, std::set<std::string>> by_host;
    ordered_json out{{"egress", ordered_json::array()}, {"sources", ordered_json::array()}};
    for (const auto& source : configuration.sources) {
        CAPBRIDGE_LET(const auto hosts, egress_of(*adapters, source));
        const auto name = get_string(source, "name");
        out["sources"].push_back({{"name", name}, {"hosts", hosts}});
        for (const auto& host : hosts) by_host[host].insert(name);
    }
    for (const auto& [host, names] : by_host) out["egress"].push_back({{"host", host}, {"sources", names}});
    out["forward"] = ordered_json::array();
    for (const auto& target : configuration.forward)
        out["forward"].push_back({{"name", get_string(target, "name")},
                                  {"url", get_string(target.value("settings", json::object()), "url")}});
    return out;
}

void print_egress(const ordered_json& answer) {
    if (answer["egress"].empty()) std::cout << "no source connects to anything\n";
    Table table({"host", "for"});
    for (const auto& one : answer["egress"]) {
        std::string names;
        for (const auto& name : one["sources"])
            names += (names.empty() ? "" : ", ") + name.get<std::string>();
        table.add({text_of(one, "host"), names});
    }
    if (!table.empty()) table.print();
    for (const auto& target : answer["forward"])
        std::cout << "forwarding target " << text_of(target, "name") << ": " << text_of(target, "url")
                  << "\n";
}

// Asks every source's adapter, one after the other; a finding is told as soon as it is known.
void online(const State& state, const Configuration& configuration, Run& run) {
    const auto adapters = installed_adapters(configuration.plugins, configuration.require_sandbox);
    ordered_json out{{"file", state.config}, {"sources", ordered_json::array()}, {"failed", 0}};
    std::size_t failed = 0;
    for (const auto& source : configuration.sources) {
        const auto checked = check_online(*adapters, source);
        if (!checked) return run.failed(checked.error());
        if (!checked->value("ok", false)) ++failed;
        if (!state.json) print_findings(*checked);
        out["sources"].push_back(*checked);
    }
    if (failed > 0) run.exit_code = 1;
    out["failed"] = failed;
    if (state.json) return print_json(out);
    std::cout << configuration.sources.size() << " sources were asked, " << failed << " would not work\n";
}

void check_command(const State& state, Run& run) {
    const auto folders = folders_of(state.folders);
    if (!folders) return run.failed(folders.error());
    const auto checked = check_configuration(state.config, *folders, installed_adapters);
    if (!checked.problems.empty()) std::cerr << checked.problems << '\n';
    if (!checked.ok) {
        run.exit_code = 2;
        return;
    }
    if (state.egress) {
        const auto answer = egress(checked.configuration);
        if (!answer) return run.failed(answer.error());
        return state.json ? print_json(*answer) : print_egress(*answer);
    }
    if (state.online) return online(state, checked.configuration, run);
    if (state.json)
        return print_json({{"file", state.config},
                           {"sources", checked.configuration.sources.size()},
                           {"mappings", checked.configuration.mappings.size()},
                           {"errors", 0}});
    std::cout << state.config << ": " << checked.configuration.sources.size() << " sources, "
              << checked.configuration.mappings.size() << " mappings, no errors\n";
}

}  // namespace

void add_check(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* check = root.add_subcommand("check",
                                      "Check a configuration file: every problem with its pointer and line; "
                                      "exit code 2 when there are errors");
    check->add_option("--config", state->config, "Configuration file")->required();
    check->add_option("--folder", state->folders, "SOURCE=FOLDER: another drop folder for a source");
    check->add_flag("--egress", state->egress,
                    "Print what the sources may connect to, host:port a line, and nothing else");
    check
        ->add_flag("--online", state->online,
                   "Ask every source's adapter whether a sync would work: connects to the systems; exit code "
                   "1 when one would not")
        ->excludes("--egress");
    check->add_flag("--json", state->json, "Answer in JSON");
    check->callback([state, &run] { check_command(*state, run); });
}

}  // namespace capbridge::cli
