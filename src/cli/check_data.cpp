// capbridge check-data
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

void check_data_command(const Options& options, Run& run) {
    Session session(options.data);
    const auto answer = session.run("data.check", json::object());
    if (!answer) return run.failed(answer.error(), 1);
    const bool ok = answer->value("ok", false);
    if (!ok) run.exit_code = 1;
    if (options.json) return print_json(*answer);
    for (const auto& one : (*answer)["damage"])
        std::cout << text_of(one, "what") << " [" << text_of(one, "code") << "]\n";
    if (const auto more = count_of(*answer, "more"); more > 0)
        std::cout << "and " << with_thousands(more) << " more\n";
    const auto& c = (*answer)["checked"];
    std::cout << "read the database (" << with_thousands(count_of(c, "database_ms")) << " ms), "
              << with_thousands(count_of(c, "attachments")) << " attachments, "
              << with_thousands(count_of(c, "packages")) << " packages, "
              << with_thousands(count_of(c, "audit_entries")) << " entries of the audit, "
              << with_thousands(count_of(c, "erasures"))
              << " erasures in the ledger: " << (ok ? "everything is sound\n" : "damaged\n");
    if (ok) return;
    const auto of_ledger = [](const ordered_json& one) { return text_of(one, "code") == "bad_erasures"; };
    const auto& damage = (*answer)["damage"];
    if (std::any_of(damage.begin(), damage.end(), of_ledger))
        std::cout
            << "what to do: stop the service, then 'capbridge backup ledger --into DIR' takes the lines "
               "of the ledger whole from the backup repository; docs/backup.md, 'When the ledger of "
               "erasures is damaged'\n";
    if (!std::all_of(damage.begin(), damage.end(), of_ledger))
        std::cout
            << "what to do: stop the service, keep a copy of the directory as it is, and restore the latest "
               "backup into a new one (capbridge restore); docs/operate.md, Incidents, 'A damaged page'\n";
}

}  // namespace

void add_check_data(CLI::App& root, Run& run) {
    const auto options = std::make_shared<Options>();
    auto* check =
        root.add_subcommand("check-data",
                            "Read everything that is stored and compare it with what was written: database, "
                            "attachments, packages, "
                            "audit; beside a running daemon, and exit code 1 when something is damaged");
    add_data_option(*check, *options);
    add_json_option(*check, *options);
    check->callback([options, &run] { check_data_command(*options, run); });
}

}  // namespace capbridge::cli
