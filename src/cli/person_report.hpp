// The answer of person.export as a person reads it: one self-contained page, or a folder of CSV tables. Pure
// but for write_person_tables(), which makes files with mode 0600.
#pragma once
#include <filesystem>
#include <string>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace capbridge::cli {

// HTML without a script, a style sheet or a picture from elsewhere; prints on paper.
std::string person_page(const ordered_json& held);
// A file for each table, and README.txt that says what they are. The folder must not exist yet, or be empty.
Status write_person_tables(const std::filesystem::path& folder, const ordered_json& held);

}  // namespace capbridge::cli
