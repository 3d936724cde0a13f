// capbridge log level: of the daemon that is at work, through its admin socket.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/base/log_settings.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string level, component, how_long;
};

// "90s", "10m", "2h", or seconds.
Result<std::int64_t> seconds_of(const std::string& text) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    const auto unit = text.substr(digits);
    const int factor = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
    if (digits == 0 || digits > 6 || factor == 0)
        return fail("bad_parameter", "'" + text + "' is no span such as 90s, 10m or 2h", "--for");
    return std::stoll(text.substr(0, digits)) * factor;
}

void level_command(const State& state, Run& run) {
    json params = json::object();
    if (!state.level.empty()) params["level"] = state.level;
    if (!state.component.empty()) params["component"] = state.component;
    if (!state.how_long.empty()) {
        const auto seconds = seconds_of(state.how_long);
        if (!seconds) return run.failed(seconds.error());
        params["seconds"] = *seconds;
    }
    const auto answer = ask_daemon(std::filesystem::path(state.options.data) / "admin.sock", "log.level",
                                   params, who_am_i(), {});
    if (!answer) return run.failed(answer.error(), answer.error().code == "no_daemon" ? 1 : 2);
    if (state.options.json) return print_json(*answer);
    std::cout << "level: " << text_of(*answer, "level") << "\n";
    for (const auto& [component, level] : (*answer)["levels"].items())
        std::cout << "  " << component << ": " << level.get<std::string>() << "\n";
    for (const auto& one : (*answer)["for_now"])
        std::cout << "for now, " << text_of(one, "component", "everything") << ": " << text_of(one, "level")
                  << " (" << one["seconds_left"] << " s left)\n";
    for (const auto& one : (*answer)["outputs"]) {
        std::cout << text_of(one, "name") << ": "
                  << (one["connected"].get<bool>() ? "connected" : "NOT CONNECTED") << ", "
                  << with_thousands(count_of(one, "sent")) << " sent, "
                  << with_thousands(count_of(one, "waiting")) << " lines wait, "
                  << with_thousands(count_of(one, "dropped")) << " dropped; the audit is "
                  << with_thousands(count_of(one, "audit_behind")) << " entries behind\n";
        if (one["error"].is_string()) std::cout << "  " << text_of(one, "error") << "\n";
    }
}

}  // namespace

void add_log(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group = root.add_subcommand("log", "The log of the running daemon");
    group->require_subcommand(1);
    auto* level = group->add_subcommand("level", "Show or change from which level on it writes, at once");
    level->add_option("level", state->level, "debug, info, warn or error; without one it is shown");
    std::string known;
    for (const auto component : log::components())
        known += (known.empty() ? "" : ", ") + std::string(component);
    level->add_option("--component", state->component, "Of one part only: " + known);
    level->add_option("--for", state->how_long,
                      "For so long (90s, 10m, 2h), then as it was; without it until the next start, or a "
                      "reload that changes \"log\"");
    level->callback([state, &run] { level_command(*state, run); });
    add_data_option(*level, state->options);
    add_json_option(*level, state->options);
}

}  // namespace capbridge::cli
