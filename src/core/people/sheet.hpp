// A CSV file that a person keeps, read against the columns we know: what read_people and read_assignments
// share. Internal to this folder. Borrows nothing; any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/csv.hpp"
#include "core/people/import.hpp"

namespace capbridge::people {

class Sheet {
public:
    struct Column {
        std::string_view name;
        bool needed;
    };
    // Errors: those of parse_csv, "missing_column", "duplicate_column". An unknown column becomes an
    // exception of line 1: a mistyped header must not lose a column in silence.
    static Result<Sheet> read(std::string_view csv, const std::vector<Column>& columns);

    // Calls `each` for every row with some content that does not merely repeat an earlier row.
    void each_row(const std::function<void(std::size_t)>& each);
    // The trimmed field; "" when there is no such column. `name` is one of the columns given to read().
    [[nodiscard]] std::string field(std::size_t row, std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return table_.column(name) >= 0; }
    [[nodiscard]] int line(std::size_t row) const { return table_.lines[row]; }
    [[nodiscard]] std::size_t rows() const { return rows_; }

    // Reads the columns of a first and a last day; false, with an exception, when the row cannot be used for
    // its dates.
    bool period(std::size_t row, std::optional<Day>& from, std::optional<Day>& to,
                std::string_view from_column = "from", std::string_view to_column = "to");
    // An empty employee number, or one that a spreadsheet has rounded (1.0949595E+7), is an exception and
    // gives nothing.
    std::optional<std::string> employee_number(std::size_t row);

    void leave_out(int line, std::string code, std::string message, std::string column = "");
    void note(int line, std::string code, std::string message);  // the row itself is used
    std::vector<Exception> take_exceptions();                    // in order of lines

private:
    CsvTable table_;
    std::unordered_map<std::string_view, int> at_;  // column name (of the caller's literal) -> position
    std::vector<Exception> exceptions_;
    std::size_t rows_ = 0;
};

}  // namespace capbridge::people
