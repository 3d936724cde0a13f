// CSV files (RFC 4180, any separator, BOM, CRLF), read through libcsv into rows known by header name.
// Pure; any thread. Limits: 4 KiB of header, 1 MiB a field.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge {

struct CsvTable {
    std::vector<std::string> header;             // trimmed, lower case, as the columns stand
    std::vector<std::vector<std::string>> rows;  // each as long as the header
    std::vector<int> lines;                      // 1-based line on which each row begins

    // -1 when there is no such column.
    [[nodiscard]] int column(std::string_view name) const;
    // "" when there is no such column.
    [[nodiscard]] std::string_view field(std::size_t row, std::string_view name) const;
};

// Errors: "invalid_utf8", "invalid_csv" with the line; a row longer or shorter than the header is an error
// with its line.
Result<CsvTable> parse_csv(std::string_view text, char separator = ',');

}  // namespace capbridge
