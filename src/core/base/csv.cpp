#include "core/base/csv.hpp"

#include <csv.h>

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge {
namespace {

struct Reading {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
};

void on_field(void* bytes, std::size_t size, void* to) {
    static_cast<Reading*>(to)->row.emplace_back(static_cast<const char*>(bytes), size);
}

void on_row(int, void* to) {
    auto* reading = static_cast<Reading*>(to);
    reading->rows.push_back(std::move(reading->row));
    reading->row.clear();
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
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return fail("internal", "libcsv does not start");
    csv_set_delim(&parser, static_cast<unsigned char>(separator));

    CsvTable table;
    Reading reading;
    int line = 1;
    Status status;
    // Fed line by line, so that every row knows the line it began on; a quoted field may hold line breaks.
    for (std::size_t at = 0; at < text.size() && status;) {
        const auto newline = text.find('\n', at);
        const auto size = (newline == std::string_view::npos ? text.size() : newline + 1) - at;
        const auto before = reading.rows.size();
        if (reading.row.empty() && table.lines.size() == before) table.lines.push_back(line);
        if (csv_parse(&parser, text.data() + at, size, on_field, on_row, &reading) != size) {
            status = fail("invalid_csv", std::string("line ") + std::to_string(line) + ": " + csv_strerror(csv_error(&parser)), {}, line);
        }
        at += size;
        ++line;
        if (reading.rows.size() == before && reading.row.empty() && table.lines.size() > before && trim(text.substr(at - size, size)).empty()) {
            table.lines.pop_back();  // an empty line
        }
    }
    if (status && csv_fini(&parser, on_field, on_row, &reading) != 0) {
        status = fail("invalid_csv", "the file ends inside a quoted field", {}, line);
    }
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
            return fail("invalid_csv", "line " + std::to_string(where) + " has " + std::to_string(row.size()) + " fields, the header " + std::to_string(table.header.size()), {}, where);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace capbridge
