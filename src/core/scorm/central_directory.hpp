// A first look at a zip's central directory (APPNOTE 4.3.12-4.3.16), for the two things that libzip does not
// tell: how many entries there are before memory is spent on them, and which names hold a NUL (libzip turns
// it into a space). Pure but for the source; any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

#include "core/scorm/byte_source.hpp"

namespace capbridge::scorm {

struct CentralDirectory {
    std::uint64_t entries = 0;               // as counted, at most `max_entries` + 1
    std::set<std::uint64_t> names_with_nul;  // their indexes
};

// Nothing when no directory is found where the end record says: libzip then decides whether this is a zip at
// all.
std::optional<CentralDirectory> look_at_central_directory(const ByteSource& source, std::size_t max_entries);

}  // namespace capbridge::scorm
