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
// Durable when it returns. Errors "store_full", "store_io".
// `backup`: its id. Error "store_locked" when another restore has begun there.
Status end_restore(const std::filesystem::path& dir, std::string_view backup);

}  // namespace capbridge::store
