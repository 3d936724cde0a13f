// The subcommands of `capbridge`, one file each. Each add_* hangs its options below `root` and, when chosen,
// runs and leaves its exit code in `run.exit_code`: 0 done, 1 failed, 2 the input is bad (a file, an option,
// a configuration). Single-threaded. Answers go to standard output, everything else to standard error.
#pragma once
#include <string>

#include "core/base/result.hpp"

namespace CLI {
class App;
}

namespace capbridge::cli {

struct Run {
    int exit_code = 0;
    // Prints the error to standard error and sets the exit code: 2 for bad input (the default), 1 for a
    // failure.
    void failed(const Error& error, int code = 2);
};

void add_serve(CLI::App& root, Run& run);             // serve
void add_check(CLI::App& root, Run& run);             // check
void add_config(CLI::App& root, Run& run);            // config apply|schema|explain
void add_reload(CLI::App& root, Run& run);            // reload
void add_framework(CLI::App& root, Run& run);         // framework export|list|check|publish
void add_mapping(CLI::App& root, Run& run);           // mapping, policy and deployment publish
void add_attest(CLI::App& root, Run& run);            // attest, self-assess, waive
void add_report(CLI::App& root, Run& run);            // report publish|list|show|verify
void add_upgrade(CLI::App& root, Run& run);           // upgrade --preview
void add_learning(CLI::App& root, Run& run);          // learning, coverage, brief, mapping export|import
void add_learning_suggest(CLI::App& root, Run& run);  // learning suggest|duplicates; after add_learning
void add_package_map(CLI::App& root, Run& run);       // package map; after add_package
void add_next(CLI::App& root, Run& run);              // next, journey
void add_lint(CLI::App& root, Run& run);              // lint
void add_assertions(CLI::App& root, Run& run);        // assertions show|on|off|send|backfill
void add_assurance(CLI::App& root, Run& run);         // answer, assurance
void add_package(CLI::App& root, Run& run);           // package inspect|build
void add_people(CLI::App& root, Run& run);  // people import|list, assign propose|import|confirm|reject|status
void add_sources(CLI::App& root, Run& run);    // source add|check|list|show|accept|resume
void add_adapters(CLI::App& root, Run& run);   // adapter list|new|test
void add_sync(CLI::App& root, Run& run);       // sync, gap, push, quarantine, people lookup, rebuild, digest
void add_runs(CLI::App& root, Run& run);       // run list|show|revert
void add_questions(CLI::App& root, Run& run);  // matrix, person, record, explain
void add_status(CLI::App& root, Run& run);     // status
void add_support(CLI::App& root, Run& run);    // support-bundle
void add_retention(CLI::App& root, Run& run);  // retention publish|show|preview|apply
void add_person_privacy(CLI::App& root, Run& run);  // person export|erase|erasures|readmit; after
                                                    // add_questions
void add_forward(CLI::App& root, Run& run);         // forward add|list|show|retry|drop|pause|resume|remove
void add_statements(CLI::App& root, Run& run);      // statements export|import
void add_audit(CLI::App& root, Run& run);           // audit list|verify|export|head
void add_log(CLI::App& root, Run& run);             // log level
void add_message(CLI::App& root, Run& run);         // message
void add_backup(CLI::App& root, Run& run);          // backup [run]|list|verify|prune|key
void add_restore(CLI::App& root, Run& run);         // restore, restore --drill
void add_check_data(CLI::App& root, Run& run);      // check-data
void add_access(CLI::App& root, Run& run);          // credential add|list|revoke, login-link
void add_help_tree(CLI::App& root, Run& run);       // help-tree, hidden: for manual pages and completions

// Runs the program; the exit code.
int main(int argc, char** argv);

}  // namespace capbridge::cli
