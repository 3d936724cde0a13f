// capbridge team list|show|withdraw: hung below `capbridge team`. Single-threaded.
#pragma once
#include "cli/commands.hpp"

namespace capbridge::cli {

void add_team(CLI::App& team, Run& run);

}  // namespace capbridge::cli
