// capbridge message CODE
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/output.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

struct State {
    std::string code;
    bool json = false;
};

void list_command(const State& state) {
    auto all = ordered_json::array();
    std::string theme;
    for (const auto& message : messages()) {
        all.push_back({{"code", message.code},
                       {"theme", message.theme},
                       {"means", message.means},
                       {"do", message.what_to_do}});
        if (state.json) continue;
        if (message.theme != theme) std::cout << (theme.empty() ? "" : "\n") << message.theme << "\n";
        theme = message.theme;
        std::cout << "  " << message.code << "\n";
    }
    if (state.json) print_json(all);
}

void message_command(const State& state, Run& run) {
    if (state.code.empty()) return list_command(state);
    const auto message = find_message(state.code);
    if (!message) {
        const auto similar = similar_codes(state.code);
        return run.failed({"not_found",
                           "there is no message '" + state.code + "'" +
                               (similar.empty() ? "" : "; perhaps " + join(similar, ", ")) +
                               "; 'capbridge message' lists them all",
                           {},
                           0});
    }
    if (state.json)
        return print_json({{"code", message->code},
                           {"theme", message->theme},
                           {"means", message->means},
                           {"do", message->what_to_do}});
    std::cout << message->code << " (" << message->theme << ")\n";
    print_wrapped("What it means: " + message->means, 2);
    print_wrapped("What to do: " + message->what_to_do, 2);
}

}  // namespace

void add_message(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* message = root.add_subcommand(
        "message", "What a code of the log or of an error means, and what to do; without a code: all codes");
    message->add_option("code", state->code,
                        "Such as store_locked: what stands in brackets, or the log's event");
    message->add_flag("--json", state->json, "Answer in JSON");
    message->callback([state, &run] { message_command(*state, run); });
}

}  // namespace capbridge::cli
