// The only unit that sees valijson, which takes seconds to compile.
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/base/json.hpp"

namespace capbridge {
namespace {

// valijson writes a context as "<root>[member][0]"; we speak JSON pointers.
std::string pointer_of(const std::string& context) {
    std::string pointer;
    std::size_t at = context.find('[');
    while (at != std::string::npos) {
        const auto end = context.find(']', at);
        if (end == std::string::npos) break;
        std::string part = context.substr(at + 1, end - at - 1);
        if (part.size() >= 2 && part.front() == '"') part = part.substr(1, part.size() - 2);
        pointer = pointer_append(pointer, part);
        at = context.find('[', end);
    }
    return pointer;
}

}  // namespace

Problems validate_json(const json& document, const json& schema_document, std::string_view text) {
    Problems problems;
    try {
        valijson::Schema schema;
        valijson::SchemaParser parser;
        valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_document);
        parser.populateSchema(schema_adapter, schema);

        valijson::Validator validator(valijson::Validator::kStrongTypes);
        valijson::ValidationResults results;
        valijson::adapters::NlohmannJsonAdapter target(document);
        if (validator.validate(schema, target, &results)) return problems;

        valijson::ValidationResults::Error error;
        while (results.popError(error)) {
            std::string context;
            for (const auto& part : error.context) context += part;
            // A parent repeats its child's failure in general words: keep the child's.
            if (error.description.starts_with("Failed to validate against schema associated with property") ||
                error.description.starts_with("Failed to validate item") ||
                error.description.starts_with("Failed to validate against child schema")) {
                continue;
            }
            problems.push_back({Problem::Severity::error, "schema", pointer_of(context), error.description, 0});
        }
    } catch (const std::exception& e) {
        problems.push_back({Problem::Severity::error, "schema_unusable", "", e.what(), 0});
    }
    if (!text.empty() && !problems.empty()) {
        const auto lines = json_lines(text);
        for (auto& p : problems) {
            if (const auto it = lines.find(p.pointer); it != lines.end()) p.line = it->second;
        }
    }
    return problems;
}

}  // namespace capbridge
