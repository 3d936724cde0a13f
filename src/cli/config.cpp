// capbridge config apply: publishes what a configuration file names. The same file again changes nothing.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/apply.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string file;
    std::vector<std::string> folders;
};

}  // namespace

Result<std::map<std::string, std::string>> folders_of(const std::vector<std::string>& pairs) {
    std::map<std::string, std::string> out;
    for (const auto& pair : pairs) {
        const auto at = pair.find('=');
        if (at == std::string::npos || at == 0)
            return fail("bad_parameter", "--folder wants SOURCE=FOLDER, not '" + pair + "'");
        out[pair.substr(0, at)] = std::filesystem::absolute(pair.substr(at + 1)).string();
    }
    return out;
}

Result<std::vector<std::string>> apply_configuration(const Configuration& c, const Ask& ask) {
    std::vector<std::string> done;
    const auto publish = [&](const std::string& kind, const std::string& text,
                             const std::string& name) -> Status {
        CAPBRIDGE_LET(const auto answer, ask(kind + ".publish", {{"text", text}, {"name", name}}));
        done.push_back(kind + " " + text_of(answer, "id") + " " + text_of(answer, "version") +
                       (answer.value("changed", false) ? " is in force" : " was in force already"));
        return {};
    };
    if (!c.organisation.empty()) CAPBRIDGE_TRY(ask("organisation.set", {{"name", c.organisation}}));
    if (!c.framework.empty()) CAPBRIDGE_TRY(publish("framework", c.framework, c.framework_name));
    if (!c.policy.empty()) CAPBRIDGE_TRY(publish("policy", c.policy, c.policy_name));
    for (const auto& file : c.mappings) CAPBRIDGE_TRY(publish("mapping", file.text, file.name));
    for (const auto& file : c.deployments) CAPBRIDGE_TRY(publish("deployment", file.text, file.name));
    for (const auto& source : c.sources) {
        CAPBRIDGE_TRY(ask("source.put", source));
        done.push_back("source " + get_string(source, "name") + " reads with adapter " +
                       get_string(source, "adapter"));
    }
    for (const auto& target : c.forward) {
        CAPBRIDGE_LET(const auto answer, ask("forward.put", target));
        done.push_back("statements are forwarded to " + get_string(target, "name"));
        for (const auto& warning : answer["warnings"])
            done.back() += "; warning: " + warning.get<std::string>();
    }
    return done;
}

void add_config(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group = root.add_subcommand("config", "The configuration file");
    group->require_subcommand(1);
    auto* apply = group->add_subcommand(
        "apply", "Put what a configuration names in force: framework, mappings, deployments, sources");
    apply->add_option("file", state->file, "Configuration file")->required();
    apply->add_option("--folder", state->folders, "SOURCE=FOLDER: another drop folder for a source");
    add_data_option(*apply, state->options);
    apply->callback([state, &run] {
        const auto folders = folders_of(state->folders);
        if (!folders) return run.failed(folders.error());
        const auto checked = check_configuration(state->file, *folders, installed_adapters);
        if (!checked.problems.empty()) std::cerr << checked.problems << '\n';
        if (!checked.ok) {
            run.exit_code = 2;
            return;
        }
        Session session(state->options.data, checked.configuration.plugins, checked.configuration.iri_base,
                        checked.configuration.require_sandbox);
        const auto done = apply_configuration(
            checked.configuration,
            [&](std::string_view op, const json& params) { return session.run(op, params); });
        if (!done) return run.failed(done.error());
        for (const auto& line : *done) std::cout << line << '\n';
    });
}

}  // namespace capbridge::cli
