// Before a data directory of an earlier format is migrated: a checked copy of its database in
// DIR/before-upgrade-FORMAT, with what was about to happen in upgrade.json. It stays until somebody removes
// it; an earlier version that is started on the migrated directory is refused, and told of it. Attachments
// and packages are files of their own that no migration touches.
#pragma once
#include <filesystem>

#include "core/base/result.hpp"
#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

// The owner of `dir`, before migrate(). Nothing when the database is new or of the latest format. Errors
// "no_room", "store_damaged" (the copy is not sound: then nothing is migrated), "unwritable", "store_io".
Status keep_before_upgrade(const std::filesystem::path& dir, Database& database, int latest);

// A refusal "store_newer" with what this directory says of its upgrade: which version made it, when, where
// the copy lies, and how to go back to it.
Error tell_of_upgrade(Error refusal, const std::filesystem::path& dir, int latest);

}  // namespace capbridge::store
