#include "core/competency/documents.hpp"

#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"

namespace capbridge::competency {

Result<json> read_document(std::string_view text, const std::string& name) {
    auto document = parse_json(text);
    if (!document) {
        auto error = document.error();
        error.where = error.where.empty() ? name : name + "#" + error.where;
        return fail(std::move(error));
    }
    return std::move(*document);
}

Result<json> read_shaped(std::string_view text, const std::string& name, const std::string& schema) {
    CAPBRIDGE_LET(json document, read_document(text, name));
    const auto problems = check_shape(document, schema, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return document;
}

std::vector<std::string> strings_of(const json& object, std::string_view member) {
    const auto it = object.find(member);
    return it == object.end() ? std::vector<std::string>() : it->get<std::vector<std::string>>();
}

std::optional<Day> day_of_member(const json& object, const char* member, const std::string& pointer,
                                 Problems& problems) {
    const auto text = get_string(object, member);
    if (text.empty()) return {};
    auto day = parse_day(text);
    if (!day) {
        problems.push_back({Problem::Severity::error, "bad_day", pointer + "/" + member,
                            "'" + text + "' is no day written YYYY-MM-DD", 0});
    }
    return day;
}

void put(json& out, const char* member, const std::string& value) {
    if (!value.empty()) out[member] = value;
}
void put(json& out, const char* member, const std::optional<Day>& day) {
    if (day) out[member] = format_day(*day);
}
std::optional<Day> day_at(const json& object, const char* member) {
    return parse_day(get_string(object, member));
}

Problems check_shape(const json& document, const std::string& schema_path, std::string_view text) {
    const auto broken = [](std::string message) {
        return Problems{{Problem::Severity::error, "internal", "", std::move(message), 0}};
    };
    const auto* file = find_embedded(embedded_config(), schema_path);
    if (file == nullptr) return broken("the schema " + schema_path + " is missing from this build");
    const auto schema = parse_json(file->bytes);
    if (!schema)
        return broken("the schema " + schema_path + " of this build is broken: " + schema.error().message);
    return validate_json(document, *schema, text);
}

}  // namespace capbridge::competency
