// capbridge package inspect: what is in a SCORM or cmi5 zip, whether it is accepted, and why.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace capbridge::cli {

void add_package_inspect(CLI::App& package, Run& run);

}  // namespace capbridge::cli
