// The cursor of a csv source: which files were read in which version, and how far into the one that is not
// finished.
//   {"files":{"a.csv":"<version>"},"partial":{"file":"b.csv","version":"<version>","rows":2000}}
// A file that left the folder is forgotten with the next cursor, so that the cursor does not grow for ever.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace csv_adapter {

struct Cursor {
    std::map<std::string, std::string> files;
    std::string partial_file, partial_version;
    std::int64_t partial_rows = 0;

    // "" is the beginning. Throws bridge::Failure{BRIDGE_BAD_CURSOR}.
    static Cursor parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};

}  // namespace csv_adapter
