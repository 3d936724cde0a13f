#include "core/people/sheet.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge::people {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// "1.09E+07": what a spreadsheet leaves of a long number. Two people may have become one; nobody can tell.
bool rounded_by_spreadsheet(std::string_view number) {
    const auto e = number.find_first_of("eE");
    if (e == std::string_view::npos || e == 0 || e + 2 >= number.size()) return false;
    if (number[e + 1] != '+') return false;
    const auto head = number.substr(0, e), tail = number.substr(e + 2);
    return std::all_of(head.begin(), head.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
           std::all_of(tail.begin(), tail.end(), is_digit);
}

std::string names_of(const std::vector<Sheet::Column>& columns) {
    std::string names;
    for (const auto& column : columns) names += (names.empty() ? "" : ", ") + std::string(column.name);
    return names;
}

}  // namespace

Result<Sheet> Sheet::read(std::string_view csv, const std::vector<Column>& columns) {
    Sheet sheet;
    CAPBRIDGE_LET(sheet.table_, parse_csv(csv));
    const auto& header = sheet.table_.header;
    for (const auto& [name, needed] : columns) {
        const auto count = std::count(header.begin(), header.end(), name);
        if (count > 1)
            return fail("duplicate_column",
                        "the column '" + std::string(name) + "' stands in the header twice", {}, 1);
        if (count == 0 && needed) {
            return fail("missing_column",
                        "there is no column '" + std::string(name) + "'; the columns are " +
                            names_of(columns) + ", separated by commas",
                        {}, 1);
        }
        sheet.at_.emplace(name, sheet.table_.column(name));
    }
    for (const auto& name : header) {
        const auto known = std::any_of(columns.begin(), columns.end(),
                                       [&](const Column& column) { return column.name == name; });
        if (!known)
            sheet.note(1, "unknown_column",
                       "the column '" + name + "' was not read; known are " + names_of(columns));
    }
    return sheet;
}

void Sheet::each_row(const std::function<void(std::size_t)>& each) {
    std::unordered_map<std::string, int> seen;  // a row's fields -> its line
    seen.reserve(table_.rows.size());
    rows_ = 0;
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
        std::string content;
        bool blank = true;
        for (const auto& field : table_.rows[row]) {
            const auto text = trim(field);
            blank = blank && text.empty();
            content += text;
            content += '\x1f';
        }
        if (blank) continue;  // spreadsheets write such rows below the table
        ++rows_;
        const auto [first, is_new] = seen.emplace(std::move(content), line(row));
        if (!is_new) {
            leave_out(line(row), "duplicate_row", "the same row as line " + std::to_string(first->second));
            continue;
        }
        each(row);
    }
}

std::string Sheet::field(std::size_t row, std::string_view name) const {
    const auto it = at_.find(name);
    return it == at_.end() || it->second < 0 ? std::string{}
                                             : trim(table_.rows[row][static_cast<std::size_t>(it->second)]);
}

bool Sheet::period(std::size_t row, std::optional<Day>& from, std::optional<Day>& to,
                   std::string_view from_column, std::string_view to_column) {
    for (const auto& [name, day] : {std::pair{from_column, &from}, std::pair{to_column, &to}}) {
        const auto text = field(row, name);
        if (text.empty()) continue;
        *day = parse_day(text);
        if (!*day) {
            leave_out(line(row), "bad_date", "'" + std::string(name) + "' is not a day as YYYY-MM-DD",
                      std::string(name));
            return false;
        }
    }
    if (from && to && *to < *from) {
        leave_out(line(row), "from_after_to",
                  "'" + std::string(from_column) + "' is later than '" + std::string(to_column) + "'",
                  std::string(from_column));
        return false;
    }
    return true;
}

std::optional<std::string> Sheet::employee_number(std::size_t row) {
    auto number = field(row, "employee_number");
    if (number.empty()) {
        leave_out(line(row), "missing_employee_number", "there is no employee number", "employee_number");
        return {};
    }
    if (rounded_by_spreadsheet(number)) {
        leave_out(line(row), "rounded_employee_number",
                  "a spreadsheet has rounded the employee number; format the column as text and export again",
                  "employee_number");
        return {};
    }
    return number;
}

void Sheet::leave_out(int line, std::string code, std::string message, std::string column) {
    exceptions_.push_back({line, std::move(code), std::move(message), true, std::move(column)});
}

void Sheet::note(int line, std::string code, std::string message) {
    exceptions_.push_back({line, std::move(code), std::move(message), false});
}

std::vector<Exception> Sheet::take_exceptions() {
    std::stable_sort(exceptions_.begin(), exceptions_.end(),
                     [](const Exception& a, const Exception& b) { return a.line < b.line; });
    return std::move(exceptions_);
}

}  // namespace capbridge::people
