#include "core/engine/new_statement.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::engine {

store::NewStatement new_statement(const json& statement) {
    const auto read = xapi::read_statement(statement);
    store::NewStatement row;
    row.id = read.id;
    row.keys = xapi::keys_of(statement);
    row.timestamp_given = statement.contains("timestamp");
    if (read.voids()) {
        row.voids = read.object_id;
    } else if (read.object_type == "StatementRef") {
        row.refers_to = read.object_id;
    }
    row.body = statement.dump();
    return row;
}

}  // namespace capbridge::engine
