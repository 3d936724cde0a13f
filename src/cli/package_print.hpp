// What the commands about kept packages print for people. Titles and names come from a stranger's file: no
// control character of theirs reaches the terminal. Standard output; single-threaded.
#pragma once
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace capbridge::cli {

std::string printable(const ordered_json& object, std::string_view member);
void print_package_json(const ordered_json& answer);  // what is not UTF-8 is replaced

void print_packages(const ordered_json& answer);
void print_package(const ordered_json& package);
void print_kept(const ordered_json& answer, std::string_view verb);  // of add and replace
void print_findings(const ordered_json& findings, bool all);         // else errors and warnings
void print_activities(const ordered_json& answer);
void print_changes(const ordered_json& changes);   // of diff and replace
void print_effects(const ordered_json& mappings);  // on mappings in force

}  // namespace capbridge::cli
