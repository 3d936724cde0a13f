// Findings about the files that a configuration names, which come as texts of one line a problem; and keeping
// what may be a secret out of what is said. Any thread.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/remedies.hpp"
#include "core/base/result.hpp"

namespace capbridge::cli {

// Of an error that one file met: its lines, when it lists problems, else itself.
std::vector<Finding> findings_of(const Error& error);

// A member that would hold a secret: "secret", "password", "token", "client_secret", ...; not the name of the
// place where one is kept ("secret_file").
bool holds_secret(std::string_view member);
// A member whose value is not shown to anybody: it might hold a secret by mistake.
bool may_be_secret(std::string_view member);

// Warnings for members that hold a secret themselves, wherever they stand.
Problems secrets_written_in(const json& document);
// What a message quotes of a value that may be a secret is taken out of it. Paths hang on `base`.
void hide_secret(Problem& problem, const json& document, const std::filesystem::path& base = {});
// Where the place of a secret is not as it should be, that none is named is left out: it would be wrong.
void leave_out_what_follows(Problems& problems);
// A key that others than its owner and group may read or change; false when it is not there.
bool is_open_to_all(const std::filesystem::path& key_file);

}  // namespace capbridge::cli
