// capbridge package: the commands for SCORM and cmi5 packages.
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/package_build.hpp"
#include "cli/package_inspect.hpp"
#include "cli/package_store.hpp"

namespace capbridge::cli {

void add_package(CLI::App& root, Run& run) {
    auto* package = root.add_subcommand("package", "Inspect, keep and build SCORM and cmi5 packages");
    package->require_subcommand(1);
    add_package_store(*package, run);
    add_package_inspect(*package, run);
    add_package_build(*package, run);
}

}  // namespace capbridge::cli
