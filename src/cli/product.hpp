// Questions about what is published: hung below the commands that publish (mapping.cpp).
#pragma once
#include "cli/commands.hpp"

namespace capbridge::cli {

void add_product(CLI::App& product, Run& run);        // product list|show
void add_profile(CLI::App& profile, Run& run);        // profile list|show|check
void add_deployment(CLI::App& deployment, Run& run);  // deployment list|show|users

}  // namespace capbridge::cli
