// A file that says things of many people: whose each row is, what stands in its columns, what is left out.
#include "core/people/said_rows.hpp"

#include <gtest/gtest.h>

namespace capbridge::people {
namespace {

const std::vector<std::string_view> columns{"requirements", "on"};

std::vector<std::string> wrong(const SaidRows& rows) {
    std::vector<std::string> out;
    for (const auto& e : rows.exceptions)
        out.push_back(std::to_string(e.line) + ":" + e.column + ":" + e.code);
    return out;
}

TEST(SaidRows, SayWhoseTheyAreByPersonOrByNumber) {
    const auto read = read_said_rows(
        "\xEF\xBB\xBFOn,Person,Employee_Number,Requirements\r\n"
        "2026-03-01, email:a@b.example ,,\"a; b\"\r\n"
        ",,00123,a\r\n"
        ",uuid,77,a\r\n",
        "demo", columns);
    ASSERT_TRUE(read) << read.error().text();
    ASSERT_EQ(read->rows_read.size(), 3U);
    EXPECT_EQ(read->rows_read[0].fields.at("person"), "email:a@b.example");
    EXPECT_EQ(read->rows_read[0].fields.at("requirements"), "a; b");
    EXPECT_EQ(read->rows_read[0].line, 2);
    EXPECT_EQ(read->rows_read[1].fields.at("person"), "esr-employee:demo:00123");
    EXPECT_FALSE(read->rows_read[1].fields.contains("on")) << "an empty field says nothing";
    EXPECT_EQ(read->rows_read[2].fields.at("person"), "uuid") << "the person's column goes first";
    EXPECT_TRUE(read->exceptions.empty());
}

TEST(SaidRows, LeaveOutWhatIsNobodys) {
    const auto read = read_said_rows("person,requirements,colour\n,a,\nx,a,red\nx,a,red\n,,\n", "", columns);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(wrong(*read),
              (std::vector<std::string>{"1::unknown_column", "2:person:missing_person", "4::duplicate_row"}));
    EXPECT_EQ(read->rows_read.size(), 1U);
    EXPECT_EQ(read->rows, 3U) << "what a spreadsheet leaves below the table is no row";
    const auto numbers = read_said_rows("employee_number\n\"\"\n1.2E+05\n\n7\n", "demo", columns);
    ASSERT_TRUE(numbers) << numbers.error().text();
    EXPECT_EQ(wrong(*numbers), (std::vector<std::string>{"3:employee_number:rounded_employee_number"}));
    EXPECT_EQ(numbers->rows_read.size(), 1U);
}

TEST(SaidRows, RefuseAFileThatCannotSayWhose) {
    const auto code = [](std::string_view csv, std::string_view issuer = {}) {
        const auto read = read_said_rows(csv, issuer, columns);
        return read ? std::string() : read.error().code;
    };
    EXPECT_EQ(code("requirements\na\n"), "missing_column");
    EXPECT_EQ(code("employee_number,requirements\n1,a\n"), "missing_issuer");
    EXPECT_EQ(code("employee_number,requirements\n1,a\n", "demo"), "");
    EXPECT_EQ(code("person,on,on\nx,,\n"), "duplicate_column");
    EXPECT_EQ(code("person,on\nx\n"), "invalid_csv");
    EXPECT_EQ(code("person,on\n\xff,x\n"), "invalid_utf8");
}

}  // namespace
}  // namespace capbridge::people
