// A file that says the same kind of thing of many people, a row each: the fields by column, for whoever knows
// what they mean. Pure; any thread.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/people/import.hpp"

namespace capbridge::people {

struct SaidRows {
    struct Row {
        int line;
        // Column -> text; empty fields are left out. "person" is always there: a uuid, SCHEME:ISSUER:VALUE,
        // or whatever else was written in its column.
        std::map<std::string, std::string, std::less<>> fields;
    };
    std::vector<Row> rows_read;
    std::vector<Exception> exceptions;  // in order of lines
    std::size_t rows = 0;               // below the header, those without any content not counted
};
// Whose a row is stands in the column person or, as a number that `issuer` gives out, employee_number.
// Errors: those of parse_csv, "missing_column", "duplicate_column", "missing_issuer".
Result<SaidRows> read_said_rows(std::string_view csv, std::string_view issuer,
                                const std::vector<std::string_view>& columns);

}  // namespace capbridge::people
