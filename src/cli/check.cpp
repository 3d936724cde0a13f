// capbridge check: every problem of a configuration file with its remedy, and what can be tried without
// changing anything; with --egress what it may connect to, with --online whether its sources would work and
// other systems answer.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/apply.hpp"
#include "cli/check_tries.hpp"
#include "cli/commands.hpp"
#include "cli/configured_sources.hpp"
#include "cli/egress.hpp"
#include "cli/findings.hpp"
#include "cli/output.hpp"

namespace capbridge::cli {
namespace {

struct State {
    std::string config;
    std::vector<std::string> folders;
    bool egress = false, online = false, json = false;
};

void print_egress(const ordered_json& answer) {
    if (answer["egress"].empty()) std::cout << "it connects to nothing\n";
    Table table({"host", "for"});
    for (const auto& one : answer["egress"]) {
        std::string names;
        for (const auto& name : one["for"]) names += (names.empty() ? "" : ", ") + name.get<std::string>();
        auto host = text_of(one, "host");
        if (host.ends_with(":*"))
            host.replace(host.size() - 1, 1, " and the passive ports of its FTP server");
        table.add({host, names});
    }
    if (!table.empty()) table.print();
}

std::size_t count(const std::vector<Finding>& findings, Problem::Severity severity) {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& one) {
        return one.problem.severity == severity;
    }));
}

// Asks every source's adapter, one after the other; a finding is told as soon as it is known.
Status ask_sources(const State& state, const Configuration& configuration, ordered_json& out,
                   std::size_t& failed) {
    const auto adapters = installed_adapters(configuration.plugins, configuration.require_sandbox);
    for (const auto& source : configuration.sources) {
        CAPBRIDGE_LET(const auto checked, check_online(*adapters, source));
        if (!checked.value("ok", false)) ++failed;
        if (!state.json) print_findings(checked);
        out.push_back(checked);
    }
    return {};
}

void print_tried(const Tries& tries) {
    for (const auto& fact : tries.facts) std::cout << fact << "\n";
    for (const auto& what : tries.not_tried) std::cout << "not tried: " << what << "\n";
}

void check_command(const State& state, Run& run) {
    const auto folders = folders_of(state.folders);
    if (!folders) return run.failed(folders.error());
    auto checked = check_configuration(state.config, *folders, installed_adapters);
    const auto& configuration = checked.configuration;
    if (state.egress) {
        auto unread = begin_tries(state.config);
        forgive_unreadable(checked, unread);
        if (!checked.findings.empty()) std::cerr << findings_text(checked.findings) << '\n';
        if (!checked.ok) {
            run.exit_code = 2;
            return;
        }
        const auto answer = ways_out(configuration);
        if (!answer) return run.failed(answer.error());
        return state.json ? print_json(*answer) : print_egress(*answer);
    }
    auto tries = try_all(state.config, checked);
    const auto of_file = checked.findings.size();
    auto findings = checked.findings;
    findings.insert(findings.end(), tries.findings.begin(), tries.findings.end());
    if (!findings.empty() && !state.json) std::cerr << findings_text(findings) << '\n';
    ordered_json sources = ordered_json::array();
    std::size_t failed = 0, unreachable = 0;
    if (state.online && count(findings, Problem::Severity::error) == 0) {
        const auto before = tries.findings.size();
        try_online(checked, tries);
        const std::vector<Finding> more(tries.findings.begin() + static_cast<std::ptrdiff_t>(before),
                                        tries.findings.end());
        unreachable = count(more, Problem::Severity::error);
        if (!more.empty() && !state.json) std::cerr << findings_text(more) << '\n';
        findings.insert(findings.end(), more.begin(), more.end());
        if (const auto asked = ask_sources(state, configuration, sources, failed); !asked)
            return run.failed(asked.error());
    }
    const auto errors = count(findings, Problem::Severity::error);
    // What another system would not do is no fault of the file: exit code 1.
    run.exit_code = failed + unreachable > 0 ? 1 : errors > 0 ? 2 : 0;
    if (state.json) {
        ordered_json out{{"file", state.config},
                         {"ok", errors + failed == 0},
                         {"sources", configuration.sources.size()},
                         {"mappings", configuration.mappings.size()},
                         {"errors", errors},
                         {"warnings", findings.size() - errors},
                         {"findings", findings_json(findings)},
                         {"facts", tries.facts},
                         {"not_tried", tries.not_tried}};
        if (state.online) {
            out["sources"] = sources;
            out["failed"] = failed;
        }
        return print_json(out);
    }
    if (of_file > 0 && !checked.ok && checked.document.is_null()) return;  // nothing else could be looked at
    print_tried(tries);
    if (run.exit_code == 2) {
        std::cout << state.config << ": " << errors << (errors == 1 ? " error" : " errors") << "\n";
        return;
    }
    if (state.online)
        std::cout << configuration.sources.size() << " sources were asked, " << failed << " would not work\n";
    std::cout << state.config << ": " << configuration.sources.size() << " sources, "
              << configuration.mappings.size() << " mappings, no errors";
    if (const auto warnings = findings.size() - errors; warnings > 0)
        std::cout << ", " << warnings << (warnings == 1 ? " warning" : " warnings");
    std::cout << "\n";
}

}  // namespace

void add_check(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* check =
        root.add_subcommand("check",
                            "Check a configuration file: every problem with its pointer, line and "
                            "remedy; tries the data directory, the address, folders and secrets; exit "
                            "code 2 when there are errors");
    check->add_option("--config", state->config, "Configuration file")->required();
    check->add_option("--folder", state->folders, "SOURCE=FOLDER: another drop folder for a source");
    check->add_flag("--egress", state->egress,
                    "Print every way out that a firewall must let it: host:port a line, and for what");
    check
        ->add_flag(
            "--online", state->online,
            "Ask every source's adapter whether a sync would work, and forwarding targets and token issuers "
            "whether they answer: connects to the systems; exit code 1 when one would not")
        ->excludes("--egress");
    check->add_flag("--json", state->json, "Answer in JSON");
    check->callback([state, &run] { check_command(*state, run); });
}

}  // namespace capbridge::cli
