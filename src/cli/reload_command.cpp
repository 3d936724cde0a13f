// capbridge reload: a running daemon reads its configuration file anew.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/reload.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    bool dry_run = false;
};

void reload_command(const State& state, Run& run) {
    ProgressLine progress;
    const auto answer = ask_daemon(std::filesystem::path(state.options.data) / "admin.sock", "config.reload",
                                   {{"dry_run", state.dry_run}}, who_am_i(),
                                   [&](std::string_view what, std::size_t done, std::size_t total) {
                                       progress.show(what, done, total);
                                   });
    if (!answer) {
        const auto& code = answer.error().code;
        const bool failed = code == "no_daemon" || code == "daemon_lost" || code == "busy" ||
                            code == "store_busy" || code == "stopping" || code == "forbidden" ||
                            code.starts_with("store_");
        run.failed(answer.error(), failed ? 1 : 2);
        if (code == "no_daemon") {
            std::cerr
                << "No daemon runs on this data directory (--data says which); it reads the file when it "
                   "starts.\n";
        } else if (code != "daemon_lost") {
            std::cerr << "Nothing was changed: the configuration in force stays.\n";
        }
        return;
    }
    if (state.options.json) return print_json(*answer);
    std::cout << reload_text(*answer);
}

}  // namespace

void add_reload(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* reload = root.add_subcommand("reload",
                                       "Have the running daemon read its configuration file anew: all of it "
                                       "is put in force, or nothing (exit "
                                       "code 2, and every problem with its line); as SIGHUP does");
    reload->add_flag("--dry-run", state->dry_run, "Tell what would change, and change nothing");
    add_data_option(*reload, state->options);
    add_json_option(*reload, state->options);
    reload->callback([state, &run] { reload_command(*state, run); });
}

}  // namespace capbridge::cli
