// What a batch brings to, and takes from, the quarantine of a source (sources.hpp reads it). On the writer's
// thread.
#pragma once
#include "core/store/journal.hpp"
#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

void append_quarantine(Database& database, const Batch& batch);  // of a batch that was found good

}  // namespace capbridge::store
