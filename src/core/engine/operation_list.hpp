// The operations of each theme; internal to engine. Parameters and answers are documented where each is
// defined.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

std::vector<Operation> ask_operations();        // matrix, person, record, explain, people.list, status
std::vector<Operation> decide_operations();     // framework, mapping, policy, deployment, configuration
std::vector<Operation> people_operations();     // people.import, assign.*
std::vector<Operation> source_operations();     // source.*, sync, rebuild
std::vector<Operation> run_operations();        // run.*
std::vector<Operation> forward_operations();    // forward.*
std::vector<Operation> statement_operations();  // statements.*
std::vector<Operation> access_operations();     // credential.*, login-link

// A run from begin to end, whatever happens in between: the work's counts or its error end up in the run's
// row.
Result<ordered_json> in_run(Bridge& bridge, store::RunRow run,
                            const std::function<Result<ordered_json>(store::RunRow& run)>& work);

// Parameters: errors "bad_parameter" name the parameter.
Result<std::string> need_text(const json& params, std::string_view name);
Result<Day> day_parameter(Bridge& bridge, const json& params, std::string_view name);  // today when absent

}  // namespace capbridge::engine
