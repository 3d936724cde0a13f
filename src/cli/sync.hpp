// What the commands about sources share. Single-threaded.
#pragma once
#include <string>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {

// A question about sources: of the daemon when there is one, for only it knows what is at work.
Result<ordered_json> ask_about_sources(const Options& options, std::string_view operation,
                                       const json& params);
// The answer of sync, source.accept or gap.accept; the exit code is 1 when a source failed.
void print_syncs(const Options& options, const Result<ordered_json>& done, Run& run);
// source.resume, gap.reseed
void resume_source(const Options& options, std::string_view operation, const std::string& name, Run& run);
// 2 for what the person at the keyboard got wrong, else 1.
int sync_exit_code(const Error& error);

void add_quarantine(CLI::App& root, Run& run);  // quarantine list|retry|drop

}  // namespace capbridge::cli
