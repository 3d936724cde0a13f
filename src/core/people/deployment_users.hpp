// Who works with a product's deployment, or does not, from a CSV file: single people beside the rule that its
// file gives. Pure: text in, values out; any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/people/import.hpp"

namespace capbridge::people {

struct DeploymentUsersImport {
    struct Row {
        Identifier who;
        // Absent: as the rule says again.
        std::optional<bool> works_with;
        std::string deployment;
        std::optional<Day> from, to;
        int line = 0;
    };
    std::vector<Row> rows_read;
    std::vector<Exception> exceptions;  // in order of lines
    std::size_t rows = 0;
};
// Columns: whose it is, as employee_number, or as scheme, issuer and value; deployment (its id; needed
// without `otherwise`, the deployment of rows that name none); works_with (yes by default, no, or rule: the
// rule of the deployment's file decides again), from, to. `issuer` gives out numbers that name no issuer. One
// row a person and deployment: the first one stands. Errors: those of parse_csv, "missing_column",
// "duplicate_column".
using KnowsDeployment = std::function<bool(std::string_view id)>;
Result<DeploymentUsersImport> read_deployment_users(std::string_view csv, std::string_view issuer,
                                                    std::string_view otherwise, const KnowsDeployment& knows);

}  // namespace capbridge::people
