#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"
#include "core/base/log.hpp"
#include "core/base/version.hpp"

namespace capbridge::cli {

void Run::failed(const Error& error, int code) {
    // A document's problems come one a line and name their file themselves.
    std::cerr << (error.code == "invalid_document" ? error.message : "capbridge: " + error.text()) << '\n';
    exit_code = code;
}

int main(int argc, char** argv) {
    CLI::App root{"capbridge: learning of any LMS, as competency per archetype and factor"};
    root.set_version_flag("--version", "capbridge " + std::string(program_version()));
    root.require_subcommand(1);
    root.footer("Begin with: capbridge serve --data DIR, or scripts/demo in a clone.");
    // A command speaks for itself; the log is for the daemon.
    log::set_level(log::Level::warn);
    Run run;
    for (auto add : {add_serve,       add_reload,         add_check,     add_config,
                     add_framework,   add_mapping,        add_attest,    add_report,
                     add_upgrade,     add_learning,       add_next,      add_lint,
                     add_assertions,  add_assurance,      add_package,   add_people,
                     add_sources,     add_adapters,       add_sync,      add_backup,
                     add_restore,     add_check_data,     add_runs,      add_questions,
                     add_forward,     add_statements,     add_access,    add_learning_suggest,
                     add_package_map, add_person_privacy, add_retention, add_audit,
                     add_log,         add_message,        add_status,    add_support})
        add(root, run);
    add_help_tree(root, run);
    try {
        root.parse(argc, argv);
    } catch (const CLI::ExtrasError&) {
        std::string words;
        for (const auto& word : root.remaining(true)) words += " " + word;
        run.failed({"bad_command",
                    "there is no such command or option here:" + words + "; --help lists what there is",
                    {},
                    0});
        return run.exit_code;
    } catch (const CLI::RequiredError& error) {
        const std::string first = argc > 1 ? argv[1] : "-";
        if (first.starts_with('-') || !root.get_subcommands().empty()) return root.exit(error) == 0 ? 0 : 2;
        run.failed(
            {"bad_command", "there is no command '" + first + "'; 'capbridge --help' lists them", {}, 0});
        return run.exit_code;
    } catch (const CLI::ParseError& error) {
        return root.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {  // the store's way to say that its disk cannot be read
        run.failed({"internal", error.what(), {}, 0}, 1);
    }
    return run.exit_code;
}

}  // namespace capbridge::cli
