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
