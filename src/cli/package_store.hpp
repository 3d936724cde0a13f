// The packages that are kept: hung below `capbridge package` (package.cpp).
#pragma once
#include "cli/commands.hpp"

namespace capbridge::cli {

// package add|list|show|findings|structure|activities|diff|replace|remove|download
void add_package_store(CLI::App& package, Run& run);

}  // namespace capbridge::cli
