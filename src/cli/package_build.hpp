// capbridge package build: makes SCORM and cmi5 packages out of folders and lesson files.
#pragma once
#include "cli/commands.hpp"

namespace capbridge::cli {

void add_package_build(CLI::App& package, Run& run);

}  // namespace capbridge::cli
