// Copies of a database of ours by SQLite's backup interface, and looks at whether one is sound. Within one
// read transaction: writers are not held up, and what they write meanwhile stays in the write-ahead log,
// which grows by just that. Throws Failure; any thread.
#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "core/store/copy.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/store.hpp"

namespace capbridge::store {

// `into` is not there yet, and is no database in use. Throws Failure, also "stopping" and "no_room" (before
// anything is copied). `go_on` hears pages.
void copy_database(const std::filesystem::path& file, const std::filesystem::path& into,
                   const Store::GoOn& go_on);
// Errors "unwritable", and what copy_database() throws.
Result<std::unique_ptr<StoreCopy>> take_copy(const std::filesystem::path& file, const Store::GoOn& go_on);

// `deep` compares indexes with their tables too, which takes several times as long.
std::vector<Damage> look_for_damage(Database& database, bool deep);
CopyFacts facts_of(Database& database);

// Room for so many bytes and some more on the file system of `dir`? Error "no_room" says what is lacking.
Status need_room(const std::filesystem::path& dir, std::uint64_t bytes, std::string_view what_for);

}  // namespace capbridge::store
