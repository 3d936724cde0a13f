// A first look at a zip's central directory and local headers (APPNOTE 4.3.7, 4.3.12-4.3.16), for what libzip
// does not tell: how many entries there are before memory is spent on them, which names hold a NUL (libzip
// turns it into a space), whose data overlaps that of another ("quoted" bombs multiply one kernel so), and
// whose local header says something else than the directory (another tool would see another file). Pure but
// for the source; any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "core/scorm/byte_source.hpp"

namespace capbridge::scorm {

struct CentralDirectory {
    std::uint64_t entries = 0;  // as counted, at most `max_entries` + 1
    bool too_large = false;  // the directory alone is larger than any honest one; nothing else was looked at
    struct Data {
        std::uint64_t compressed = 0, size = 0, crc = 0;
    };
    std::vector<Data> data;  // of each entry
    // Indexes of entries.
    std::set<std::uint64_t> names_with_nul, overlapping, differing;
};

// Nothing when no directory is found where an end record says: then this is no zip.
std::optional<CentralDirectory> look_at_central_directory(const ByteSource& source, std::size_t max_entries);

}  // namespace capbridge::scorm
