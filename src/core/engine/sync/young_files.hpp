// What a sync leaves in the drop folder because it may still be half written: told to whoever wonders why
// nothing was read. Any thread.
#pragma once
#include <cstddef>

#include "core/base/time.hpp"
#include "core/store/sources.hpp"

namespace capbridge::engine {

// How many files of the source's folder were younger than its file_min_age at that time, or came later; 0
// when it has none.
std::size_t count_young_files(const store::SourceRow& source, Instant then);

}  // namespace capbridge::engine
