#include "core/people/said_rows.hpp"
#include "core/people/sheet.hpp"

namespace capbridge::people {

Result<SaidRows> read_said_rows(std::string_view csv, std::string_view issuer,
                                const std::vector<std::string_view>& columns) {
    std::vector<Sheet::Column> known{{"person", false}, {"employee_number", false}};
    for (const auto name : columns) known.push_back({name, false});
    CAPBRIDGE_LET(auto sheet, Sheet::read(csv, known));
    if (!sheet.has("person") && !sheet.has("employee_number")) {
        return fail("missing_column",
                    "there is no column 'person' (a uuid or SCHEME:ISSUER:VALUE) and none 'employee_number'",
                    {}, 1);
    }
    if (!sheet.has("person") && issuer.empty())
        return fail("missing_issuer", "employee numbers need an issuer: who gives them out", "issuer");
    SaidRows out;
    sheet.each_row([&](std::size_t row) {
        SaidRows::Row read{sheet.line(row), {}};
        auto person = sheet.field(row, "person");
        if (person.empty() && sheet.has("employee_number") && !issuer.empty()) {
            const auto number = sheet.employee_number(row);
            if (!number) return;
            person = "esr-employee:" + std::string(issuer) + ":" + *number;
        }
        if (person.empty()) {
            sheet.leave_out(sheet.line(row), "missing_person", "the row does not say whose it is", "person");
            return;
        }
        read.fields.emplace("person", std::move(person));
        for (const auto name : columns) {
            if (auto text = sheet.field(row, name); !text.empty())
                read.fields.emplace(std::string(name), std::move(text));
        }
        out.rows_read.push_back(std::move(read));
    });
    out.exceptions = sheet.take_exceptions();
    out.rows = sheet.rows();
    return out;
}

}  // namespace capbridge::people
