// The shape of capbridge.db, as numbered steps; the number of the last one done is the database's
// user_version. docs/store.md explains the tables.
#pragma once
#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

inline constexpr int application_id = 0x43617042;  // "CapB": `file` and our own check know the database by it

int latest_version();
// Brings the database to the latest version, each step in a transaction of its own. Throws Failure:
// "store_newer", "store_damaged" (another program's database).
void migrate(Database& database);
// For readers, which cannot migrate: the database is ours and of this version. Throws Failure: "store_newer",
// "store_older", "no_data" (no step done yet), "store_damaged".
void check_version(Database& database);

}  // namespace capbridge::store
