// capbridge upgrade --preview
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    bool preview = false;
    std::size_t list = 10;
};

// Of a directory of an earlier format a copy is upgraded and asked; the directory stays as it is.
Result<ordered_json> preview_upgrade(const State& s) {
    const json params = {{"list", s.list}};
    {
        Session session(s.options.data);
        auto answer = session.run("upgrade.preview", params);
        if (answer || answer.error().code != "store_older") return answer;
    }
    CAPBRIDGE_LET(auto copy, store::open_upgraded_copy(s.options.data));
    engine::Bridge bridge(std::move(copy), nullptr, std::make_unique<SystemClock>());
    ProgressLine progress;
    engine::Caller caller{who_am_i()};
    caller.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
        progress.show(what, done, total);
    };
    CAPBRIDGE_LET(auto answer, engine::run_operation(bridge, "upgrade.preview", params, caller));
    answer["migrates"] = true;
    return answer;
}

void upgrade_command(const State& s, Run& run) {
    if (!s.preview) {
        return run.failed({"bad_parameter",
                           "say --preview: it shows what the next 'capbridge serve' or rebuild by this "
                           "version would change; nothing else is needed to upgrade",
                           {},
                           0});
    }
    const auto answer = preview_upgrade(s);
    if (!answer) return run.failed(answer.error(), 1);
    if (s.options.json) return print_json(*answer);
    if (answer->value("migrates", false))
        std::cout
            << "The data directory is of an earlier format: this version migrates it when it owns it, and "
               "keeps a checked copy of the database first (before-upgrade-...).\n";
    const bool refolds = answer->value("refolds", false);
    std::cout << "stored records: " << text_of(*answer, "stored")
              << "\nthis version:   " << text_of(*answer, "now") << '\n'
              << (refolds ? "Everybody is folded anew when this version owns the data.\n"
                          : "The stored records are of this version and these rules.\n");
    print_comparison(*answer);
}

}  // namespace

void add_upgrade(CLI::App& root, Run& run) {
    auto s = std::make_shared<State>();
    auto* upgrade = root.add_subcommand(
        "upgrade", "What this version of the program would change in the records, before it does");
    upgrade->add_flag("--preview", s->preview, "Compare the stored records with a fold by this version");
    upgrade->add_option("--list", s->list, "How many people to list")->capture_default_str();
    add_data_option(*upgrade, s->options);
    add_json_option(*upgrade, s->options);
    upgrade->callback([s, &run] { upgrade_command(*s, run); });
}

}  // namespace capbridge::cli
