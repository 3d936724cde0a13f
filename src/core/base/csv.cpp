#include "core/base/csv.hpp"

#include <csv.h>

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge {
namespace {

constexpr std::size_t max_header_bytes = 4u << 10;
constexpr std::size_t max_field_bytes = 1u << 20;

struct Reading {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::size_t row_bytes = 0;
    bool too_large = false;
};

void on_field(void* bytes, std::size_t size, void* to) {
    auto* reading = static_cast<Reading*>(to);
    reading->row_bytes += size;
    reading->too_large |=
        size > max_field_bytes || (reading->rows.empty() && reading->row_bytes > max_header_bytes);
    reading->row.emplace_back(static_cast<const char*>(bytes), size);
}

void on_row(int, void* to) {
    auto* reading = static_cast<Reading*>(to);
    reading->rows.push_back(std::move(reading->row));
    reading->row.clear();
    reading->row_bytes = 0;
}

// The first line of `text` with its line break: LF, CR LF, or the CR of old spreadsheets.
std::size_t line_size(std::string_view text) {
    const auto end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return text.size();
    return end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
}

}  // namespace

int CsvTable::column(std::string_view name) const {
    const auto it = std::find(header.begin(), header.end(), lower_ascii(name));
    return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

std::string_view CsvTable::field(std::size_t row, std::string_view name) const {
    const int at = column(name);
    return at < 0 ? std::string_view{} : std::string_view{rows[row][static_cast<std::size_t>(at)]};
}

Result<CsvTable> parse_csv(std::string_view text, char separator) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!is_utf8(text)) return fail("invalid_utf8", "the file is not UTF-8; save it as 'CSV UTF-8'");
    csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return fail("internal", "libcsv does not start");
    csv_set_delim(&parser, static_cast<unsigned char>(separator));

    CsvTable table;
    Reading reading;
    int line = 1;
    Status status;
    // Fed line by line, so that every row knows the line it began on; a quoted field may hold line breaks.
    for (; !text.empty() && status; ++line) {
        const auto size = line_size(text);
        // A row begins on the first line that is not blank; a blank line inside its quotes begins nothing.
        if (table.lines.size() == reading.rows.size() && !trim(text.substr(0, size)).empty())
            table.lines.push_back(line);
        if (csv_parse(&parser, text.data(), size, on_field, on_row, &reading) != size) {
            status = fail("invalid_csv",
                          "line " + std::to_string(line) + ": " + csv_strerror(csv_error(&parser)), {}, line);
        } else if (reading.too_large) {
            status = fail("invalid_csv",
                          "line " + std::to_string(line) + ": a header holds at most 4 KiB, a field 1 MiB",
                          {}, line);
        }
        if (table.lines.size() < reading.rows.size())
            table.lines.push_back(line);  // blanks between tabs are a row
        text.remove_prefix(size);
    }
    if (status && csv_fini(&parser, on_field, on_row, &reading) != 0) {
        const int began = table.lines.empty() ? 1 : table.lines.back();
        status = fail("invalid_csv",
                      "line " + std::to_string(began) + ": the file ends inside a quoted field", {}, began);
    }
    if (status && reading.too_large)
        status = fail("invalid_csv", "a header holds at most 4 KiB, a field 1 MiB", {}, line);
    csv_free(&parser);
    CAPBRIDGE_TRY(std::move(status));
    if (reading.rows.empty()) return fail("invalid_csv", "the file is empty: a header row is needed", {}, 1);

    for (auto& name : reading.rows.front()) table.header.push_back(lower_ascii(trim(name)));
    table.lines.resize(reading.rows.size(), line);
    table.lines.erase(table.lines.begin());
    for (std::size_t i = 1; i < reading.rows.size(); ++i) {
        auto& row = reading.rows[i];
        if (row.size() != table.header.size()) {
            const int where = table.lines[i - 1];
            return fail("invalid_csv",
                        "line " + std::to_string(where) + " has " + std::to_string(row.size()) +
                            " fields, the header " + std::to_string(table.header.size()),
                        {}, where);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace capbridge
