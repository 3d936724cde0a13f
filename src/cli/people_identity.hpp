// The subcommands of `capbridge people` about who is who: review, matches, crosswalk, link, ignore, rule,
// merge. Hung below `people` by people.cpp. Single-threaded.
#pragma once
#include "cli/commands.hpp"

namespace capbridge::cli {

void add_people_identity(CLI::App& people, Run& run);

}  // namespace capbridge::cli
