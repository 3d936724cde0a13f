// The transaction that takes a person out of every table (docs/privacy.md has the inventory). On the writer's
// thread.
#pragma once
#include "core/store/erasing.hpp"
#include "core/store/sqlite/writer.hpp"

namespace capbridge::store {

// Throws Failure.
ErasedPlaces erase(Writing& writing, const Erasing& erasing);

}  // namespace capbridge::store
