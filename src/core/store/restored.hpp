// A directory that a restore has filled and that nobody has opened yet: its mark (copy.hpp) is still there,
// so every other way to open it is refused. Its first owner carries out what was erased since and says in the
// audit what happened; only then the mark goes (end_restore), so that a first start that was cut off is begun
// again with the restore.
#pragma once
#include <filesystem>
#include <memory>

#include "core/store/store.hpp"

namespace capbridge::store {

// As open_store(dir, Mode::own).
Result<std::unique_ptr<Store>> open_restored(const std::filesystem::path& dir);
// Durable when it returns. `mark`: as restore_backup() made it. Errors "store_full", "store_io";
// "store_locked" or "not_found" when another restore was begun there meanwhile.
Status end_restore(const std::filesystem::path& dir, std::string_view mark);

}  // namespace capbridge::store
