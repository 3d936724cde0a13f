#include "cli/statement_csv.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/base/text.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::cli {
namespace {

// "" for what is not there.
const json& at(const json& object, const char* member) {
    static const json nothing;
    if (!object.is_object()) return nothing;
    const auto it = object.find(member);
    return it == object.end() ? nothing : *it;
}

// Numbers and true and false stay as they are: only text could be taken for a formula.
std::string field(const json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? csv_field(value.get_ref<const std::string&>()) : value.dump();
}

// Of a group without an identifier the keys of its members.
std::string agent(const json& who) {
    if (!who.is_object()) return {};
    auto key = xapi::read_agent(who).key();
    if (!key.empty()) return csv_field(key);
    std::vector<std::string> members;
    if (const auto& list = at(who, "member"); list.is_array()) {
        for (const auto& member : list) {
            if (member.is_object()) members.push_back(xapi::read_agent(member).key());
        }
    }
    return csv_field(join(members, " "));
}

std::string object_type(const json& object) {
    const auto type = get_string(object, "objectType", "Activity");
    return csv_field(type);
}

std::string object_id(const json& object) {
    const auto type = get_string(object, "objectType", "Activity");
    return type == "Agent" || type == "Group" ? agent(object) : field(at(object, "id"));
}

}  // namespace

std::string statement_csv_header() {
    return "id,stored,timestamp,actor,verb,object_type,object,completion,success,score_scaled,score_raw,"
           "score_min,score_max,duration,response,registration,authority,version,voided_by\r\n";
}

std::string statement_csv_line(const json& statement, std::string_view voided_by) {
    const auto& object = at(statement, "object");
    const auto& result = at(statement, "result");
    const auto& score = at(result, "score");
    const std::string fields[] = {
        field(at(statement, "id")),
        field(at(statement, "stored")),
        field(at(statement, "timestamp")),
        agent(at(statement, "actor")),
        field(at(at(statement, "verb"), "id")),
        object_type(object),
        object_id(object),
        field(at(result, "completion")),
        field(at(result, "success")),
        field(at(score, "scaled")),
        field(at(score, "raw")),
        field(at(score, "min")),
        field(at(score, "max")),
        field(at(result, "duration")),
        field(at(result, "response")),
        field(at(at(statement, "context"), "registration")),
        agent(at(statement, "authority")),
        field(at(statement, "version")),
        csv_field(voided_by),
    };
    std::string line;
    const char* before = "";
    for (const auto& one : fields) {
        line += before + one;
        before = ",";
    }
    return line + "\r\n";
}

}  // namespace capbridge::cli
