// Who works with a deployment, from a file as people keep it: what is taken, and what is left out with its
// line.
#include "core/people/deployment_users.hpp"

#include <gtest/gtest.h>

namespace capbridge::people {
namespace {

Result<DeploymentUsersImport> read(const std::string& csv, const std::string& otherwise = {}) {
    return read_deployment_users(csv, "demo", otherwise,
                                 [](std::string_view id) { return id == "scan" || id == "scan-2"; });
}

TEST(DeploymentUsers, ReadsNumbersAndOtherIdentifiers) {
    const auto out = read(
        "employee_number,scheme,issuer,value,deployment,works_with,from,to\n"
        "1001,,,,scan,,2026-01-01,2026-06-30\n"
        ",email,,ada@demo.example,scan,No,,\n"
        ",esr-person,other,77,scan-2,rule,,\n"
        ",esr-assignment,,12,scan,YES,,\n");
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_TRUE(out->exceptions.empty());
    ASSERT_EQ(out->rows_read.size(), 4U);
    EXPECT_EQ(out->rows_read[0].who.scheme, "esr-employee");
    EXPECT_EQ(out->rows_read[0].who.issuer, "demo");
    EXPECT_EQ(out->rows_read[0].works_with, std::optional(true));
    EXPECT_EQ(out->rows_read[0].to, parse_day("2026-06-30"));
    EXPECT_EQ(out->rows_read[1].who.issuer, "") << "an address is world-wide";
    EXPECT_EQ(out->rows_read[1].works_with, std::optional(false));
    EXPECT_EQ(out->rows_read[2].who.issuer, "other");
    EXPECT_FALSE(out->rows_read[2].works_with);
    EXPECT_EQ(out->rows_read[3].who.issuer, "demo");
}

TEST(DeploymentUsers, LeavesOutWhatCannotBeMeantAndSaysWhere) {
    const auto out = read(
        "employee_number,scheme,value,works_with,from,to,deployment\n"
        "1001,,,perhaps,,,scan\n"
        "1002,,,,2026-02-01,2026-01-01,scan\n"
        "1003,,,,,,elsewhere\n"
        ",email,,,,,scan\n"
        ",,,,,,scan\n"
        "1.0949595E+7,,,,,,scan\n"
        "1004,,,,,,scan\n"
        "1004,,,no,,,scan\n");
    ASSERT_TRUE(out) << out.error().text();
    ASSERT_EQ(out->rows_read.size(), 1U);
    EXPECT_EQ(out->rows_read[0].line, 8);
    std::vector<int> lines;
    for (const auto& e : out->exceptions) {
        lines.push_back(e.line);
        EXPECT_EQ(e.message.find("perhaps"), std::string::npos) << "what stands in a row is not repeated";
        EXPECT_EQ(e.message.find("elsewhere"), std::string::npos);
    }
    EXPECT_EQ(lines, (std::vector{2, 3, 4, 5, 6, 7, 9}));
}

TEST(DeploymentUsers, ADeploymentMayBeGivenForTheWholeFile) {
    EXPECT_EQ(read("employee_number\n1001\n").error().code, "missing_column");
    const auto out = read("employee_number\n1001\n", "scan-2");
    ASSERT_TRUE(out) << out.error().text();
    ASSERT_EQ(out->rows_read.size(), 1U);
    EXPECT_EQ(out->rows_read[0].deployment, "scan-2");
    EXPECT_FALSE(read("", "scan-2"));
}

}  // namespace
}  // namespace capbridge::people
